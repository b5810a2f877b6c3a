import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text, hexadecimal: an applied file that changed afterwards is an accident. */
  readonly digest: string;
}

export const MIGRATIONS_DIRECTORY = join(import.meta.dirname, '../../sql');

/** All numbered files of `directory`, in order; throws where a number is missing or there twice. */
export async function readMigrations(directory: string = MIGRATIONS_DIRECTORY): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  const migrations: Migration[] = [];
  for (const name of names) {
    const version = Number(name.slice(0, 4));
    if (version !== migrations.length + 1) throw new Error(`The migration before ${name} is missing or there twice`);
    const sql = await readFile(join(directory, name), 'utf8');
    migrations.push({ version, name, sql, digest: createHash('sha256').update(sql).digest('hex') });
  }
  if (migrations.length === 0) throw new Error(`There are no migrations in ${directory}`);
  return migrations;
}

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly digest: string;
}

function check(applied: readonly Applied[], migrations: readonly Migration[]): void {
  const newest = applied.at(-1);
  if (newest !== undefined && newest.version > migrations.length) {
    throw new Error(
      `The database has schema ${newest.version}, this program knows ${migrations.length}: it was used by a newer Genehound. Start that one, or restore a backup.`,
    );
  }
  for (const row of applied) {
    const known = migrations[row.version - 1];
    if (known !== undefined && known.digest !== row.digest) {
      throw new Error(`The migration ${row.name} was changed after this database applied it`);
    }
  }
}

/**
 * Brings the database to the newest schema, each file in one transaction with its record; two servers that start at
 * once wait for each other. Returns the schema's version. Throws, having changed nothing, where the database is newer.
 */
export async function migrate(pool: pg.Pool, migrations: readonly Migration[]): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query(
      `create table if not exists schema_migration (
         version integer primary key, name text not null, digest text not null, applied_at timestamptz not null default now())`,
    );
    for (let done = false; !done; ) {
      await client.query('begin');
      try {
        await client.query('lock table schema_migration in exclusive mode');
        const { rows } = await client.query<Applied>(
          'select version, name, digest from schema_migration order by version',
        );
        check(rows, migrations);
        const next = migrations[rows.length];
        if (next === undefined) done = true;
        else {
          await client.query(next.sql);
          await client.query('insert into schema_migration (version, name, digest) values ($1, $2, $3)', [
            next.version,
            next.name,
            next.digest,
          ]);
        }
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
    }
    return migrations.length;
  } finally {
    client.release();
  }
}
