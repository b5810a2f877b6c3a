import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asDiskFull } from './blob/spool.ts';

/** Flushes a file, or the names in a directory. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file whole or not at all: when this resolves, it outlives a power cut. Its directory must be durable.
 * AppError disk_full.
 */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  try {
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    await syncPath(dirname(path));
  } catch (error) {
    throw asDiskFull(error);
  }
}
