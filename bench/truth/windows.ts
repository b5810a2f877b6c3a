import { allGenes, THRESHOLDS } from '@genehound/genes';
import type { GeneTable } from './gene-table.ts';
import type { Extracted } from './genome-file.ts';
import { type Share, shareOf } from './interval.ts';
import { familyRef, geneCount, judge } from './judge.ts';
import { ENOUGH_GENES } from './report.ts';

/** Windows files of one release of their packages. */
export interface WindowsRelease {
  readonly release: string;
  readonly artifacts: () => Iterable<Extracted>;
}

/** Right family first, for one kind of query. */
export interface Attribution {
  readonly title: string;
  readonly share: Share;
}

/** Numbers of families of the halves stay below it. */
const FIRST_NUMBER = 20_000;

/** Files whose names differ in digits alone (d3dx9_36.dll, d3dx9_43.dll) are one family. */
const familyOf = (place: string): string =>
  (place.split('/').at(-1) ?? place)
    .toLowerCase()
    .replace(/\.\w+$/, '')
    .replaceAll(/[-_.]?\d+/g, '');

/**
 * Each Windows file a family of its own, beside everything that the half knows: the base release is labelled, other
 * releases and the memory images of the labelled files are looked up.
 */
export function attributeWindows(known: GeneTable, releases: readonly WindowsRelease[], base: string): Attribution[] {
  const table = known.copy();
  const numbers = new Map<string, number>();
  const learnt = new Set<string>();
  const isWindows = ({ format, genome }: Extracted): boolean => format === 'pe' && geneCount(genome) >= ENOUGH_GENES;
  for (const { release, artifacts } of releases) {
    if (release !== base) continue;
    for (const artifact of artifacts()) {
      if (artifact.layout !== 'file' || !isWindows(artifact)) continue;
      const name = familyOf(artifact.place);
      const number = numbers.get(name) ?? FIRST_NUMBER + numbers.size;
      numbers.set(name, number);
      learnt.add(artifact.sha256);
      table.learn(allGenes(artifact.genome), familyRef(number, `windows ${name}`, 'application'));
    }
  }
  const counts = new Map<string, { hits: number; total: number }>();
  for (const { release, artifacts } of releases) {
    for (const artifact of artifacts()) {
      const name = familyOf(artifact.place);
      if (learnt.has(artifact.sha256) || !numbers.has(name) || !isWindows(artifact)) continue;
      const how = release === base ? 'memory image of the labelled file' : 'other release';
      const title = `${artifact.genome.instructionSet}, ${how}`;
      const count = counts.get(title) ?? { hits: 0, total: 0 };
      counts.set(title, count);
      count.total++;
      if (judge(artifact.genome, table, THRESHOLDS).evidence.families[0]?.name === `windows ${name}`) count.hits++;
    }
  }
  return [...counts].sort().map(([title, { hits, total }]) => ({ title, share: shareOf(hits, total) }));
}
