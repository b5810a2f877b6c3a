import {
  allGenes,
  EVERYTHING,
  maliciousMatches,
  type Tally,
  THRESHOLDS,
  type Thresholds,
  tally,
} from '@genehound/genes';
import type { Knowledge, Probe } from './evaluate.ts';
import { geneCount } from './judge.ts';
import type { Role } from './plan.ts';
import { ENOUGH_GENES } from './report.ts';

/** What the rules see of one artifact; no threshold but those of `tally` has gone into it. */
interface Seen {
  readonly group: string | null;
  readonly role: Role;
  readonly distance: Probe['distance'];
  readonly found: Tally;
}

/** One false alarm weighs as much as so many missed files: what the least cost is counted with. */
const FALSE_ALARM = 50;

const SHARES = [0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3, 0.4];
const FUNCTIONS = [1, 2, 3, 4, 5, Number.MAX_SAFE_INTEGER];
/** From so many genes on the share is enough; of fewer the larger one is asked for. */
const GENES = [5, 10, 15, 20, 30];
/** Asked of few genes. */
const SHARES_OF_FEW = [0.08, 0.2, 0.3, 0.4, 1];

function* see(probes: readonly Probe[], { table, learnt }: Knowledge): Generator<Seen> {
  const seen = new Set<string>(learnt);
  for (const { artifacts, group, role, distance } of probes) {
    for (const { sha256, layout, genome } of artifacts()) {
      const key = layout === 'file' ? sha256 : `${layout} ${sha256}`;
      if (seen.has(key) || geneCount(genome) < ENOUGH_GENES) continue;
      seen.add(key);
      yield { group, role, distance, found: tally(genome, table.labelsOf(allGenes(genome)), EVERYTHING, THRESHOLDS) };
    }
  }
}

function point(all: readonly Seen[], limits: Thresholds): readonly [string, number] {
  const clean = all.filter(({ role }) => role !== 'malware');
  const malware = all.filter(({ role }) => role === 'malware');
  const isFound = ({ found }: Seen): boolean => maliciousMatches(found, limits).length > 0;
  const wrong = clean.filter(isFound);
  const recall = (distance: Probe['distance']): number => {
    const some = malware.filter((entry) => entry.distance === distance);
    return some.filter(isFound).length / Math.max(1, some.length);
  };
  const missed = malware.filter((entry) => !isFound(entry)).length / Math.max(1, malware.length);
  const cost = (FALSE_ALARM * wrong.length) / Math.max(1, clean.length) + missed;
  const functions = limits.exactFunctions > 1000 ? 'never' : `${limits.exactFunctions}`;
  const cells = [
    `${(100 * limits.maliciousShare).toFixed(0)} %`,
    `${limits.manyMaliciousGenes}`,
    `${(100 * limits.maliciousShareOfFew).toFixed(0)} %`,
    functions,
    `${wrong.length} of ${clean.length}`,
    `${new Set(wrong.map(({ group }) => group)).size}`,
    `${(100 * recall('same compiler')).toFixed(1)} %`,
    `${(100 * recall('other release')).toFixed(1)} %`,
    cost.toFixed(3),
  ];
  return [`| ${cells.join(' | ')} |\n`, cost];
}

/** The curve that the thresholds are chosen from: a table, and the cheapest of its points. */
export function curve(probes: readonly Probe[], knowledge: Knowledge): string {
  const all = [...see(probes, knowledge)];
  const head = [
    'share',
    'genes',
    'share of fewer',
    'whole functions',
    'clean called malicious',
    'sources',
    'recall same compiler',
    'recall other release',
    'cost',
  ];
  let text = `| ${head.join(' | ')} |\n|${head.map(() => ' --- |').join('')}\n`;
  let least: readonly [string, number] = ['', Number.POSITIVE_INFINITY];
  const put = (limits: Partial<Thresholds>): void => {
    const next = point(all, { ...THRESHOLDS, ...limits });
    text += next[0];
    if (next[1] < least[1]) least = next;
  };
  for (const exactFunctions of FUNCTIONS) {
    const isChosen = exactFunctions === THRESHOLDS.exactFunctions;
    for (const maliciousShare of SHARES) {
      for (const manyMaliciousGenes of isChosen ? GENES : [THRESHOLDS.manyMaliciousGenes]) {
        put({ maliciousShare, manyMaliciousGenes, exactFunctions });
      }
    }
  }
  for (const maliciousShareOfFew of SHARES_OF_FEW) put({ maliciousShareOfFew });
  return `${text}\nLeast cost, a false alarm counting as ${FALSE_ALARM} misses:\n${least[0]}`;
}
