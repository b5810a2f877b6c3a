import { rmSync } from 'node:fs';
import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { SealingKey } from './sealing-key.ts';
import { unsealDirectory } from './unseal-directory.ts';

export interface OpenedScan {
  readonly directory: string;
  /** Sentences on what could not be opened of what lies beside it, too: scans of one directory share their samples. */
  readonly problems: readonly string[];
}

export interface OpenedScans {
  /** Opens the directory in which a sealed scan lies, once, and tells where the scan stands open. Throws where it does not. */
  of(directory: string): Promise<OpenedScan>;
  /** Removes all that was opened. */
  close(): void;
}

interface OpenedRoot {
  readonly path: string;
  readonly problems: readonly string[];
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Sealed scans that stand open, in directories that only this user can read, until they are closed or the program ends, also by a
 * signal.
 */
export function openScans(key: SealingKey, onFile: (path: string) => void): OpenedScans {
  const made: string[] = [];
  const roots = new Map<string, Promise<OpenedRoot>>();
  const remove = (): void => {
    for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
  };
  const ends = Object.entries(SIGNALS).map(([signal, number]) => {
    const end = (): void => process.exit(128 + number);
    process.once(signal, end);
    return [signal, end] as const;
  });
  process.once('exit', remove);
  const open = async (root: string): Promise<OpenedRoot> => {
    const path = await mkdtemp(join(tmpdir(), 'genehound-opened-'));
    made.push(path);
    return { path, problems: (await unsealDirectory(root, path, key, onFile)).problems };
  };
  return {
    async of(directory) {
      const sealed = resolve(directory);
      const root = dirname(sealed);
      const opening = roots.get(root) ?? open(root);
      roots.set(root, opening);
      const { path, problems } = await opening;
      const opened = join(path, basename(sealed));
      const stands = await stat(join(opened, 'scanner_info.json')).catch(() => null);
      if (stands === null) throw new Error(problems[0] ?? `${directory} holds no scan that could be opened.`);
      return { directory: opened, problems };
    },
    close() {
      for (const [signal, end] of ends) process.removeListener(signal, end);
      process.removeListener('exit', remove);
      remove();
    },
  };
}
