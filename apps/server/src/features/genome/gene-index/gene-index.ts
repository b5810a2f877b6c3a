import type { GeneSet } from '@genehound/genes';

/** Ids of label sets that mean the same in every index. */
export const NO_SET = 0;
export const COMMON_SET = 1;

/** Numbers of the families that have a gene; `common` genes carry no weight and name none. */
export interface NumberedSet {
  readonly common: boolean;
  readonly families: readonly number[];
}

/**
 * Gene -> interned label set, of one scope. A derived, disposable store: labels live in PostgreSQL. Sorted batches
 * go in, set ids come out; LMDB is the first store behind it, and another may replace it.
 */
export interface GeneIndex {
  /** Generation of the labels that the answers reflect. */
  readonly generation: number;
  readonly genes: number;
  /** One set id for each gene, 0 where no family has it. One call sees one generation. */
  lookup(genes: GeneSet): Uint32Array;
  /** An id that `lookup` gave at the present generation. */
  labelSet(id: number): NumberedSet;
}

/** What labels do to a gene that both trusted and malicious families have. */
export type MixRule =
  /** The global genome: such a gene is common. */
  | 'common'
  /** An organisation: the first word stands, so that neither acquitting nor convicting makes a gene common. */
  | 'first';

/** In place of a family: the genes are common, as a pack says. Families are numbered from 1. */
export const COMMON_FAMILY = 0;

/** The genes of one labelled artifact. */
export interface LabelledGenes {
  readonly genes: GeneSet;
  readonly family: number;
}

export type NumberedLeaning = 'malicious' | 'trusted' | 'neither';

/** Labels to add, in the order in which they were committed. */
export interface MergeBatch {
  readonly labelled: readonly LabelledGenes[];
  /** Of every family that the batch or the index names. */
  readonly leanings: ReadonlyMap<number, NumberedLeaning>;
  readonly mix: MixRule;
  /** Generation that is reached with this batch; the one before where it holds a part of a generation only. */
  readonly generation: number;
  /** Id of the newest label. */
  readonly lastLabel: string | null;
}
