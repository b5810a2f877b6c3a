import type { Image, Problem } from '@genehound/binary';
import { Columns } from '../columns.ts';

const BLOCK_COLUMNS = 7;
const FUNCTION_COLUMNS = 5;

/** What extractors fill. Columns in the order of `Genome`'s fields; rows in ascending order of RVA. */
export interface Draft {
  readonly blocks: Columns;
  readonly functions: Columns;
  /** Direct calls, and jumps to another function's start: row of the caller in `functions`, RVA of the callee. */
  readonly calls: Columns;
  /** Functions without gene and hash are listed, too: whoever asks where functions begin wants the short ones. */
  readonly keepsAll: boolean;
  codeBytes: number;
  instructions: number;
}

/**
 * Extraction for one instruction set: appends to the draft and gives what it could not do. Never throws on input; time
 * and memory in proportion to the bytes. `BlockHasher` and `FunctionTracker` do what all instruction sets share.
 */
export type Extractor = (bytes: Uint8Array, image: Image, draft: Draft) => readonly Problem[];

/** Room for what code of so many bytes usually holds. */
export function createDraft(codeBytes: number, keepsAll = false): Draft {
  return {
    blocks: new Columns(BLOCK_COLUMNS, codeBytes >> 7),
    functions: new Columns(FUNCTION_COLUMNS, codeBytes >> 8),
    calls: new Columns(2, codeBytes >> 7),
    keepsAll,
    codeBytes: 0,
    instructions: 0,
  };
}
