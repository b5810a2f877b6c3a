import type { AttackTechnique } from '@genehound/contract';
import { OF_CATEGORY, OF_FINDING, TECHNIQUES, type TechniqueId } from './attack.table.ts';
import type { CaseFacts } from './case-facts.ts';

function addressOf(id: TechniqueId): string {
  return `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`;
}

/** What a finding's place is called in a sentence. */
const MOST_PLACES = 3;

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
  for (const { kind, category, name } of starters) {
    const id = kind === 'task' ? 'T1053.005' : OF_CATEGORY[category ?? '']?.[platform];
    if (id !== undefined) add(id, `${name} starts it`);
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
