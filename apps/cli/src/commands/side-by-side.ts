import type { Answer } from '@genehound/contract';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type Code = Answer<'getFunctionCode'>;
type OwnLine = Code['lines'][number];
type Match = Code['matches'][number];
type SampleLine = Match['lines'][number];

/** Does nothing, and is no part of a gene: the one that has it stands alone in its row. */
const PADDING = /^(nop|int3|endbr(32|64)|hint|bti|xchg ax, ax|data16)\b/;

/** Rows of a block: its instructions and the sample's in the same order, padding of either in a row of its own. */
function pair(
  own: readonly OwnLine[],
  sample: readonly SampleLine[],
): readonly (readonly [OwnLine | null, SampleLine | null])[] {
  const rows: (readonly [OwnLine | null, SampleLine | null])[] = [];
  let at = 0;
  for (const line of own) {
    if (PADDING.test(line.text)) {
      rows.push([line, null]);
      continue;
    }
    for (let next = sample[at]; next !== undefined && PADDING.test(next.text); next = sample[at]) {
      rows.push([null, next]);
      at++;
    }
    rows.push([line, sample[at++] ?? null]);
  }
  for (const left of sample.slice(at)) rows.push([null, left]);
  return rows;
}

/** Consecutive lines of the same block, or of none. */
function runsOf(lines: readonly OwnLine[]): readonly (readonly OwnLine[])[] {
  const runs: OwnLine[][] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last !== undefined && last[0]?.block === line.block) last.push(line);
    else runs.push([line]);
  }
  return runs;
}

const TEXT = 60;
const columns = (line: OwnLine | SampleLine | null): readonly string[] =>
  line === null ? ['', ''] : [line.rva, safeText(line.text, TEXT)];

/** Whose a block is and where the sample has it; above its instructions. */
function headOf({ function: func }: Code, index: number, match: Match | undefined): string {
  const block = func.blocks[index];
  if (block === undefined) return '';
  const whose = block.common ? 'common' : safeText(block.families.join(', '), 80) || 'no family';
  if (match === undefined) return `  gene ${block.gene}  ${whose}`;
  const how = match.form === 'exact' ? 'the same instructions' : 'the same but for registers';
  const problem = match.problem === null ? '' : `\n  ${safeText(match.problem, 200)}`;
  return `  gene ${block.gene}  ${whose}  ${how} in ${match.sha256.slice(0, 12)} (${safeText(match.source, 40)})${problem}`;
}

/** A function as text: its instructions, block by block, and beside them those of the labelled sample. */
export function sideBySide(code: Code): string {
  const { function: func, lines, matches, problems } = code;
  const whose = func.shares.map(({ family, blocks }) => `${safeText(family, 60)} ${blocks} of ${func.blocks.length}`);
  const parts = [
    `function ${func.number} at ${func.rva}, ${func.size} bytes: ${whose.join(', ') || 'no family'}`,
    ...problems.map((problem) => `  ${safeText(problem, 200)}`),
  ];
  for (const run of runsOf(lines)) {
    const block = run[0]?.block ?? null;
    const match = block === null ? undefined : matches.find((one) => one.block === block);
    if (block !== null) parts.push(headOf(code, block, match));
    const rows = pair(run, match?.lines ?? []).map(([own, sample]) => [...columns(own), ...columns(sample)]);
    parts.push(formatTable(rows, '    '));
  }
  return parts.join('\n');
}
