import type { Answer } from '@genehound/contract';
import { decodeGeneSet, distinctGenes, findGene, type GeneSet } from '@genehound/genes';
import { familySamples, type KnowingContext } from '../genome/read.ts';
import { type ArtifactKey, findArtifact, storedArtifacts } from './analysis-store.ts';
import { catchUpPostings } from './catch-up-postings.ts';
import { labelledGenome } from './labelled-genome.ts';
import type { Postings } from './postings.ts';
import { firstOwn, genesOf, type NumberedGenes } from './related-store.ts';
import { MOST_SAMPLES } from './sample-search.ts';

type Related = Answer<'listRelatedArtifacts'>;

/** Genes by which candidates are found. Genes are hashes, so the least of them are a fair sample. */
const SAMPLED = 128;
/** Artifacts whose genes are read and counted exactly: those with most of the sampled genes. */
const MOST_READ = 60;
/** Genomes that are in memory at once. */
const GENES_AT_ONCE = 8;

/** Numbers of artifacts with any of the sampled genes, those with most of them first. */
async function candidates(postings: Postings, genes: GeneSet): Promise<readonly number[]> {
  const counts = new Map<number, number>();
  for (let i = 0; i < Math.min(SAMPLED, genes.high.length); i++) {
    const one = { high: genes.high.slice(i, i + 1), low: genes.low.slice(i, i + 1) };
    for (const number of await postings.search(one)) counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([number]) => number);
}

/** Throws where the stored bytes are damaged. */
function countShared(genes: GeneSet, stored: Buffer): number {
  const other = decodeGeneSet(stored);
  if (other.problems.length > 0) throw new Error('A stored genome is damaged');
  let shared = 0;
  for (let i = 0; i < genes.high.length; i++) {
    if (findGene(other, genes.high[i] ?? 0, genes.low[i] ?? 0) >= 0) shared++;
  }
  return shared;
}

/** Distinct fuzzy genes that are not common. AppError not_found where no genes are stored. */
async function countedGenes(context: KnowingContext, key: ArtifactKey): Promise<GeneSet> {
  const asked = await labelledGenome(context, key);
  const { fuzzyHigh, fuzzyLow } = asked.genome;
  const kept = Array.from(fuzzyHigh.keys()).filter((block) => !asked.block(block).common);
  return distinctGenes(
    Uint32Array.from(kept, (block) => fuzzyHigh[block] ?? 0),
    Uint32Array.from(kept, (block) => fuzzyLow[block] ?? 0),
  );
}

/** A labelled artifact of a family, and how many genes an artifact shares with it. */
export interface RelatedSample {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly source: string;
  readonly sharedGenes: number;
}

/** Samples of a family, of the newest 20, that share genes with an artifact. AppError not_found. */
export async function relatedSamples(
  context: KnowingContext,
  key: ArtifactKey,
  family: string,
): Promise<readonly RelatedSample[]> {
  const genes = await countedGenes(context, key);
  const found: RelatedSample[] = [];
  for (const sample of await familySamples(context.db, key.organisation, family, MOST_SAMPLES)) {
    const { organisation, sha256, layout, source } = sample;
    const sharedGenes = countShared(genes, sample.genes);
    const size = (await findArtifact(context.db, { organisation, sha256, layout }))?.size ?? 0;
    if (sharedGenes > 0) found.push({ sha256, size, source, sharedGenes });
  }
  return found.sort((a, b) => b.sharedGenes - a.sharedGenes);
}

/**
 * The organisation's artifacts that share most genes with one, common genes left out. Candidates come from a sample of
 * the genes, counts are exact. AppError not_found where no genes are stored.
 */
export async function relatedArtifacts(
  context: KnowingContext,
  postings: Postings,
  key: ArtifactKey,
  limit: number,
): Promise<Related> {
  const genes = await countedGenes(context, key);
  await catchUpPostings(context.db, postings);
  const numbers = await candidates(postings, genes);
  const best = await firstOwn(context.db, key, numbers, MOST_READ);
  const counted: { row: Omit<NumberedGenes, 'genes'>; shared: number }[] = [];
  for (let at = 0; at < best.length; at += GENES_AT_ONCE) {
    for (const { genes: stored, ...row } of await genesOf(context.db, best.slice(at, at + GENES_AT_ONCE)))
      counted.push({ row, shared: countShared(genes, stored) });
  }
  const items = counted
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared || (a.row.sha256 < b.row.sha256 ? -1 : 1))
    .slice(0, limit);
  const hashes = items.map(({ row }) => row.sha256);
  const verdicts = await storedArtifacts(context.db, key.organisation, hashes);
  return {
    genes: genes.high.length,
    sampledGenes: Math.min(SAMPLED, genes.high.length),
    items: items.map(({ row: { sha256, layout, size, geneCount }, shared }) => {
      const judged = verdicts.find((one) => one.sha256 === sha256 && one.layout === layout)?.judgement ?? null;
      return {
        sha256,
        layout,
        size,
        geneCount,
        sharedGenes: shared,
        verdict: judged?.verdict ?? null,
        families: judged?.evidence.families.slice(0, 3).map(({ name }) => name) ?? [],
      };
    }),
  };
}
