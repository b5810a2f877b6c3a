import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BadIndex } from './bad-index.ts';
import type { LabelSetTable } from './label-set-table.ts';
import type { Manifest } from './manifest.ts';
import { passing } from './merge-step.ts';

/** The label sets in the order of their ids, appended: words of [count, families…], little-endian. */
const NAME = 'sets';

function readWords(directory: string, from: number, to: number): Uint32Array {
  const words = new Uint32Array((to - from) / 4);
  const bytes = Buffer.from(words.buffer);
  let file: number;
  try {
    file = openSync(join(directory, NAME), 'r');
  } catch (error) {
    throw new BadIndex(`The label sets cannot be read: ${String(error)}`);
  }
  try {
    if (readSync(file, bytes, 0, bytes.length, from) !== bytes.length) throw new BadIndex('The label sets are cut off');
  } finally {
    closeSync(file);
  }
  return words;
}

/** Reads the sets that `table`, read up to `from` bytes, does not have yet. */
export function readSets(directory: string, table: LabelSetTable, from: number, { sets }: Manifest): void {
  if (sets.bytes > from) {
    const words = readWords(directory, from, sets.bytes);
    for (let at = 0; at < words.length; ) {
      const count = words[at] ?? 0;
      const id = table.size;
      if (count === 0 || at + 1 + count > words.length) throw new BadIndex(`Label set ${id} is damaged`);
      if (table.intern([...words.subarray(at + 1, at + 1 + count)]) !== id)
        throw new BadIndex(`Label set ${id} is there twice`);
      at += 1 + count;
    }
  }
  if (table.size !== sets.count || table.checksum !== sets.checksum) throw new BadIndex('The label sets are damaged');
}

/** Appends the sets that `table` has beyond those of the manifest, and says what the next manifest is to say. */
export function appendSets(directory: string, table: LabelSetTable, { sets }: Manifest): Manifest['sets'] {
  if (table.size === sets.count) return sets;
  const words: number[] = [];
  for (let id = sets.count; id < table.size; id++) {
    const { families } = table.get(id);
    words.push(families.length, ...families);
  }
  const bytes = Buffer.from(Uint32Array.from(words).buffer);
  const file = openSync(join(directory, NAME), 'a+', 0o600);
  try {
    // What a killed merge appended is not part of the index.
    ftruncateSync(file, sets.bytes);
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  passing('after-sets');
  return { count: table.size, bytes: sets.bytes + bytes.length, checksum: table.checksum };
}
