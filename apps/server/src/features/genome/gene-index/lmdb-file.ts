import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { SCHEME } from '@genehound/genes';
import { type Database, open, type RootDatabase } from 'lmdb';
import { z } from 'zod';
import type { LabelSetTable } from './label-set-table.ts';

/** Changed whenever the meaning of the stored bytes changes: an older index is then rebuilt. */
const FORMAT = 1;

/** Address space, not memory and not disk. A fixed size: growing the map would move it under the readers. */
const MAP_BYTES = 64 * 2 ** 30;

const metaShape = z.object({
  format: z.literal(FORMAT),
  scheme: z.literal(SCHEME),
  generation: z.int().nonnegative(),
  /** Buckets are cut by so many leading bits. */
  bits: z.int().nonnegative().max(24),
  genes: z.int().nonnegative(),
  /** Entries of the table of label sets, the two fixed ones included. */
  sets: z.int().min(2),
  /** Of the label sets (LabelSetTable). */
  setsChecksum: z.int().nonnegative(),
  /** The newest label in it. A database that does not know it was put back to an earlier state. */
  lastLabel: z.uuid().nullable(),
});
export type IndexMeta = z.infer<typeof metaShape>;

const EMPTY_META: IndexMeta = {
  format: FORMAT,
  scheme: SCHEME,
  generation: 0,
  bits: 0,
  genes: 0,
  sets: 2,
  setsChecksum: 0,
  lastLabel: null,
};

export interface IndexFile {
  readonly root: RootDatabase;
  readonly buckets: Database<Buffer, number>;
  readonly sets: Database<Buffer, number>;
  readonly meta: Database<unknown, string>;
}

/** An index that cannot be trusted. It is no loss: the keeper builds another. */
export class BadIndex extends Error {}

const MDB_MAGIC = 0xbeefc0de;
const PAGE = 4096;
/** Offset of MDB_meta in its page, behind the page header. */
const META = 24;
/** Offsets in MDB_meta: magic, version, address, map size, two MDB_db of 48 bytes, last page, transaction. */
const LAST_PAGE = META + 120;
const TRANSACTION = META + 128;

/**
 * Reads LMDB's two meta pages by hand before it maps the file: a page beyond the end of a truncated file would end
 * this process by SIGBUS, and at the next start again.
 */
function checkSize(path: string): void {
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    if (size === 0) return;
    const bytes = Buffer.alloc(2 * PAGE);
    if (size < bytes.length) throw new BadIndex(`The index is cut off at ${size} bytes`);
    readSync(file, bytes, 0, bytes.length, 0);
    const metas = [0, PAGE].map((page) => {
      if (bytes.readUInt32LE(page + META) !== MDB_MAGIC) throw new BadIndex('The index has a damaged header');
      return {
        lastPage: bytes.readBigUInt64LE(page + LAST_PAGE),
        transaction: bytes.readBigUInt64LE(page + TRANSACTION),
      };
    });
    const newest = metas.reduce((a, b) => (a.transaction >= b.transaction ? a : b));
    if (newest.lastPage >= BigInt(Math.floor(size / PAGE))) throw new BadIndex(`The index is cut off at ${size} bytes`);
  } finally {
    closeSync(file);
  }
}

export function openFile(directory: string): IndexFile {
  const path = join(directory, 'data.mdb');
  if (existsSync(path)) checkSize(path);
  const root = open({ path: directory, mapSize: MAP_BYTES, maxDbs: 4, noMemInit: false, eventTurnBatching: false });
  return {
    root,
    buckets: root.openDB({ name: 'buckets', encoding: 'binary', keyEncoding: 'uint32' }),
    sets: root.openDB({ name: 'sets', encoding: 'binary', keyEncoding: 'uint32' }),
    meta: root.openDB({ name: 'meta', encoding: 'json' }),
  };
}

export function readMeta(file: IndexFile): IndexMeta {
  const value = file.meta.get('meta');
  if (value === undefined) return EMPTY_META;
  const parsed = metaShape.safeParse(value);
  if (!parsed.success) throw new BadIndex(`The index is of another format or scheme: ${parsed.error.message}`);
  return parsed.data;
}

/** Reads the sets that `table` does not have yet; ids only grow. */
export function readSets(file: IndexFile, table: LabelSetTable, { sets, setsChecksum }: IndexMeta): void {
  for (let id = table.size; id < sets; id++) {
    const bytes = file.sets.getBinaryFast(id);
    if (bytes === undefined || bytes.length === 0 || bytes.length % 4 !== 0)
      throw new BadIndex(`Label set ${id} is lost`);
    const families = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i));
    if (table.intern(families) !== id) throw new BadIndex(`Label set ${id} is there twice`);
  }
  if (table.checksum !== setsChecksum) throw new BadIndex('The label sets are damaged');
}

/** Inside a write transaction: stores the sets that came after the first `stored`. */
export function writeSets(file: IndexFile, table: LabelSetTable, stored: number): void {
  for (let id = stored; id < table.size; id++) {
    file.sets.putSync(id, Buffer.from(Uint32Array.from(table.get(id).families).buffer));
  }
}
