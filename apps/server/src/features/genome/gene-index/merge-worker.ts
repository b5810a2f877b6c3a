import { parentPort } from 'node:worker_threads';
import { type BuildEnd, finishBuild, writeRun } from './build-index.ts';
import { compactSegments, replaceSegments } from './compact-segments.ts';
import type { LabelledGenes, MergeBatch } from './gene-index.ts';
import { mergeBatch } from './merge-batch.ts';
import type { SegmentInfo } from './segment-layout.ts';

/** A thread of its own for merging: it sorts and writes for seconds, while the server goes on answering. */

export type MergeOrder = { readonly directory: string } & (
  | {
      readonly kind: 'merge';
      readonly batch: MergeBatch;
      readonly frozen: readonly string[];
      readonly small: number | undefined;
    }
  | { readonly kind: 'run'; readonly number: number; readonly labelled: readonly LabelledGenes[] }
  | { readonly kind: 'finish'; readonly runs: readonly SegmentInfo[]; readonly end: BuildEnd }
  | { readonly kind: 'compact'; readonly segments: readonly SegmentInfo[]; readonly isOldest: boolean }
  | { readonly kind: 'replace'; readonly names: readonly string[]; readonly compacted: SegmentInfo }
);

export interface MergeAnswer {
  /** null where it went well. */
  readonly error: string | null;
  /** The index's segments after it; of `run` and `compact` the one that was written. */
  readonly segments: readonly SegmentInfo[];
}

function carryOut(order: MergeOrder): readonly SegmentInfo[] {
  const { directory } = order;
  switch (order.kind) {
    case 'merge':
      return mergeBatch(directory, order.batch, { frozen: new Set(order.frozen), small: order.small }).segments;
    case 'run':
      return [writeRun(directory, order.number, order.labelled)];
    case 'finish':
      finishBuild(directory, order.runs, order.end);
      return [];
    case 'compact':
      return [compactSegments(directory, order.segments, order.isOldest)];
    case 'replace':
      return replaceSegments(directory, order.names, order.compacted).segments;
  }
}

parentPort?.on('message', (order: MergeOrder) => {
  let answer: MergeAnswer;
  try {
    answer = { error: null, segments: carryOut(order) };
  } catch (caught) {
    answer = { error: caught instanceof Error ? caught.message : String(caught), segments: [] };
  }
  parentPort?.postMessage(answer);
});
