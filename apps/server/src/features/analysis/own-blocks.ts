import { decodeGeneSet, distinctGenes, findGene, type GeneSet } from '@genehound/genes';
import type { KnowingContext } from '../genome/read.ts';
import type { ArtifactKey } from './analysis-store.ts';
import { catchUpPostings } from './catch-up-postings.ts';
import type { LabelledGenome } from './labelled-genome.ts';
import type { Postings } from './postings.ts';
import { genesOf, unaccusedOwn } from './related-store.ts';

/** Other artifacts that are compared, the newest, and how many of them are in memory at once. */
const MOST_OTHERS = 400;
const GENES_AT_ONCE = 8;
/** Numbers of artifacts for one query, the newest of all that may have one of the genes. */
const MOST_NUMBERS = 200_000;
/** Two artifacts with so much of both in common are one piece of code, as a file and its image in memory are. */
const SAME = 0.8;

/** Genes of both over genes of either, 0..1. */
function likeness(one: GeneSet, other: GeneSet): number {
  let shared = 0;
  for (let i = 0; i < one.high.length; i++) if (findGene(other, one.high[i] ?? 0, one.low[i] ?? 0) >= 0) shared++;
  return shared / Math.max(1, one.high.length + other.high.length - shared);
}

/**
 * Of these blocks those that no other artifact of the organisation has, apart from what is accused or is this artifact in
 * another form.
 */
export async function ownAlone(
  context: KnowingContext,
  postings: Postings,
  key: ArtifactKey,
  { genome }: LabelledGenome,
  blocks: readonly number[],
): Promise<readonly number[]> {
  const setOf = (some: Iterable<number>): GeneSet =>
    distinctGenes(
      Uint32Array.from(some, (block) => genome.fuzzyHigh[block] ?? 0),
      Uint32Array.from(some, (block) => genome.fuzzyLow[block] ?? 0),
    );
  const all = setOf(genome.fuzzyHigh.keys());
  await catchUpPostings(context.db, postings);
  const found = await postings.search(setOf(blocks));
  const numbers = await unaccusedOwn(context.db, key, Array.from(found.slice(-MOST_NUMBERS)), MOST_OTHERS);
  let left = blocks;
  for (let at = 0; at < numbers.length && left.length > 0; at += GENES_AT_ONCE) {
    for (const { genes } of await genesOf(context.db, numbers.slice(at, at + GENES_AT_ONCE))) {
      const other = decodeGeneSet(genes);
      if (other.problems.length > 0) throw new Error('A stored genome is damaged');
      if (likeness(all, other) >= SAME) continue;
      left = left.filter((block) => findGene(other, genome.fuzzyHigh[block] ?? 0, genome.fuzzyLow[block] ?? 0) < 0);
    }
  }
  return left;
}
