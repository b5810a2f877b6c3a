import { type Columns, foldParts } from './columns.ts';
import type { LabelledGenes, MergeBatch } from './gene-index.ts';
import { LabelSetTable } from './label-set-table.ts';
import { familyAdder, layOut } from './lay-out.ts';
import { commitManifest, EMPTY_MANIFEST, removeSegments } from './manifest.ts';
import { Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';
import { bitsFor, firstOf, type SegmentInfo } from './segment-layout.ts';
import { SegmentWriter } from './segment-writer.ts';
import { appendSets } from './set-file.ts';

/**
 * A new index of many labels, made by an external sort: each part is laid out by leading bits and written as a run of
 * (gene, family); the last step reads all runs side by side, sorts each of 4,096 ranges and folds the families of
 * each gene in the order of the labels. Nothing is looked up and nothing is written more than twice.
 */
const RUN_BITS = 12;

/** Writes labels as run `number`; the order of runs is that of the labels. */
export function writeRun(directory: string, number: number, labelled: readonly LabelledGenes[]): SegmentInfo {
  const { entries, starts } = layOut({ labelled }, RUN_BITS);
  const writer = new SegmentWriter(directory, `run-${number}`, RUN_BITS);
  try {
    for (let part = 0; part + 1 < starts.length; part++) {
      const [from, to] = [starts[part] ?? 0, starts[part + 1] ?? 0];
      writer.add({
        high: entries.high.subarray(from, to),
        low: entries.low.subarray(from, to),
        value: entries.owner.subarray(from, to).map((owner) => labelled[owner]?.family ?? 0),
      });
    }
    return writer.finish();
  } catch (error) {
    writer.abort();
    throw error;
  }
}

/** What the labels of all runs come to. */
export type BuildEnd = Omit<MergeBatch, 'labelled'>;

/** Makes the runs one index in a directory that has none, and removes them. */
export function finishBuild(directory: string, runs: readonly SegmentInfo[], end: BuildEnd): void {
  const table = new LabelSetTable();
  const add = familyAdder(end, table);
  const open: Segment[] = [];
  const bits = Math.max(RUN_BITS, bitsFor(runs.reduce((sum, { entries }) => sum + entries, 0)));
  const writer = new SegmentWriter(directory, '0', bits);
  let info: SegmentInfo;
  try {
    for (const run of runs) open.push(Segment.open(directory, run));
    const cursors = open.map((segment) => new SegmentCursor(segment));
    for (let part = 0; part < 2 ** RUN_BITS; part++) {
      const parts: readonly Columns[] = cursors.flatMap((cursor) => cursor.take(firstOf(part + 1, RUN_BITS)));
      writer.add(foldParts(parts, add));
    }
    info = writer.finish();
  } catch (error) {
    writer.abort();
    throw error;
  } finally {
    for (const segment of open) segment.close();
  }
  commitManifest(directory, {
    ...EMPTY_MANIFEST,
    generation: end.generation,
    genes: info.entries,
    lastLabel: end.lastLabel,
    segments: [info],
    next: 1,
    sets: appendSets(directory, table, EMPTY_MANIFEST),
  });
  removeSegments(
    directory,
    runs.map(({ name }) => name),
  );
}
