import { type Answer, AppError } from '@genehound/contract';
import { familySamples, type KnowingContext } from '../genome/read.ts';
import { type ArtifactKey, findArtifact } from './analysis-store.ts';
import { type CodeAnswer, codeAnswer, MOST_LINES, type ViewQuestion } from './extraction/view-messages.ts';
import type { View, Viewer } from './extraction/viewer.ts';
import { hex, type LabelledGenome, labelledGenome } from './labelled-genome.ts';
import { MOST_SAMPLES, type Place, searchSamples } from './sample-search.ts';

type Code = Answer<'getFunctionCode'>;
type Region = Extract<ViewQuestion, { readonly ask: 'code' }>['regions'][number];
type Line = CodeAnswer['regions'][number][number];

/** Blocks of a function that are described and looked for; a function of more is cut, and says so. */
const MOST_BLOCKS = 2_000;

/** Text of these pieces of an artifact's code. */
export async function viewCode(
  context: KnowingContext,
  viewer: Viewer,
  key: ArtifactKey,
  regions: readonly Region[],
): Promise<View<CodeAnswer>> {
  const artifact = await findArtifact(context.db, key);
  if (artifact === null || !artifact.stored) return { kind: 'gone' };
  const source = { size: artifact.size, open: () => context.blobs.get(key) };
  return await viewer.ask(source, { ask: 'code', layout: key.layout, regions: [...regions] }, codeAnswer);
}

/** Why code is not shown whole, in a sentence; null where it is. */
export function problemOf(seen: View<CodeAnswer>, whose: string): string | null {
  if (seen.kind === 'gone')
    return `The bytes of ${whose} are not stored here: its genes are known, its instructions are not`;
  if (seen.kind === 'broken') return `The code of ${whose} could not be shown: ${seen.reason}`;
  return seen.answer.cut ? `The code of ${whose} is cut after ${MOST_LINES} instructions` : null;
}

const shown = ({ rva, size, bytes, text }: Line) => ({ rva: hex(rva), size, bytes, text });

/** The lines of a function, each with the block that it lies in. */
function linesOf(asked: LabelledGenome, blocks: readonly number[], lines: readonly Line[]): Code['lines'] {
  const { blockRva, blockSize } = asked.genome;
  let at = 0;
  return lines.map((line) => {
    const endOf = (index: number): number => (blockRva[blocks[index] ?? 0] ?? 0) + (blockSize[blocks[index] ?? 0] ?? 0);
    while (at < blocks.length && line.rva >= endOf(at)) at++;
    const isInside = at < blocks.length && line.rva >= (blockRva[blocks[at] ?? 0] ?? 0);
    return { ...shown(line), block: isInside ? at : null };
  });
}

const nameOf = ({ organisation, sha256, layout }: ArtifactKey): string => `${organisation}/${sha256}/${layout}`;

/** The matching blocks of the samples; each sample is read once, and one that cannot be read says why. */
async function matchesOf(
  context: KnowingContext,
  viewer: Viewer,
  places: readonly (Place | null)[],
): Promise<Code['matches']> {
  const bySample = new Map<string, { key: ArtifactKey; blocks: { block: number; place: Place }[] }>();
  places.forEach((place, block) => {
    if (place === null) return;
    const known = bySample.get(nameOf(place.artifact));
    if (known === undefined) bySample.set(nameOf(place.artifact), { key: place.artifact, blocks: [{ block, place }] });
    else known.blocks.push({ block, place });
  });
  const matches: Code['matches'] = [];
  for (const { key, blocks } of bySample.values()) {
    const regions = blocks.map(({ place }) => ({ rva: place.rva, size: place.match.size, marks: [] }));
    const seen = await viewCode(context, viewer, key, regions);
    const problem = problemOf(seen, 'this sample');
    blocks.forEach(({ block, place: { match, source } }, i) => {
      const lines = seen.kind === 'seen' ? (seen.answer.regions[i] ?? []) : [];
      matches.push({ ...match, block, source, lines: lines.map(shown), problem });
    });
  }
  return matches.sort((a, b) => a.block - b.block);
}

/**
 * GET /api/v1/artifacts/:sha256/:layout/functions/:number/code. Of a sample only blocks are shown whose gene the artifact
 * has itself, so that a global sample tells an organisation no code but what it brought. AppError not_found.
 */
export async function functionCode(
  context: KnowingContext,
  viewer: Viewer,
  key: ArtifactKey,
  number: number,
  family: string | undefined,
): Promise<Code> {
  const asked = await labelledGenome(context, key);
  const { genome } = asked;
  const rva = genome.functionRva[number];
  if (rva === undefined) throw new AppError('not_found', { what: 'The function' });
  const all = asked.blocksOf(number);
  const blocks = all.slice(0, MOST_BLOCKS);
  const samples = family === undefined ? [] : await familySamples(context.db, key.organisation, family, MOST_SAMPLES);
  const found = await searchSamples(samples, asked, blocks);
  const marks = blocks.map((block) => genome.blockRva[block] ?? 0);
  const seen = await viewCode(context, viewer, key, [{ rva, size: genome.functionSize[number] ?? 0, marks }]);
  const problem = problemOf(seen, 'this artifact');
  const places = blocks.map((block) => found.placeOf(asked, block));
  return {
    instructionSet: genome.instructionSet,
    base: seen.kind === 'seen' ? seen.answer.base : null,
    function: asked.describe(number, MOST_BLOCKS, (block) => found.placeOf(asked, block)?.match ?? null),
    lines: seen.kind === 'seen' ? linesOf(asked, blocks, seen.answer.regions[0] ?? []) : [],
    matches: await matchesOf(context, viewer, places),
    searched: samples.map(({ sha256, layout, source }) => ({ sha256, layout, source })),
    problems: [
      ...(problem === null ? [] : [problem]),
      ...(all.length > blocks.length ? [`Only the first ${MOST_BLOCKS} of ${all.length} blocks are compared`] : []),
      ...(family !== undefined && samples.length === 0
        ? [`No sample of ${family} is here to compare with: what a pack or a hash list brings has no code`]
        : []),
    ],
  };
}
