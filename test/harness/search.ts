import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { createFileStore } from '@genehound/intake';
import pg from 'pg';
import { until } from './until.ts';

/** Where a needle was found; `place` names the file, table or request. */
export interface Hit {
  readonly place: string;
  readonly needle: string;
}

const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);
/** What our formats put before compressed bytes: a codec byte, a length. */
const HEADER_ROOM = 64;
const LARGEST = 512 << 20;

/** Every needle that stands in the bytes as UTF-8 or UTF-16, also inside gzip and zstd, up to three deep. */
export function searchBytes(place: string, bytes: Buffer, needles: readonly string[], depth = 3): Hit[] {
  const hits = needles
    .filter((needle) => bytes.includes(needle, 0, 'latin1') || bytes.includes(needle, 0, 'utf16le'))
    .map((needle) => ({ place, needle }));
  if (depth === 0) return hits;
  for (const [magic, open] of [
    [ZSTD, zstdDecompressSync],
    [GZIP, gunzipSync],
  ] as const) {
    const at = bytes.subarray(0, HEADER_ROOM + magic.length).indexOf(magic);
    if (at < 0) continue;
    const inner = attempt(() => open(bytes.subarray(at), { maxOutputLength: LARGEST }));
    if (inner !== undefined) hits.push(...searchBytes(`${place} (compressed)`, inner, needles, depth - 1));
  }
  return hits;
}

/** Not everything that begins like a compressed stream is one. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Searches every file below a folder, raw and decompressed. Throws where one cannot be read. */
export async function searchFolder(folder: string, needles: readonly string[]): Promise<Hit[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const hits: Hit[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    hits.push(...searchBytes(relative(folder, path), await readFile(path), needles));
  }
  return hits;
}

const BLOB = /^(.*)\/([0-9a-f-]{36})\/[0-9a-f]{2}\/[0-9a-f]{2}\/([0-9a-f]{64})$/;

/** Searches the content of every blob of a data directory, and counts the blobs. */
export async function searchBlobs(data: string, needles: readonly string[]): Promise<{ hits: Hit[]; blobs: number }> {
  const hits: Hit[] = [];
  let blobs = 0;
  for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
    const found = BLOB.exec(join(entry.parentPath, entry.name));
    if (!entry.isFile() || found === null) continue;
    const [, directory = '', organisation = '', sha256 = ''] = found;
    const content = await createFileStore({ directory, minimumFree: 0 }).get({ organisation, sha256 });
    if (content === null) throw new Error(`The blob ${sha256} has gone`);
    blobs += 1;
    hits.push(...searchBytes(`blob ${sha256}`, await buffer(content), needles));
  }
  return { hits, blobs };
}

/** Connects to the embedded database of a data directory, by what its postmaster has written down. */
async function connectDatabase(data: string): Promise<pg.Client> {
  const file = await until('postmaster.pid', 10, async () => {
    const names = await readdir(data, { recursive: true });
    return names.find((name) => name.endsWith('postmaster.pid'));
  });
  const lines = (await readFile(join(data, file), 'utf8')).split('\n');
  const client = new pg.Client({
    host: lines[4] ?? '',
    port: Number(lines[3]),
    user: 'genehound',
    database: 'genehound',
    // As text, all of it: what is searched is what is stored, not what a parser makes of it.
    types: { getTypeParser: () => (text: string) => text },
  });
  await client.connect();
  return client;
}

/** Searches every value of every table, raw and decompressed, and counts rows by table. */
export async function searchDatabase(
  data: string,
  needles: readonly string[],
): Promise<{ hits: Hit[]; rows: ReadonlyMap<string, number> }> {
  const client = await connectDatabase(data);
  const hits: Hit[] = [];
  const rows = new Map<string, number>();
  try {
    const tables = await client.query<{ schema: string; name: string }>(
      "select table_schema as schema, table_name as name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'",
    );
    for (const { schema, name } of tables.rows) {
      const found = await client.query<Record<string, string | null>>(
        `select * from ${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`,
      );
      rows.set(name, found.rows.length);
      for (const row of found.rows) {
        for (const [column, value] of Object.entries(row)) {
          if (value !== null) hits.push(...searchBytes(`table ${name}.${column}`, valueBytes(value), needles));
        }
      }
    }
  } finally {
    await client.end();
  }
  return { hits, rows };
}

function valueBytes(text: string): Buffer {
  return text.startsWith('\\x') ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text, 'utf8');
}
