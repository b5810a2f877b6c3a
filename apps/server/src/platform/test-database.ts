import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@genehound/intake';
import { type OpenDatabase, openDatabase } from './open-database.ts';

export interface TestDatabase extends OpenDatabase {
  /** A directory of this test alone; removed by close. */
  readonly data: string;
}

/** For tests: a real, migrated, embedded PostgreSQL in a directory of its own. One a test file; about 1.5 s. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const data = await mkdtemp(join(tmpdir(), 'genehound-test-'));
  await chmod(data, 0o711);
  try {
    const open = await openDatabase({ data, databaseUrl: null, databaseConnections: 8 }, createLog('silent'));
    return {
      ...open,
      data,
      close: async () => {
        await open.close();
        await rm(data, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(data, { recursive: true, force: true });
    throw error;
  }
}
