/**
 * The 64-bit hash of scheme 1, in two 32-bit halves `a` (high) and `b` (low). docs/gene-scheme.md states it
 * bit by bit. For a fixed word the step is a bijection of (a, b), and for a fixed state `a` tells any two words
 * apart, so nothing is lost but by chance. Hot loops repeat the two lines of the step rather than call it.
 */
export const A_MULTIPLIER = 0x85ebca6b | 0;
export const B_MULTIPLIER = 0xc2b2ae35 | 0;

export type GeneForm = 'fuzzy' | 'exact' | 'function';

/** 32-bit finaliser of MurmurHash3. */
export function mix32(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** FNV-1a, 32 bits, over the ASCII bytes of a name. */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash | 0;
}

/** First value of `a`; that of `b` is `mix32(seed ^ 0x9e3779b9)`. */
export function seedOf(scheme: number, instructionSet: string, form: GeneForm): number {
  return nameHash(`genehound/${scheme}/${instructionSet}/${form}`);
}

export function lowSeed(seed: number): number {
  return mix32(seed ^ 0x9e3779b9);
}

/** Low half of the result; `words` is the count of words that went in. */
export function finishLow(a: number, b: number, words: number): number {
  return mix32(b + mix32(a ^ words));
}

/** High half of the result, from the low one. */
export function finishHigh(a: number, low: number, words: number): number {
  return mix32(mix32(a ^ words) + low);
}
