import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DataLock {
  release(): void;
}

async function holder(file: string): Promise<string> {
  try {
    const pid = (await readFile(file, 'utf8')).trim();
    return /^\d+$/.test(pid) ? ` (process ${pid})` : '';
  } catch {
    return '';
  }
}

/**
 * Takes the data directory for this process alone. The lock is the kernel's own record lock, which SQLite takes on
 * an otherwise empty file: it ends with the process however that ends, and holds across PID, network and mount
 * namespaces, where a pid file or a socket name would not. Throws an Error of one sentence where another has it.
 */
export async function lockDataDirectory(data: string, program: 'server' | 'collector'): Promise<DataLock> {
  const directory = join(data, 'run');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const pidFile = join(directory, `${program}.pid`);
  const database = new DatabaseSync(join(directory, `${program}.lock`), { timeout: 0 });
  try {
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    database.close();
    const busy = error instanceof Error && 'errcode' in error && error.errcode === 5;
    if (!busy) throw new Error(`The data directory ${data} cannot be locked: ${String(error)}`, { cause: error });
    throw new Error(
      `Another Genehound ${program}${await holder(pidFile)} uses the data directory ${data}; stop it first.`,
    );
  }
  await writeFile(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return { release: () => database.close() };
}
