import { join } from 'node:path';
import type { Log } from '@genehound/intake';
import pg from 'pg';
import { type Connection, connect, type Where } from './database.ts';
import { migrate, readMigrations } from './migrations.ts';
import { type EmbeddedPostgres, startEmbedded } from './postgres/supervisor.ts';

export interface OpenDatabase {
  readonly connection: Connection;
  readonly where: Where;
  readonly kind: 'embedded' | 'external';
  readonly schema: number;
  close(): Promise<void>;
}

const DATABASE = 'genehound';

/** Makes the database inside the embedded server where it is missing; safe to repeat. */
export async function ensureDatabase(server: EmbeddedPostgres, database: string): Promise<Where> {
  const client = new pg.Client({ host: server.host, user: server.user, database: 'postgres' });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
  return { host: server.host, user: server.user, database };
}

export interface OpenOptions {
  readonly data: string;
  readonly databaseUrl: string | null;
  readonly databaseConnections: number;
}

/** DATABASE_URL where set, else the embedded PostgreSQL of the data directory; migrated to the newest schema. */
export async function openDatabase(options: OpenOptions, log: Log): Promise<OpenDatabase> {
  const server = options.databaseUrl === null ? await startEmbedded(join(options.data, 'postgres'), log) : null;
  if (server !== null) log.info({ pid: server.pid(), adopted: server.adopted }, 'postgresql runs');
  try {
    const where: Where = server === null ? { url: options.databaseUrl ?? '' } : await ensureDatabase(server, DATABASE);
    const connection = connect(where, options.databaseConnections, (error) =>
      log.warn({ err: error }, 'database connection lost'),
    );
    try {
      const schema = await migrate(connection.pool, await readMigrations());
      return {
        connection,
        where,
        kind: server === null ? 'external' : 'embedded',
        schema,
        close: async () => {
          await connection.close();
          await server?.stop();
        },
      };
    } catch (error) {
      await connection.close();
      throw error;
    }
  } catch (error) {
    await server?.stop();
    throw error;
  }
}
