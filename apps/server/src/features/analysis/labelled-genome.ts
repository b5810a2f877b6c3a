import { type Answer, AppError } from '@genehound/contract';
import { type FamilyRef, findGene, type GeneLabels, type Genome, type LabelSet, NO_LABELS } from '@genehound/genes';
import type { KnowingContext } from '../genome/read.ts';
import { type ArtifactKey, findGenome } from './analysis-store.ts';
import { fromRow } from './material.ts';

type Func = Answer<'listArtifactFunctions'>['items'][number];
type Block = Func['blocks'][number];
export type Match = NonNullable<Block['match']>;

const word = (value: number): string => value.toString(16).padStart(8, '0');
export const hex = (value: number): string => `0x${value.toString(16)}`;
export const nameOfGene = (high: number | undefined, low: number | undefined): string =>
  word(high ?? 0) + word(low ?? 0);

const namesOf = ({ families }: LabelSet): string[] => [...new Set(families.map(({ name }) => name))];

/** A stored genome with what the labels say of its genes. */
export class LabelledGenome {
  readonly genome: Genome;
  readonly #labels: GeneLabels;
  readonly #blocks = new Map<number, number[]>();

  constructor(genome: Genome, labels: GeneLabels) {
    this.genome = genome;
    this.#labels = labels;
    genome.blockFunction.forEach((func, block) => {
      const known = this.#blocks.get(func);
      if (known === undefined) this.#blocks.set(func, [block]);
      else known.push(block);
    });
  }

  /** Numbers of the blocks of a function, ascending by place. */
  blocksOf(func: number): readonly number[] {
    return this.#blocks.get(func) ?? [];
  }

  /** Families of a block, by its fuzzy and its exact gene. */
  block(index: number): LabelSet {
    const { fuzzyHigh, fuzzyLow, exactHigh, exactLow } = this.genome;
    const fuzzy = this.#of(fuzzyHigh[index], fuzzyLow[index]);
    return fuzzy.common || fuzzy.families.length > 0 ? fuzzy : this.#of(exactHigh[index], exactLow[index]);
  }

  func(index: number): LabelSet {
    return this.#of(this.genome.functionHigh[index], this.genome.functionLow[index]);
  }

  /** Names of the exact and the fuzzy gene of a block. */
  genesOf(block: number): readonly [exact: string, fuzzy: string] {
    const { exactHigh, exactLow, fuzzyHigh, fuzzyLow } = this.genome;
    return [nameOfGene(exactHigh[block], exactLow[block]), nameOfGene(fuzzyHigh[block], fuzzyLow[block])];
  }

  /** A function with the first of its blocks; `matchOf`: where a sample has one of these genes. */
  describe(number: number, mostBlocks: number, matchOf: (block: number) => Match | null): Func {
    const { genome } = this;
    const blocks = this.blocksOf(number).slice(0, mostBlocks);
    return {
      number,
      rva: hex(genome.functionRva[number] ?? 0),
      size: genome.functionSize[number] ?? 0,
      instructions: genome.functionInstructions[number] ?? 0,
      families: namesOf(this.func(number)),
      shares: this.#sharesOf(number),
      blocks: blocks.map((block) => {
        const set = this.block(block);
        return {
          rva: hex(genome.blockRva[block] ?? 0),
          size: genome.blockSize[block] ?? 0,
          gene: this.genesOf(block)[1],
          families: namesOf(set),
          common: set.common,
          match: matchOf(block),
        };
      }),
    };
  }

  #sharesOf(func: number): Func['shares'] {
    const counted = new Map<string, { family: FamilyRef; blocks: number }>();
    for (const block of this.blocksOf(func)) {
      const set = this.block(block);
      if (set.common) continue;
      for (const [name, family] of new Map(set.families.map((one) => [one.name, one]))) {
        const known = counted.get(name);
        if (known === undefined) counted.set(name, { family, blocks: 1 });
        else known.blocks++;
      }
    }
    return [...counted.values()]
      .sort((a, b) => b.blocks - a.blocks || (a.family.name < b.family.name ? -1 : 1))
      .map(({ family, blocks }) => ({ family: family.name, type: family.type, blocks }));
  }

  #of(high: number | undefined, low: number | undefined): LabelSet {
    const at = findGene(this.#labels.genes, high ?? 0, low ?? 0);
    return at < 0 ? NO_LABELS : (this.#labels.sets[this.#labels.set[at] ?? 0] ?? NO_LABELS);
  }
}

/** AppError not_found where no genes are stored. */
export async function labelledGenome(context: KnowingContext, key: ArtifactKey): Promise<LabelledGenome> {
  const row = await findGenome(context.db, key);
  const { genome, genes } = row === null ? { genome: null, genes: null } : await fromRow(row);
  if (genome === null || genes === null) throw new AppError('not_found', { what: 'The genome of this artifact' });
  const { labels } = await context.knowledge.labelsOf(key.organisation, genes);
  return new LabelledGenome(genome, labels);
}
