import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { textLines } from '@genehound/intake';
import pg from 'pg';
import type { BackedUpTable } from './manifest.ts';

/**
 * Rows as PostgreSQL writes them itself: each the text of its composite type, a JSON string a line. What its own input
 * reads back is what was there; no program of PostgreSQL is needed, which the embedded one does not bring.
 */

/** Name of the advisory lock under which blobs are removed; shared by backups, so that none misses what it listed. */
export const BLOBS_LOCK = 'genehound blobs';

/** Rows of one round trip, and bytes; a row may hold a genome or a message of many megabytes. */
const ROWS = 100;
const BYTES = 8_388_608;

const fileOf = (directory: string, table: string): string => join(directory, 'tables', `${table}.zst`);
const quoted = (name: string): string => pg.escapeIdentifier(name);

/** Whoever can ask the database: a connection, or a transaction of the server's. */
interface Asks {
  readonly query: (text: string) => Promise<{ readonly rows: readonly { name: string; needs: string[] }[] }>;
}

/** Every table of ours, those before whose rows are named by others. Throws where they name each other in a ring. */
export async function tablesInOrder(client: Asks): Promise<readonly string[]> {
  const { rows } = await client.query(`
    select c.relname as name, coalesce(array_agg(r.relname::text) filter (where r.oid <> c.oid), '{}') as needs
    from pg_class c left join pg_constraint k on k.conrelid = c.oid and k.contype = 'f'
      left join pg_class r on r.oid = k.confrelid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migration'
    group by c.oid, c.relname order by c.relname`);
  const ordered: string[] = [];
  for (let left: readonly { name: string; needs: string[] }[] = rows; left.length > 0; ) {
    const free = left.filter(({ needs }) => needs.every((one) => ordered.includes(one)));
    if (free.length === 0) throw new Error(`The tables ${left.map(({ name }) => name).join(', ')} name each other`);
    ordered.push(...free.map(({ name }) => name));
    left = left.filter((one) => !free.includes(one));
  }
  return ordered;
}

/**
 * So many rows that the largest of the table fit into BYTES: whoever delivers scans decides how large a hundred that
 * follow each other are. Lengths of bytes and texts are read without their content.
 */
export async function rowsAtOnce(client: pg.ClientBase, table: string): Promise<number> {
  const columns = await client.query<{ name: string; isBytes: boolean }>(
    `select attname as name, atttypid = 'bytea'::regtype as "isBytes" from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attlen = -1`,
    [quoted(table)],
  );
  // Bytes become two letters each.
  const lengths = columns.rows.map(({ name, isBytes }) =>
    isBytes ? `2 * octet_length(${quoted(name)})::bigint` : `octet_length(${quoted(name)}::text)`,
  );
  if (lengths.length === 0) return ROWS;
  const sum = lengths.map((length) => `coalesce(${length}, 0)`).join(' + ');
  const { rows } = await client.query<{ largest: string | null }>(
    `select max(${sum})::text as largest from ${quoted(table)}`,
  );
  return Math.max(1, Math.min(ROWS, Math.floor(BYTES / Math.max(1, Number(rows[0]?.largest ?? 0)))));
}

/** Writes one table within the caller's snapshot. */
export async function writeTable(client: pg.ClientBase, directory: string, table: string): Promise<BackedUpTable> {
  const hash = createHash('sha256');
  let count = 0;
  const atOnce = await rowsAtOnce(client, table);
  async function* lines(): AsyncGenerator<string> {
    await client.query(`declare backup_rows no scroll cursor for select t::text as line from ${quoted(table)} t`);
    for (;;) {
      const { rows } = await client.query<{ line: string }>(`fetch ${atOnce} from backup_rows`);
      if (rows.length === 0) break;
      const text = rows.map(({ line }) => `${JSON.stringify(line)}\n`).join('');
      count += rows.length;
      hash.update(text);
      yield text;
    }
    await client.query('close backup_rows');
  }
  await pipeline(
    Readable.from(lines()),
    createZstdCompress(),
    createWriteStream(fileOf(directory, table), { flags: 'wx', mode: 0o600, flush: true }),
  );
  return { name: table, rows: count, sha256: hash.digest('hex') };
}

/** Reads one table back into the same table of the same schema. Throws where the file is not what the backup wrote. */
export async function readTable(client: pg.ClientBase, directory: string, table: BackedUpTable): Promise<void> {
  const hash = createHash('sha256');
  let count = 0;
  let waiting: string[] = [];
  let bytes = 0;
  const name = quoted(table.name);
  const insert = async (): Promise<void> => {
    if (waiting.length === 0) return;
    await client.query(
      `insert into ${name} overriding system value
       select (one.row).* from (select line::${name} as row from unnest($1::text[]) line offset 0) one`,
      [waiting],
    );
    waiting = [];
    bytes = 0;
  };
  const plain = createReadStream(fileOf(directory, table.name)).compose(createZstdDecompress());
  for await (const line of textLines(plain)) {
    hash.update(`${line}\n`);
    const row: unknown = JSON.parse(line);
    if (typeof row !== 'string') throw new Error(`The rows of ${table.name} in the backup cannot be read`);
    waiting.push(row);
    bytes += row.length;
    count += 1;
    if (waiting.length >= ROWS || bytes >= BYTES) await insert();
  }
  await insert();
  if (count !== table.rows || hash.digest('hex') !== table.sha256)
    throw new Error(`The rows of ${table.name} are not those that were backed up`);
}

/** What the next row of each identity column is called goes on where the backup ended. */
export async function advanceIdentities(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(`
    select c.relname as table, a.attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attidentity <> ''`);
  for (const { table, column } of rows) {
    await client.query(
      `select setval(pg_get_serial_sequence($1, $2), coalesce(max(${quoted(column)}), 0) + 1, false) from ${quoted(table)}`,
      [quoted(table), column],
    );
  }
}
