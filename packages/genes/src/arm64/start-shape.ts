import type { StartShape } from '../extraction/function-tracker.ts';

const wordAt = (bytes: Uint8Array, at: number): number =>
  at < 0
    ? 0
    : (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);

const HINT = 0xd503201f | 0;
const HINT_MASK = 0xfffff01f | 0;

/** Number of a HINT (CRm:op2), or -1. */
export function hintOf(word: number): number {
  return (word & HINT_MASK) === HINT ? (word >>> 5) & 127 : -1;
}

/** PACIASP, PACIBSP, BTI, BTI c, BTI jc: where calls may land. */
const LANDINGS: readonly number[] = [25, 27, 32, 34, 38];

export function isLanding(word: number): boolean {
  return LANDINGS.includes(hintOf(word));
}

/** Stores before the stack pointer that move it: STP of x or d registers, STR; and `sub sp, sp, n`. */
const STARTS: readonly (readonly [mask: number, value: number])[] = [
  [0xffc003e0 | 0, 0xa98003e0 | 0],
  [0xffc003e0 | 0, 0x6d8003e0 | 0],
  [0xffe00fe0 | 0, 0xf8000fe0 | 0],
  [0xff8003ff | 0, 0xd10003ff | 0],
];

export const SHAPE: StartShape = {
  landingBefore: (bytes, at) => {
    if (!isLanding(wordAt(bytes, at - 4))) return 0;
    return isLanding(wordAt(bytes, at - 8)) ? 8 : 4;
  },
  looksLikeStart: (bytes, at) => {
    const word = wordAt(bytes, at);
    return STARTS.some(([mask, value]) => (word & mask) === value);
  },
};
