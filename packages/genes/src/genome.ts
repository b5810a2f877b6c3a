import type { InstructionSet, Problem } from '@genehound/binary';

/** The scheme that this code extracts. Changing any result bumps it (docs/gene-scheme.md). */
export const SCHEME = 1;

/**
 * The genes of one artifact, as parallel arrays: no object per instruction, block or gene.
 * Blocks are in ascending order of RVA; `blockFunction[i]` indexes the function arrays.
 * A gene is 64 bits in two unsigned halves, high and low. Only blocks that reach the minimum of informative
 * instructions are here.
 */
export interface Genome {
  readonly scheme: number;
  readonly instructionSet: InstructionSet | null;
  /** Bytes that were decoded as code. */
  readonly codeBytes: number;
  readonly instructions: number;
  readonly blockRva: Uint32Array;
  readonly blockSize: Uint32Array;
  readonly blockFunction: Uint32Array;
  readonly fuzzyHigh: Uint32Array;
  readonly fuzzyLow: Uint32Array;
  readonly exactHigh: Uint32Array;
  readonly exactLow: Uint32Array;
  readonly functionRva: Uint32Array;
  readonly functionSize: Uint32Array;
  readonly functionInstructions: Uint32Array;
  /** Both halves 0 where the function is too short to have a hash. */
  readonly functionHigh: Uint32Array;
  readonly functionLow: Uint32Array;
  /**
   * Who calls whom, as indexes into the function arrays: direct calls, and jumps to another function's start. Distinct
   * pairs, ascending by caller, then callee. Calls of or to functions that are not listed are left out.
   */
  readonly callCaller: Uint32Array;
  readonly callCallee: Uint32Array;
  readonly problems: readonly Problem[];
}
