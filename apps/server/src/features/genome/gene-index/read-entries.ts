import { BadIndex } from './bad-index.ts';
import type { Columns } from './columns.ts';
import type { NumberedSet } from './gene-index.ts';
import { LabelSetTable } from './label-set-table.ts';
import { readManifest } from './manifest.ts';
import { Segment } from './segment.ts';
import { readSets } from './set-file.ts';

/** Everything in an index that was just built: all entries in order, and the sets that they name. */
export interface WholeIndex {
  labelSet(id: number): NumberedSet;
  /** Numbers of the families that its sets name. */
  families(): ReadonlySet<number>;
  entries(): Generator<Columns>;
  close(): void;
}

/** Throws BadIndex; also where the index is of several segments. */
export function openWhole(directory: string): WholeIndex {
  const manifest = readManifest(directory);
  const [info, ...more] = manifest.segments;
  if (info === undefined || more.length > 0) throw new BadIndex('The index is not of one segment');
  const table = new LabelSetTable();
  readSets(directory, table, 0, manifest);
  const segment = Segment.open(directory, info);
  return {
    labelSet: (id) => table.get(id),
    families: () => {
      const numbers = new Set<number>();
      for (let id = 0; id < table.size; id++) for (const family of table.get(id).families) numbers.add(family);
      return numbers;
    },
    entries: function* () {
      for (let chunk = 0; chunk < segment.chunks; chunk++) {
        for (const { entries } of segment.blocks(chunk, segment.readChunk(chunk))) yield entries;
      }
    },
    close: () => segment.close(),
  };
}
