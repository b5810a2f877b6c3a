import { type GeneSet, sortPairs } from '@genehound/genes';
import { type Columns, filterColumns, foldParts, NEWEST } from './columns.ts';
import type { MergeBatch } from './gene-index.ts';
import { LabelSetTable } from './label-set-table.ts';
import { addFamilies, layOut, setsAfter } from './lay-out.ts';
import { commitManifest, type Manifest, readManifest, removeSegments } from './manifest.ts';
import { passing } from './merge-step.ts';
import { lookupIn, Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';
import { bitsFor, firstOf, type SegmentInfo } from './segment-layout.ts';
import { SegmentWriter } from './segment-writer.ts';
import { appendSets, readSets } from './set-file.ts';

/** The newest segments that together have so many entries are rewritten with each batch: some 50 ms. */
const SMALL = 300_000;

/** Leading bits by which work is cut: at most 4,096 parts. */
const MOST_GROUP_BITS = 12;

/** Number of the newest segments that are to be rewritten with so many more entries; none that is `frozen`. */
function smallTail(segments: readonly SegmentInfo[], added: number, { frozen, small = SMALL }: MergeOptions): number {
  let total = added;
  let count = 0;
  for (let i = segments.length - 1; i >= 0; i--) {
    const segment = segments[i];
    if (segment === undefined || frozen?.has(segment.name) === true) break;
    total += segment.entries;
    if (total > small) break;
    count++;
  }
  return count;
}

/** The entries that a batch changes in one part of the hashes, by what the segments say so far. */
function changedEntries(
  genes: GeneSet,
  segments: readonly Segment[],
  apply: (genes: GeneSet, value: Uint32Array) => void,
): { readonly changed: Columns; readonly added: number } {
  const before = lookupIn(segments, genes);
  const value = before.slice();
  apply(genes, value);
  let added = 0;
  for (let i = 0; i < value.length; i++) if (before[i] === 0 && value[i] !== 0) added++;
  return { changed: filterColumns({ ...genes, value }, (i) => before[i] !== value[i]), added };
}

function openAll(directory: string, segments: readonly SegmentInfo[]): readonly Segment[] {
  const open: Segment[] = [];
  try {
    for (const info of segments) open.push(Segment.open(directory, info));
    return open;
  } catch (error) {
    for (const segment of open) segment.close();
    throw error;
  }
}

export interface MergeOptions {
  /** Segments that are being compacted: they are left as they are. */
  readonly frozen?: ReadonlySet<string>;
  /** Entries up to which the newest segments are rewritten. */
  readonly small?: number | undefined;
}

export interface Merged {
  readonly segments: readonly SegmentInfo[];
}

/**
 * Adds a batch: a new segment of the genes whose set changes, in place of the small ones before it. Readers see all
 * of it or nothing, and so does the next start after a kill. Adding labels again changes nothing.
 */
export function mergeBatch(directory: string, batch: MergeBatch, options: MergeOptions = {}): Merged {
  const manifest = readManifest(directory);
  const table = new LabelSetTable();
  readSets(directory, table, 0, manifest);
  const open = openAll(directory, manifest.segments);
  try {
    return merge({ directory, manifest, batch, table, open, options });
  } finally {
    for (const segment of open) segment.close();
  }
}

interface Merge {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly batch: MergeBatch;
  readonly table: LabelSetTable;
  readonly open: readonly Segment[];
  readonly options: MergeOptions;
}

function merge({ directory, manifest, batch, table, open, options }: Merge): Merged {
  const most = batch.labelled.reduce((sum, { genes }) => sum + genes.high.length, 0);
  const tail = smallTail(manifest.segments, most, options);
  const kept = manifest.segments.slice(0, manifest.segments.length - tail);
  const rewritten = manifest.segments.slice(kept.length);
  const bits = bitsFor(rewritten.reduce((sum, { entries }) => sum + entries, most));
  const groupBits = Math.min(MOST_GROUP_BITS, bits);
  const { entries, starts } = layOut(batch, groupBits);
  const add = addFamilies(batch, table);
  const cursors = open.slice(kept.length).map((segment) => new SegmentCursor(segment));
  const writer = new SegmentWriter(directory, String(manifest.next), bits);
  let genes = manifest.genes;
  let info: SegmentInfo;
  try {
    for (let group = 0; group + 1 < starts.length; group++) {
      const [from, to] = [starts[group] ?? 0, starts[group + 1] ?? 0];
      const parts = cursors.flatMap((cursor) => cursor.take(firstOf(group + 1, groupBits)));
      if (from === to && parts.length === 0) continue;
      const distinct = sortPairs(interleave(entries, from, to));
      const { changed, added } = changedEntries(distinct, open, (sorted, value) =>
        setsAfter(sorted, value, entries, from, to, add),
      );
      genes += added;
      const whole = parts.length === 0 ? changed : foldParts([...parts, changed], NEWEST);
      // With nothing older below them, genes without a set need not be kept.
      writer.add(kept.length === 0 ? filterColumns(whole, (i) => whole.value[i] !== 0) : whole);
    }
    info = writer.finish();
  } catch (error) {
    writer.abort();
    throw error;
  }
  passing('after-segment');
  const segments = info.entries === 0 ? kept : [...kept, info];
  commitManifest(directory, {
    ...manifest,
    generation: batch.generation,
    genes,
    lastLabel: batch.lastLabel ?? manifest.lastLabel,
    segments,
    next: manifest.next + 1,
    sets: appendSets(directory, table, manifest),
  });
  removeSegments(
    directory,
    [...rewritten, ...(info.entries === 0 ? [info] : [])].map(({ name }) => name),
  );
  return { segments };
}

function interleave(
  { high, low }: { readonly high: Uint32Array; readonly low: Uint32Array },
  from: number,
  to: number,
): Uint32Array {
  const pairs = new Uint32Array(2 * (to - from));
  for (let i = from, at = 0; i < to; i++) {
    pairs[at++] = low[i] ?? 0;
    pairs[at++] = high[i] ?? 0;
  }
  return pairs;
}
