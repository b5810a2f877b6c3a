import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { SealingKey } from './sealing-key.ts';
import { unsealDirectory } from './unseal-directory.ts';

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Opens one sealed scan into a directory that only this user can read, hands it over with the sentences on files that
 * could not be opened, and removes it, also where a signal ends the program. Nothing of the scan that could be opened: throws.
 */
export async function withOpened<T>(
  directory: string,
  key: SealingKey,
  onFile: (path: string) => void,
  use: (opened: string, problems: readonly string[]) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'genehound-opened-'));
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  const ends = Object.entries(SIGNALS).map(([signal, number]) => {
    const end = (): void => process.exit(128 + number);
    process.once(signal, end);
    return [signal, end] as const;
  });
  process.once('exit', remove);
  try {
    // A scan's directory is known by its name.
    const opened = join(root, basename(resolve(directory)));
    const { opened: count, problems } = await unsealDirectory(directory, opened, key, onFile);
    if (count === 0) throw new Error(problems[0] ?? `${directory} holds nothing that could be opened.`);
    return await use(opened, problems);
  } finally {
    for (const [signal, end] of ends) process.removeListener(signal, end);
    process.removeListener('exit', remove);
    remove();
  }
}
