import type { FamilySample } from '../genome/read.ts';
import type { ArtifactKey } from './analysis-store.ts';
import { hex, type LabelledGenome, type Match, nameOfGene } from './labelled-genome.ts';
import { fromRow } from './material.ts';

/** Samples of a family that are searched for the same code. */
export const MOST_SAMPLES = 20;

/** A block of a labelled artifact. */
export interface Place {
  readonly match: Match;
  readonly artifact: ArtifactKey;
  /** Source of its label. */
  readonly source: string;
  readonly rva: number;
}

/** Where samples have the genes that were looked for. */
export interface Found {
  /** Where a sample has this block; the same instructions before those that are the same but for registers. */
  placeOf(genome: LabelledGenome, block: number): Place | null;
}

/** Looks for the genes of these blocks in the samples; the first sample that has one is named. */
export async function searchSamples(
  samples: readonly FamilySample[],
  genome: LabelledGenome,
  blocks: Iterable<number>,
): Promise<Found> {
  const wanted = new Set<string>();
  for (const block of blocks) for (const gene of genome.genesOf(block)) wanted.add(gene);
  const found = new Map<string, Place>();
  for (const { organisation, sha256, layout, source, genes, body } of wanted.size === 0 ? [] : samples) {
    const sample = (await fromRow({ genes, body })).genome;
    if (sample === null) continue;
    for (let i = 0; i < sample.blockRva.length; i++) {
      const rva = sample.blockRva[i] ?? 0;
      const exact = nameOfGene(sample.exactHigh[i], sample.exactLow[i]);
      const fuzzy = nameOfGene(sample.fuzzyHigh[i], sample.fuzzyLow[i]);
      const add = (gene: string, form: Match['form']): void => {
        if (!wanted.has(gene) || found.has(gene)) return;
        const match = { sha256, layout, rva: hex(rva), size: sample.blockSize[i] ?? 0, form };
        found.set(gene, { match, artifact: { organisation, sha256, layout }, source, rva });
      };
      add(exact, 'exact');
      add(fuzzy, 'fuzzy');
    }
  }
  return {
    placeOf(asked, block) {
      const [exact, fuzzy] = asked.genesOf(block);
      return found.get(exact) ?? found.get(fuzzy) ?? null;
    },
  };
}
