import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createLog, lockDataDirectory, syncPath, writeDurably } from '@genehound/intake';
import pg from 'pg';
import { idOfDirectory, requireRestored } from '../installation.ts';
import { runningSocket, startEmbedded } from '../postgres/supervisor.ts';
import { copyBlobs, copySettings, verifyBlobs } from './files.ts';
import { type BackupManifest, MANIFEST } from './manifest.ts';
import { BLOBS_LOCK, tablesInOrder, writeTable } from './rows.ts';

export interface BackupOptions {
  readonly data: string;
  readonly databaseUrl: string | null;
  readonly directory: string;
  /** Hears sentences about how far it is. */
  readonly tell: (sentence: string) => void;
}

/** Makes the directory where it is missing. Throws an Error of one sentence where it holds anything. */
export async function requireEmpty(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if ((await readdir(directory)).length > 0)
    throw new Error(`${directory} is not empty; nothing is ever written over: name another directory.`);
}

interface Reached {
  readonly config: pg.ClientConfig;
  close(): Promise<void>;
}

/** The database as a running server has it, else started for this alone. */
async function reach({ data, databaseUrl }: BackupOptions): Promise<Reached> {
  if (databaseUrl !== null) return { config: { connectionString: databaseUrl }, close: async () => undefined };
  const running = await runningSocket(join(data, 'postgres'));
  if (running !== null) return { config: { ...running, database: 'genehound' }, close: async () => undefined };
  const lock = await lockDataDirectory(data, 'server');
  try {
    const server = await startEmbedded(join(data, 'postgres'), createLog('silent'));
    const { host, user } = server;
    const close = async (): Promise<void> => {
      await server.stop();
      lock.release();
    };
    return { config: { host, user, database: 'genehound' }, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function writeRows(
  client: pg.Client,
  options: BackupOptions,
): Promise<Pick<BackupManifest, 'schema' | 'tables'>> {
  const { directory, tell } = options;
  // Retention leaves the blobs alone for as long as this connection stands.
  await client.query('select pg_advisory_lock_shared(hashtextextended($1, 0))', [BLOBS_LOCK]);
  await client.query('begin transaction isolation level repeatable read read only');
  const { rows } = await client.query<{ schema: number }>('select max(version) as schema from schema_migration');
  await mkdir(join(directory, 'tables'), { mode: 0o700 });
  const tables: BackupManifest['tables'] = [];
  for (const name of await tablesInOrder(client)) {
    const table = await writeTable(client, directory, name);
    if (table.rows > 0) tell(`${name}: ${table.rows} rows`);
    tables.push(table);
  }
  await syncPath(join(directory, 'tables'));
  return { schema: rows[0]?.schema ?? 0, tables };
}

/**
 * Writes everything that cannot be made anew into an empty directory, while the server runs or not: rows of one
 * moment, then blobs, keys and certificates. Derived files (index, postings) and the queue of jobs are left out: a start
 * makes them from the rows. Throws an Error of one sentence; what it wrote until then is no backup.
 */
export async function backUp(options: BackupOptions): Promise<BackupManifest> {
  const { data, directory, tell } = options;
  if (`${resolve(directory)}/`.startsWith(`${resolve(data)}/`))
    throw new Error('A backup inside of the data directory would be lost with it; name another directory.');
  await requireRestored(data);
  const installation = await idOfDirectory(join(data, 'installation'));
  if (installation === null) throw new Error(`${data} is not the data directory of a Genehound server.`);
  await requireEmpty(directory);
  const reached = await reach(options);
  try {
    const client = new pg.Client(reached.config);
    await client.connect();
    try {
      const rows = await writeRows(client, options);
      const blobs = await copyBlobs(data, directory);
      tell(`${blobs} blobs`);
      await copySettings(data, join(directory, 'settings'));
      await verifyBlobs(client, directory);
      await client.query('commit');
      const manifest: BackupManifest = {
        format: 'genehound-backup',
        version: 1,
        madeAt: new Date().toISOString(),
        installation,
        ...rows,
        blobs,
      };
      await writeDurably(join(directory, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
      await syncPath(dirname(resolve(directory)));
      return manifest;
    } finally {
      await client.end();
    }
  } finally {
    await reached.close();
  }
}
