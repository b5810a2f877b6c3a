import type { InstructionSet } from '@genehound/binary';
import { a64Share } from './arm64/recognise.ts';
import { type Evidence, gatherEvidence } from './x86/evidence.ts';

/** What bare bytes are, by themselves. */
export interface Recognition {
  /** null: nothing in them looks like code. */
  readonly instructionSet: 'x86' | 'x86-64' | 'arm64' | null;
  /** 0.5 (a guess) to 1. */
  readonly confidence: number;
}

const WINDOW = 4096;
/** Windows that are looked at, spread over the bytes; up to 1 MiB all of them. */
const MOST_WINDOWS = 256;
/** Fewer instructions say nothing. */
const LEAST_INSTRUCTIONS = 8;
/** Instructions that make 32-bit code without a sign of it: 64-bit mode does not decode them. */
const LEAST_UNSIGNED = 64;
/** Least share of A64 instructions in A64 code; all else stays below 0.67 (arm64/recognise.ts). */
const LEAST_A64 = 0.75;

/** Measured on windows of Debian's code and data: see recognise-code.test.ts. */
function looksLikeCode({ instructions, invalid, rare, branches, coherent }: Evidence): boolean {
  if (instructions < LEAST_INSTRUCTIONS) return false;
  if (invalid > instructions * 0.04 || rare > instructions * 0.02) return false;
  return branches < 4 ? rare === 0 && invalid === 0 : coherent >= branches * 0.75;
}

interface Votes {
  x86: number;
  'x86-64': number;
  arm64: number;
  data: number;
}

function vote(window: Uint8Array, votes: Votes): void {
  if (a64Share(window) >= LEAST_A64) {
    votes.arm64++;
    return;
  }
  const wide = gatherEvidence(window, 64);
  const narrow = gatherEvidence(window, 32);
  const wideCode = looksLikeCode(wide);
  const narrowCode = looksLikeCode(narrow);
  if (!wideCode && !narrowCode) votes.data++;
  else if (wideCode && (!narrowCode || wide.narrow * 3 <= wide.wide)) votes['x86-64']++;
  // Of the two modes 64 bits are what is usual: without a sign of 32 bits it takes more than a few bytes to say so.
  else votes[wide.narrow > 0 || narrow.instructions >= LEAST_UNSIGNED ? 'x86' : 'x86-64']++;
}

/**
 * The instruction set of bare memory. One part code among much data makes it code; work is bounded, whatever the size.
 */
export function recogniseCode(bytes: Uint8Array): Recognition {
  const votes: Votes = { x86: 0, 'x86-64': 0, arm64: 0, data: 0 };
  const windows = Math.ceil(bytes.length / WINDOW);
  const step = Math.max(1, windows / MOST_WINDOWS);
  for (let i = 0; i < windows; i += step) {
    const from = Math.floor(i) * WINDOW;
    vote(bytes.subarray(from, from + WINDOW), votes);
  }
  const code = votes.x86 + votes['x86-64'] + votes.arm64;
  if (code === 0) return { instructionSet: null, confidence: votes.data === 0 ? 0.5 : 1 - 0.5 / (votes.data + 1) };
  const sets = ['x86-64', 'x86', 'arm64'] as const satisfies readonly InstructionSet[];
  const best = sets.reduce((a, b) => (votes[b] > votes[a] ? b : a));
  return { instructionSet: best, confidence: Math.max(0.5, (votes[best] + 0.5) / (code + 1)) };
}
