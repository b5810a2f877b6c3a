import { type Answer, AppError, type explain as contract } from '@genehound/contract';
import { findGene, type GeneLabels, type Genome, type LabelSet, NO_LABELS } from '@genehound/genes';
import type { z } from 'zod';
import type { Handlers } from '../../platform/http/api.ts';
import { type FamilySample, familySamples, type KnowingContext } from '../genome/read.ts';
import { type ArtifactKey, findGenome } from './analysis-store.ts';
import { fromRow } from './material.ts';

type Query = z.output<typeof contract.functionQuery>;
type Explained = Answer<'listArtifactFunctions'>;
type Block = Explained['items'][number]['blocks'][number];

/** Samples of a family that are searched for the same code. */
const SAMPLES = 20;
/** Blocks in one answer. */
const MOST_BLOCKS = 20_000;

const hex = (value: number): string => `0x${value.toString(16)}`;
const word = (value: number): string => value.toString(16).padStart(8, '0');
const nameOfGene = (high: number | undefined, low: number | undefined): string => word(high ?? 0) + word(low ?? 0);

/** Block numbers of each function that has any. */
function blocksByFunction(genome: Genome): ReadonlyMap<number, readonly number[]> {
  const result = new Map<number, number[]>();
  genome.blockFunction.forEach((func, block) => {
    const known = result.get(func);
    if (known === undefined) result.set(func, [block]);
    else known.push(block);
  });
  return result;
}

class Asked {
  readonly genome: Genome;
  readonly #labels: GeneLabels;
  constructor(genome: Genome, labels: GeneLabels) {
    this.genome = genome;
    this.#labels = labels;
  }
  of(high: number | undefined, low: number | undefined): LabelSet {
    const at = findGene(this.#labels.genes, high ?? 0, low ?? 0);
    return at < 0 ? NO_LABELS : (this.#labels.sets[this.#labels.set[at] ?? 0] ?? NO_LABELS);
  }
  /** Families of a block, by its fuzzy and its exact gene. */
  block(index: number): LabelSet {
    const { fuzzyHigh, fuzzyLow, exactHigh, exactLow } = this.genome;
    const fuzzy = this.of(fuzzyHigh[index], fuzzyLow[index]);
    return fuzzy.common || fuzzy.families.length > 0 ? fuzzy : this.of(exactHigh[index], exactLow[index]);
  }
  func(index: number): LabelSet {
    return this.of(this.genome.functionHigh[index], this.genome.functionLow[index]);
  }
}

const names = ({ families }: LabelSet): string[] => [...new Set(families.map(({ name }) => name))];

interface Chosen {
  readonly functions: readonly { readonly number: number; readonly blocks: readonly number[] }[];
  readonly next: number | null;
}

/** The functions of one page, bounded by functions and by blocks. */
function choose(asked: Asked, query: Query): Chosen {
  const wanted = query.family?.toLowerCase();
  const has = (set: LabelSet): boolean => set.families.some(({ name }) => name.toLowerCase() === wanted);
  const all = blocksByFunction(asked.genome);
  const functions: { number: number; blocks: readonly number[] }[] = [];
  let blocksSoFar = 0;
  for (let number = query.cursor ?? 0; number < asked.genome.functionRva.length; number++) {
    const blocks = all.get(number) ?? [];
    const fits = wanted === undefined || has(asked.func(number)) || blocks.some((block) => has(asked.block(block)));
    if (!fits || blocks.length === 0) continue;
    const isFull = functions.length === query.limit || blocksSoFar + blocks.length > MOST_BLOCKS;
    if (isFull && functions.length > 0) return { functions, next: number };
    functions.push({ number, blocks: blocks.slice(0, MOST_BLOCKS) });
    blocksSoFar += blocks.length;
  }
  return { functions, next: null };
}

/** Where the samples have the genes that are asked for; an exact match is worth more than a fuzzy one. */
async function searchSamples(
  samples: readonly FamilySample[],
  genes: ReadonlySet<string>,
): Promise<ReadonlyMap<string, NonNullable<Block['match']>>> {
  const found = new Map<string, NonNullable<Block['match']>>();
  for (const { sha256, layout, genes: set, body } of samples) {
    const { genome } = await fromRow({ genes: set, body });
    if (genome === null) continue;
    for (let i = 0; i < genome.blockRva.length; i++) {
      const at = { sha256, layout, rva: hex(genome.blockRva[i] ?? 0) };
      const exact = nameOfGene(genome.exactHigh[i], genome.exactLow[i]);
      const fuzzy = nameOfGene(genome.fuzzyHigh[i], genome.fuzzyLow[i]);
      if (genes.has(exact) && !found.has(exact)) found.set(exact, { ...at, form: 'exact' });
      if (genes.has(fuzzy) && !found.has(fuzzy)) found.set(fuzzy, { ...at, form: 'fuzzy' });
    }
  }
  return found;
}

function genesOf({ genome }: Asked, { functions }: Chosen): ReadonlySet<string> {
  const genes = new Set<string>();
  for (const { blocks } of functions) {
    for (const block of blocks) {
      genes.add(nameOfGene(genome.exactHigh[block], genome.exactLow[block]));
      genes.add(nameOfGene(genome.fuzzyHigh[block], genome.fuzzyLow[block]));
    }
  }
  return genes;
}

/** GET /api/v1/artifacts/:sha256/:layout/functions. AppError not_found where no genes are stored. */
async function explain(context: KnowingContext, key: ArtifactKey, query: Query): Promise<Explained> {
  const row = await findGenome(context.db, key);
  const { genome, genes } = row === null ? { genome: null, genes: null } : await fromRow(row);
  if (genome === null || genes === null) throw new AppError('not_found', { what: 'The genome of this artifact' });
  const { labels } = await context.knowledge.labelsOf(key.organisation, genes);
  const asked = new Asked(genome, labels);
  const chosen = choose(asked, query);
  const samples =
    query.family === undefined ? [] : await familySamples(context.db, key.organisation, query.family, SAMPLES);
  const found = await searchSamples(samples, genesOf(asked, chosen));
  const block = (index: number): Block => {
    const set = asked.block(index);
    const exact = nameOfGene(genome.exactHigh[index], genome.exactLow[index]);
    const fuzzy = nameOfGene(genome.fuzzyHigh[index], genome.fuzzyLow[index]);
    return {
      rva: hex(genome.blockRva[index] ?? 0),
      size: genome.blockSize[index] ?? 0,
      gene: fuzzy,
      families: names(set),
      common: set.common,
      match: found.get(exact) ?? found.get(fuzzy) ?? null,
    };
  };
  return {
    instructionSet: genome.instructionSet,
    scheme: genome.scheme,
    functions: genome.functionRva.length,
    items: chosen.functions.map(({ number, blocks }) => ({
      number,
      rva: hex(genome.functionRva[number] ?? 0),
      size: genome.functionSize[number] ?? 0,
      instructions: genome.functionInstructions[number] ?? 0,
      families: names(asked.func(number)),
      blocks: blocks.map(block),
    })),
    nextCursor: chosen.next,
    searched: samples.map(({ sha256, layout, source }) => ({ sha256, layout, source })),
  };
}

export function explainHandlers(context: KnowingContext): Pick<Handlers, 'listArtifactFunctions'> {
  return {
    listArtifactFunctions: ({ principal: { organisation }, params, query }) =>
      explain(context, { organisation, ...params }, query),
  };
}
