import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath, writeDurably } from '@genehound/intake';
import { type Database, inTransaction } from './database.ts';
import { newId } from './ids.ts';

/** Null where there is none. */
export async function idOfDirectory(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** There from before the first row of a backup is restored until its last file is: rows without their bytes are no server. */
const RESTORING = 'restore-unfinished';

export async function beginRestoring(data: string): Promise<void> {
  await writeDurably(join(data, RESTORING), '');
}

export async function endRestoring(data: string): Promise<void> {
  await rm(join(data, RESTORING));
  await syncPath(data);
}

/** Throws an Error of one sentence where a restore was cut off. */
export async function requireRestored(data: string): Promise<void> {
  try {
    await access(join(data, RESTORING));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  throw new Error(
    `A restore into ${data} did not end, and what is there is not whole: empty it, and the database where it is one of your own, and restore again.`,
  );
}

/**
 * Ties a data directory (blobs) to its database (everything else): one used with another's counterpart would miss
 * bytes it says it has, and two servers on one database would each believe the other's jobs abandoned. Throws an
 * Error of one sentence where they do not belong together.
 */
export async function bindInstallation(db: Database, data: string): Promise<string> {
  await requireRestored(data);
  const file = join(data, 'installation');
  const here = await idOfDirectory(file);
  const id = await inTransaction(db, async (tx) => {
    const row = await tx.selectFrom('installation').select('id').executeTakeFirst();
    if (row !== undefined) return row.id;
    const fresh = here ?? newId();
    await tx.insertInto('installation').values({ id: fresh }).execute();
    return fresh;
  });
  if (here === null) await writeFile(file, `${id}\n`, { mode: 0o600, flag: 'wx' });
  else if (here !== id) {
    throw new Error(
      `The data directory ${data} belongs to another database (installation ${here}, the database is of ${id}); check GENEHOUND_DATA and DATABASE_URL.`,
    );
  }
  return id;
}
