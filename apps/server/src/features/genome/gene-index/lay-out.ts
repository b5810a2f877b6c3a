import { findGene, type GeneSet } from '@genehound/genes';
import type { MergeBatch } from './gene-index.ts';
import type { LabelSetTable } from './label-set-table.ts';

/** Entries of a merge: gene i belongs to labelled artifact `owner[i]` of the batch, in the order of the labels. */
export interface Entries {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly owner: Uint32Array;
}

/** Lays the genes of a batch out by their leading bits, keeping the order of labels; part b is [starts[b], starts[b + 1]). */
export function layOut(
  { labelled }: Pick<MergeBatch, 'labelled'>,
  bits: number,
): { readonly entries: Entries; readonly starts: Uint32Array } {
  const shift = 32 - bits;
  const starts = new Uint32Array((1 << bits) + 1);
  let total = 0;
  for (const { genes } of labelled) {
    total += genes.high.length;
    for (const high of genes.high) {
      const at = bits === 0 ? 1 : (high >>> shift) + 1;
      starts[at] = (starts[at] ?? 0) + 1;
    }
  }
  for (let b = 1; b < starts.length; b++) starts[b] = (starts[b] ?? 0) + (starts[b - 1] ?? 0);
  const next = starts.slice();
  const entries = { high: new Uint32Array(total), low: new Uint32Array(total), owner: new Uint32Array(total) };
  labelled.forEach(({ genes: { high, low } }, owner) => {
    for (let i = 0; i < high.length; i++) {
      const h = high[i] ?? 0;
      const part = bits === 0 ? 0 : h >>> shift;
      const at = next[part] ?? 0;
      next[part] = at + 1;
      entries.high[at] = h;
      entries.low[at] = low[i] ?? 0;
      entries.owner[at] = owner;
    }
  });
  return { entries, starts };
}

/** The set with one family more. */
export type AddFamily = (set: number, family: number) => number;

/** Remembers its answers, for few pairs of set and family make up a whole merge. */
export function familyAdder({ leanings, mix }: Pick<MergeBatch, 'leanings' | 'mix'>, table: LabelSetTable): AddFamily {
  const memos = new Map<number, Map<number, number>>();
  return (set, family) => {
    let memo = memos.get(family);
    if (memo === undefined) {
      memo = new Map<number, number>();
      memos.set(family, memo);
    }
    let result = memo.get(set);
    if (result === undefined) {
      result = table.add(set, family, leanings, mix);
      memo.set(set, result);
    }
    return result;
  };
}

/** By the place of the labelled artifact in the batch. */
export function addFamilies(batch: MergeBatch, table: LabelSetTable): AddFamily {
  const add = familyAdder(batch, table);
  return (set, owner) => add(set, batch.labelled[owner]?.family ?? 0);
}

/** Adds the owners of the entries [from, to) to the sets of their genes. */
export function setsAfter(
  genes: GeneSet,
  value: Uint32Array,
  entries: Entries,
  from: number,
  to: number,
  add: AddFamily,
): void {
  for (let i = from; i < to; i++) {
    const place = findGene(genes, entries.high[i] ?? 0, entries.low[i] ?? 0);
    if (place >= 0) value[place] = add(value[place] ?? 0, entries.owner[i] ?? 0);
  }
}
