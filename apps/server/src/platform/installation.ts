import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/**
 * Ties a data directory (blobs) to its database (everything else): one used with another's counterpart would miss
 * bytes it says it has, and two servers on one database would each believe the other's jobs abandoned. Throws an
 * Error of one sentence where they do not belong together.
 */
export async function bindInstallation(db: Database, data: string): Promise<string> {
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
