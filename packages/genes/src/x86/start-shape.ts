import type { StartShape } from '../extraction/function-tracker.ts';

function hasEndbr(bytes: Uint8Array, at: number, last: number): boolean {
  return bytes[at] === 0xf3 && bytes[at + 1] === 0x0f && bytes[at + 2] === 0x1e && bytes[at + 3] === last;
}

/** Push of a register, `sub rsp, n`; ENDBR64 before it. */
export const SHAPE_64: StartShape = {
  landingBefore: (bytes, at) => (hasEndbr(bytes, at - 4, 0xfa) ? 4 : 0),
  looksLikeStart: (bytes, at) => {
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1] ?? 0;
    if ((first & 0xf8) === 0x50 || (first === 0x41 && (second & 0xf8) === 0x50)) return true;
    return first === 0x48 && (second === 0x83 || second === 0x81) && bytes[at + 2] === 0xec;
  },
};

/**
 * The same in 32-bit mode; also `mov edi, edi`, the two bytes that a hot patch replaces, and `lea ecx, [esp+4]`, with which
 * a function begins that aligns its stack. ENDBR32 before it.
 */
export const SHAPE_32: StartShape = {
  landingBefore: (bytes, at) => (hasEndbr(bytes, at - 4, 0xfb) ? 4 : 0),
  looksLikeStart: (bytes, at) => {
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1] ?? 0;
    if ((first & 0xf8) === 0x50 || (first === 0x8b && second === 0xff)) return true;
    if (first === 0x8d) return second === 0x4c && bytes[at + 2] === 0x24 && bytes[at + 3] === 4;
    return (first === 0x83 || first === 0x81) && second === 0xec;
  },
};
