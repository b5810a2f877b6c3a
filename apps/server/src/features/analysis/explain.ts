import type { Answer, explain as contract } from '@genehound/contract';
import type { z } from 'zod';
import type { Handlers } from '../../platform/http/api.ts';
import { familySamples, type KnowingContext } from '../genome/read.ts';
import type { ArtifactKey } from './analysis-store.ts';
import type { Explaining } from './explaining.ts';
import type { Viewer } from './extraction/viewer.ts';
import type { FairTurns } from './fair-turns.ts';
import { functionCode } from './function-code.ts';
import { type LabelledGenome, labelledGenome } from './labelled-genome.ts';
import type { Postings } from './postings.ts';
import { MOST_SAMPLES, searchSamples } from './sample-search.ts';
import { makeVaccine } from './vaccine.ts';

type Query = z.output<typeof contract.functionQuery>;
type Explained = Answer<'listArtifactFunctions'>;

/** Blocks in one answer. */
const MOST_BLOCKS = 20_000;

interface Chosen {
  readonly functions: readonly number[];
  readonly next: number | null;
}

/** The functions of one page, bounded by functions and by blocks. */
function choose(asked: LabelledGenome, query: Query): Chosen {
  const wanted = query.family?.toLowerCase();
  const has = (set: ReturnType<LabelledGenome['block']>): boolean =>
    set.families.some(({ name }) => name.toLowerCase() === wanted);
  const functions: number[] = [];
  let blocksSoFar = 0;
  for (let number = query.cursor ?? 0; number < asked.genome.functionRva.length; number++) {
    const blocks = asked.blocksOf(number);
    const fits = wanted === undefined || has(asked.func(number)) || blocks.some((block) => has(asked.block(block)));
    if (!fits || blocks.length === 0) continue;
    const isFull = functions.length === query.limit || blocksSoFar + blocks.length > MOST_BLOCKS;
    if (isFull && functions.length > 0) return { functions, next: number };
    functions.push(number);
    blocksSoFar += blocks.length;
  }
  return { functions, next: null };
}

/** GET /api/v1/artifacts/:sha256/:layout/functions. AppError not_found where no genes are stored. */
async function explain(context: KnowingContext, key: ArtifactKey, query: Query): Promise<Explained> {
  const asked = await labelledGenome(context, key);
  const { genome } = asked;
  const chosen = choose(asked, query);
  const samples =
    query.family === undefined ? [] : await familySamples(context.db, key.organisation, query.family, MOST_SAMPLES);
  const found = await searchSamples(
    samples,
    asked,
    chosen.functions.flatMap((number) => asked.blocksOf(number)),
  );
  return {
    instructionSet: genome.instructionSet,
    scheme: genome.scheme,
    functions: genome.functionRva.length,
    items: chosen.functions.map((number) =>
      asked.describe(number, MOST_BLOCKS, (block) => found.placeOf(asked, block)?.match ?? null),
    ),
    nextCursor: chosen.next,
    searched: samples.map(({ sha256, layout, source }) => ({ sha256, layout, source })),
  };
}

type Handled =
  | 'makeVaccine'
  | 'listArtifactFunctions'
  | 'getFunctionCode'
  | 'listRelatedArtifacts'
  | 'listArtifactStrings';

export function explainHandlers(
  context: KnowingContext,
  { viewer, postings }: { readonly viewer: Viewer; readonly postings: Postings },
  { related, strings }: Explaining,
  turns: FairTurns,
): Pick<Handlers, Handled> {
  return {
    listArtifactFunctions: ({ principal: { organisation }, params, query }) =>
      turns.take(organisation, () => explain(context, { organisation, ...params }, query)),
    getFunctionCode: ({ principal: { organisation }, params: { number, ...artifact }, query }) =>
      turns.take(organisation, () =>
        functionCode(context, viewer, { organisation, ...artifact }, number, query.family),
      ),
    makeVaccine: ({ principal, body }) =>
      turns.take(principal.organisation, () => makeVaccine(context, { viewer, postings }, principal, body)),
    listRelatedArtifacts: ({ principal: { organisation }, params, query }) =>
      related({ organisation, ...params }, query.limit),
    listArtifactStrings: ({ principal: { organisation }, params }) => strings({ organisation, ...params }),
  };
}
