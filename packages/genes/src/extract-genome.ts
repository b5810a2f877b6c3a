import type { Image, Problem } from '@genehound/binary';
import { Columns } from './columns.ts';
import { type Genome, SCHEME } from './genome.ts';
import { extractX86 } from './x86/extract-x86.ts';

const BLOCK_COLUMNS = 7;
const FUNCTION_COLUMNS = 5;

/** What an instruction set's extractor fills. Columns in the order of `Genome`'s fields. */
export interface Draft {
  readonly blocks: Columns;
  readonly functions: Columns;
  codeBytes: number;
  instructions: number;
}

/**
 * The genes of an artifact. Pure; never throws on input. Time is proportional to the code, memory at most three
 * times the code and the result.
 */
export function extractGenome(bytes: Uint8Array, image: Image): Genome {
  const total = image.code.reduce((sum, range) => sum + range.size, 0);
  const draft: Draft = {
    blocks: new Columns(BLOCK_COLUMNS, total >> 7),
    functions: new Columns(FUNCTION_COLUMNS, total >> 8),
    codeBytes: 0,
    instructions: 0,
  };
  const problems: Problem[] = [];
  if (image.instructionSet === 'x86-64') extractX86(bytes, image, draft);
  else if (image.code.length > 0 || image.instructionSet !== null) {
    problems.push({
      code: 'unsupported-instruction-set',
      message: `Genes of ${image.instructionSet ?? 'this instruction set'} are not extracted yet`,
    });
  }
  if (image.instructionSet === 'x86-64' && total === 0) {
    problems.push({ code: 'no-code', message: 'No executable bytes' });
  }
  return finish(draft, image, problems);
}

function finish(draft: Draft, image: Image, problems: readonly Problem[]): Genome {
  const { blocks, functions } = draft;
  return {
    scheme: SCHEME,
    instructionSet: image.instructionSet,
    codeBytes: draft.codeBytes,
    instructions: draft.instructions,
    blockRva: blocks.column(0),
    blockSize: blocks.column(1),
    blockFunction: blocks.column(2),
    fuzzyHigh: blocks.column(3),
    fuzzyLow: blocks.column(4),
    exactHigh: blocks.column(5),
    exactLow: blocks.column(6),
    functionRva: functions.column(0),
    functionSize: functions.column(1),
    functionInstructions: functions.column(2),
    functionHigh: functions.column(3),
    functionLow: functions.column(4),
    problems,
  };
}
