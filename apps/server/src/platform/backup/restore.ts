import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createLog, lockDataDirectory } from '@genehound/intake';
import pg from 'pg';
import { beginRestoring, endRestoring } from '../installation.ts';
import { migrate, readMigrations } from '../migrations.ts';
import { ensureDatabase } from '../open-database.ts';
import { startEmbedded } from '../postgres/supervisor.ts';
import { type BackupOptions, requireEmpty } from './back-up.ts';
import { copyBlobs, copySettings, verifyBlobs } from './files.ts';
import { type BackupManifest, readManifest } from './manifest.ts';
import { advanceIdentities, readTable, tablesInOrder } from './rows.ts';

const names = (tables: readonly string[]): string => tables.map((name) => pg.escapeIdentifier(name)).join(', ');

/** The schema as the backup's program had it; what is newer a start brings, as it would have over there. */
async function makeSchema(pool: pg.Pool, { schema }: BackupManifest): Promise<void> {
  const migrations = await readMigrations();
  if (migrations.length < schema)
    throw new Error(
      `The backup has schema ${schema}, this program knows ${migrations.length}: use the newer Genehound.`,
    );
  const { rowCount } = await pool.query(
    `select from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' limit 1`,
  );
  if (rowCount !== 0) throw new Error('The database is not empty; nothing is ever written over.');
  await migrate(pool, migrations.slice(0, schema));
}

async function fill(
  client: pg.PoolClient,
  { directory, tell }: BackupOptions,
  manifest: BackupManifest,
): Promise<void> {
  const tables = await tablesInOrder(client);
  const known = new Map(manifest.tables.map((table) => [table.name, table]));
  if (known.size !== tables.length || tables.some((name) => !known.has(name)))
    throw new Error('The tables of the backup are not those of its schema');
  await client.query('begin');
  // Not the foreign keys, which are checked as the rows come; the audit log chains what is recorded, not what was.
  for (const name of tables) await client.query(`alter table ${names([name])} disable trigger user`);
  // The rows that migrations made are among those of the backup.
  await client.query(`truncate ${names(tables)}`);
  for (const name of tables) {
    const table = known.get(name);
    if (table === undefined) continue;
    await readTable(client, directory, table);
    if (table.rows > 0) tell(`${name}: ${table.rows} rows`);
  }
  await advanceIdentities(client);
  for (const name of tables) await client.query(`alter table ${names([name])} enable trigger user`);
  await client.query('commit');
}

/**
 * Makes a server's state anew from a backup: into an empty data directory and, with a database of the operator's own, an
 * empty database. The next start makes the derived files. Throws an Error of one sentence.
 */
export async function restore(options: BackupOptions): Promise<BackupManifest> {
  const { data, directory, databaseUrl, tell } = options;
  const manifest = await readManifest(directory);
  await requireEmpty(data);
  await chmod(data, process.getuid?.() === 0 ? 0o711 : 0o700);
  const lock = await lockDataDirectory(data, 'server');
  await beginRestoring(data);
  const server = databaseUrl === null ? await startEmbedded(join(data, 'postgres'), createLog('silent')) : null;
  try {
    const where = server === null ? { connectionString: databaseUrl ?? '' } : await ensureDatabase(server, 'genehound');
    const pool = new pg.Pool({ ...where, max: 2 });
    try {
      await makeSchema(pool, manifest);
      const client = await pool.connect();
      try {
        await fill(client, options, manifest);
        await mkdir(join(data, 'blobs'), { recursive: true, mode: 0o700 });
        const blobs = await copyBlobs(directory, data);
        tell(`${blobs} blobs`);
        await verifyBlobs(client, data);
        await copySettings(join(directory, 'settings'), data);
        await endRestoring(data);
      } finally {
        // Not back to the pool: where it failed, a transaction is open.
        client.release(true);
      }
      return manifest;
    } finally {
      await pool.end();
    }
  } finally {
    await server?.stop();
    lock.release();
  }
}
