import { findGene, sortPairs } from '@genehound/genes';
import type { Bucket } from './bucket.ts';
import type { MergeBatch } from './gene-index.ts';
import type { LabelSetTable } from './label-set-table.ts';

/** Entries of a merge: gene i belongs to family `family[owner[i]]`, in the order of the labels. */
export interface Entries {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  /** Index of the labelled artifact in the batch. */
  readonly owner: Uint32Array;
}

/** Lays the genes of a batch out by bucket, keeping the order of labels; `starts[b]` is where bucket b begins. */
export function layOut(batch: MergeBatch, bits: number): { readonly entries: Entries; readonly starts: Uint32Array } {
  const shift = 32 - bits;
  const starts = new Uint32Array((1 << bits) + 1);
  let total = 0;
  for (const { genes } of batch.labelled) {
    total += genes.high.length;
    for (const high of genes.high) {
      const at = bits === 0 ? 1 : (high >>> shift) + 1;
      starts[at] = (starts[at] ?? 0) + 1;
    }
  }
  for (let b = 1; b < starts.length; b++) starts[b] = (starts[b] ?? 0) + (starts[b - 1] ?? 0);
  const next = starts.slice();
  const entries = { high: new Uint32Array(total), low: new Uint32Array(total), owner: new Uint32Array(total) };
  batch.labelled.forEach(({ genes: { high, low } }, owner) => {
    for (let i = 0; i < high.length; i++) {
      const h = high[i] ?? 0;
      const bucket = bits === 0 ? 0 : h >>> shift;
      const at = next[bucket] ?? 0;
      next[bucket] = at + 1;
      entries.high[at] = h;
      entries.low[at] = low[i] ?? 0;
      entries.owner[at] = owner;
    }
  });
  return { entries, starts };
}

/** Adds a family to a set; remembers its answers, for few pairs of set and family make up a whole merge. */
export type AddFamily = (set: number, owner: number) => number;

export function addFamilies(batch: MergeBatch, table: LabelSetTable): AddFamily {
  const memos = new Map<number, Map<number, number>>();
  const families = batch.labelled.map(({ family }) => {
    const memo = memos.get(family) ?? new Map<number, number>();
    memos.set(family, memo);
    return { family, memo };
  });
  return (set, owner) => {
    const known = families[owner];
    if (known === undefined) throw new RangeError(`Label ${owner} of ${families.length}`);
    let result = known.memo.get(set);
    if (result === undefined) {
      result = table.add(set, known.family, batch.leanings, batch.mix);
      known.memo.set(set, result);
    }
    return result;
  };
}

/** The bucket with the entries from `from` to `to` added. */
export function mergeBucket(bucket: Bucket, entries: Entries, from: number, to: number, add: AddFamily): Bucket {
  const old = bucket.high.length;
  const pairs = new Uint32Array(2 * (old + to - from));
  let at = 0;
  for (let i = 0; i < old; i++) {
    pairs[at++] = bucket.low[i] ?? 0;
    pairs[at++] = bucket.high[i] ?? 0;
  }
  for (let i = from; i < to; i++) {
    pairs[at++] = entries.low[i] ?? 0;
    pairs[at++] = entries.high[i] ?? 0;
  }
  const genes = sortPairs(pairs);
  const set = new Uint32Array(genes.high.length);
  for (let i = 0, g = 0; i < old; i++, g++) {
    while (genes.high[g] !== bucket.high[i] || genes.low[g] !== bucket.low[i]) g++;
    set[g] = bucket.set[i] ?? 0;
  }
  for (let i = from; i < to; i++) {
    const g = findGene(genes, entries.high[i] ?? 0, entries.low[i] ?? 0);
    if (g >= 0) set[g] = add(set[g] ?? 0, entries.owner[i] ?? 0);
  }
  return { high: genes.high, low: genes.low, set };
}
