import { findGene, sortPairs } from '@genehound/genes';

/** Entries as parallel arrays: a gene in two halves, and what is said of it (a set id, or in a run a family). */
export interface Columns {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly value: Uint32Array;
}

export const NO_ENTRIES: Columns = {
  high: new Uint32Array(0),
  low: new Uint32Array(0),
  value: new Uint32Array(0),
};

/** What a later entry does to the value that a gene has so far. */
export type Fold = (before: number, value: number) => number;

/** A later entry replaces an earlier one. */
export const NEWEST: Fold = (_before, value) => value;

/** Sorted distinct genes of all parts; each gene's values are folded from 0 in the order of parts and entries. */
export function foldParts(parts: readonly Columns[], fold: Fold): Columns {
  const total = parts.reduce((sum, { high }) => sum + high.length, 0);
  const pairs = new Uint32Array(2 * total);
  let at = 0;
  for (const { high, low } of parts) {
    for (let i = 0; i < high.length; i++) {
      pairs[at++] = low[i] ?? 0;
      pairs[at++] = high[i] ?? 0;
    }
  }
  const genes = sortPairs(pairs);
  const value = new Uint32Array(genes.high.length);
  for (const part of parts) {
    for (let i = 0; i < part.high.length; i++) {
      const place = findGene(genes, part.high[i] ?? 0, part.low[i] ?? 0);
      if (place >= 0) value[place] = fold(value[place] ?? 0, part.value[i] ?? 0);
    }
  }
  return { high: genes.high, low: genes.low, value };
}

/** The entries for which `keep` is true, by their place. */
export function filterColumns({ high, low, value }: Columns, keep: (place: number) => boolean): Columns {
  const [h, l, v] = [new Uint32Array(high.length), new Uint32Array(high.length), new Uint32Array(high.length)];
  let count = 0;
  for (let i = 0; i < high.length; i++) {
    if (!keep(i)) continue;
    h[count] = high[i] ?? 0;
    l[count] = low[i] ?? 0;
    v[count] = value[i] ?? 0;
    count++;
  }
  return { high: h.subarray(0, count), low: l.subarray(0, count), value: v.subarray(0, count) };
}

/** First place in [from, to) whose word is at least `bound`; the words are sorted. */
export function firstAtLeast(words: Uint32Array, from: number, to: number, bound: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((words[middle] ?? 0) >= bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
