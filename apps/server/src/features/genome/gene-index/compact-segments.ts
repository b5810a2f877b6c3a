import { filterColumns, foldParts, NEWEST } from './columns.ts';
import { commitManifest, readManifest, removeSegments } from './manifest.ts';
import { passing } from './merge-step.ts';
import { Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';
import { bitsFor, firstOf, type SegmentInfo } from './segment-layout.ts';
import { SegmentWriter } from './segment-writer.ts';

/** A segment is compacted with the newer ones when it has less than so many times their entries. */
const RATIO = 3;
const MOST_GROUP_BITS = 12;

/**
 * The segments that are worth making one, all of the newest; null where none is. So each gene is rewritten a few
 * times only, and a look-up meets few segments.
 */
export function planCompaction(segments: readonly SegmentInfo[]): readonly SegmentInfo[] | null {
  for (let i = 0; i + 1 < segments.length; i++) {
    const newer = segments.slice(i + 1).reduce((sum, { entries }) => sum + entries, 0);
    if ((segments[i]?.entries ?? 0) < RATIO * newer) return segments.slice(i);
  }
  return null;
}

/** Makes one segment of several that follow each other. `isOldest`: there is none below them. The index does not change. */
export function compactSegments(directory: string, infos: readonly SegmentInfo[], isOldest: boolean): SegmentInfo {
  const open: Segment[] = [];
  const bits = bitsFor(infos.reduce((sum, { entries }) => sum + entries, 0));
  const groupBits = Math.min(MOST_GROUP_BITS, bits);
  const writer = new SegmentWriter(directory, `${infos.map(({ name }) => name).at(-1)}-c`, bits);
  try {
    for (const info of infos) open.push(Segment.open(directory, info));
    const cursors = open.map((segment) => new SegmentCursor(segment));
    for (let group = 0; group < 2 ** groupBits; group++) {
      const parts = cursors.flatMap((cursor) => cursor.take(firstOf(group + 1, groupBits)));
      const whole = foldParts(parts, NEWEST);
      writer.add(isOldest ? filterColumns(whole, (i) => whole.value[i] !== 0) : whole);
    }
    return writer.finish();
  } catch (error) {
    writer.abort();
    throw error;
  } finally {
    for (const segment of open) segment.close();
  }
}

/** Puts a compacted segment in the place of those it was made of. Does nothing where these are no longer there. */
export function replaceSegments(
  directory: string,
  names: readonly string[],
  compacted: SegmentInfo,
): { readonly segments: readonly SegmentInfo[] } {
  const manifest = readManifest(directory);
  const first = manifest.segments.findIndex(({ name }) => name === names[0]);
  const isThere = first >= 0 && names.every((name, i) => manifest.segments[first + i]?.name === name);
  if (!isThere) {
    removeSegments(directory, [compacted.name]);
    return { segments: manifest.segments };
  }
  passing('before-replace');
  const segments = [...manifest.segments.slice(0, first), compacted, ...manifest.segments.slice(first + names.length)];
  commitManifest(directory, { ...manifest, segments, next: manifest.next + 1 });
  removeSegments(directory, names);
  return { segments };
}
