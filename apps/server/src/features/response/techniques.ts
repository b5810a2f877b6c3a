import type { AttackTechnique } from '@genehound/contract';
import { OF_CATEGORY, OF_FINDING, OF_PLACE, TECHNIQUES, type TechniqueId } from './attack.table.ts';
import type { CaseFacts } from './case-facts.ts';

function addressOf(id: TechniqueId): string {
  return `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`;
}

/** What a finding's place is called in a sentence. */
const MOST_PLACES = 3;

/** Of an entry that starts code; undefined where none fits. */
function ofEntry({ kind, category, name }: CaseFacts['starters'][number], isWindows: boolean): TechniqueId | undefined {
  // On Linux what is scheduled is an entry of a timer or of cron, too.
  if (kind === 'task') return isWindows ? 'T1053.005' : undefined;
  const named = OF_CATEGORY[category ?? '']?.[isWindows ? 'windows' : 'linux'];
  if (named !== undefined || !isWindows) return named;
  return category === 'logon' || category === 'winlogon'
    ? OF_PLACE.find(([place]) => place.test(name))?.[1]
    : undefined;
}

/**
 * Techniques of MITRE ATT&CK for findings about code that is not trusted and for entries that start such code, in the
 * order of their ids. A finding about trusted code tells of no attack. Pure.
 */
export function techniquesOf({ report, starters, isWindows }: CaseFacts): readonly AttackTechnique[] {
  const platform = isWindows ? 'windows' : 'linux';
  const accused = report.notTrusted.filter(({ verdict }) => verdict !== 'unknown');
  const hashes = new Set(accused.map(({ sha256 }) => sha256));
  const because = new Map<TechniqueId, Set<string>>();
  const add = (id: TechniqueId, why: string): void => {
    const known = because.get(id);
    if (known === undefined) because.set(id, new Set([why]));
    else known.add(why);
  };
  for (const { finding, pid, address, sha256 } of report.findings) {
    // Findings without code in the scan (its bytes were not taken) stand for themselves: nobody can say it is trusted.
    if (sha256 !== null && !hashes.has(sha256)) continue;
    for (const id of OF_FINDING[finding]?.[platform] ?? []) add(id, `${finding} in process ${pid} at ${address}`);
  }
  for (const starter of starters) {
    const id = ofEntry(starter, isWindows);
    if (id !== undefined) add(id, `${starter.name} starts it`);
  }
  return [...because]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([id, whys]) => {
      const rest = whys.size > MOST_PLACES ? `, and ${whys.size - MOST_PLACES} more` : '';
      return {
        id,
        name: TECHNIQUES[id],
        url: addressOf(id),
        because: `${[...whys].slice(0, MOST_PLACES).join('; ')}${rest}`,
      };
    });
}
