import { join } from 'node:path';
import { createLog, type DataLock, lockDataDirectory } from '@genehound/intake';
import { connect, type Where } from '../../platform/database.ts';
import type { OpenOptions } from '../../platform/open-database.ts';
import { openDatabase } from '../../platform/open-database.ts';
import { DATABASE_ROLE } from '../../platform/postgres/cluster.ts';
import { findPostmaster } from '../../platform/postgres/postmaster.ts';
import { resetPassword as reset } from './service.ts';

async function tryLock(data: string): Promise<DataLock | null> {
  try {
    return await lockDataDirectory(data, 'server');
  } catch {
    return null;
  }
}

/** How to reach the database of a server that runs; null where none does. */
async function runningDatabase(config: OpenOptions): Promise<Where | null> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl };
  const postmaster = await findPostmaster(join(config.data, 'postgres', 'cluster'));
  if (postmaster === null || !postmaster.ready) return null;
  return { host: postmaster.socketDirectory, user: DATABASE_ROLE, database: 'genehound' };
}

/**
 * Gives the account a new random password and returns it; its sessions end. Works beside a running server and
 * without one. AppError not_found for an unknown name.
 */
export async function resetPassword(config: OpenOptions, name: string): Promise<string> {
  const lock = await tryLock(config.data);
  if (lock === null) {
    const where = await runningDatabase(config);
    if (where === null)
      throw new Error(`A server uses ${config.data} but its database is not ready yet; try again in a moment.`);
    const connection = connect(where, 1, () => undefined);
    try {
      return await reset(connection.db, name);
    } finally {
      await connection.close();
    }
  }
  try {
    const database = await openDatabase(config, createLog('warn'));
    try {
      return await reset(database.connection.db, name);
    } finally {
      await database.close();
    }
  } finally {
    lock.release();
  }
}
