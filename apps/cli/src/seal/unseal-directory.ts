import { mkdir, opendir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readErrorReason } from '../read-error.ts';
import { openSealed, SealError } from './open-sealed.ts';
import type { SealingKey } from './sealing-key.ts';

export interface Unsealed {
  /** Files that were opened. */
  readonly opened: number;
  /** Files that were there already, from an earlier time. */
  readonly present: number;
  /** Files that are not sealed and were left where they are. */
  readonly unsealed: number;
  /** Sentences on files that could not be opened. */
  readonly problems: readonly string[];
}

const EXTENSION = '.age';
/** An offline directory has folders in its root, and files in them. */
const DEPTH = 2;
/** Beyond so many problems they are only counted. */
const MAX_PROBLEMS = 100;

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

async function openOne(path: string, target: string, key: SealingKey): Promise<void> {
  const part = `${target}.part`;
  await rm(part, { force: true });
  try {
    await openSealed(path, part, key);
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/**
 * Opens all sealed files of an offline directory, or of one scan's, into another directory of the same layout. Links are
 * not followed. One file after another is in memory, 64 KiB at a time.
 */
export async function unsealDirectory(
  source: string,
  target: string,
  key: SealingKey,
  onFile: (path: string) => void,
): Promise<Unsealed> {
  const found = { opened: 0, present: 0, unsealed: 0 };
  const problems: string[] = [];
  let more = 0;
  const tell = (problem: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
    else more += 1;
  };
  const take = async (name: string, from: string, to: string): Promise<void> => {
    const clear = join(to, name.slice(0, -EXTENSION.length));
    if (await exists(clear)) {
      found.present += 1;
      return;
    }
    onFile(from);
    try {
      await openOne(from, clear, key);
      found.opened += 1;
    } catch (error) {
      tell(`${from} was not opened: ${error instanceof SealError ? error.message : readErrorReason(error)}.`);
    }
  };
  const walk = async (from: string, to: string, depth: number): Promise<void> => {
    await mkdir(to, { recursive: true, mode: 0o700 });
    for await (const entry of await opendir(from)) {
      const path = join(from, entry.name);
      if (entry.isDirectory() && depth < DEPTH) await walk(path, join(to, entry.name), depth + 1);
      else if (entry.isFile() && entry.name.endsWith(EXTENSION)) await take(entry.name, path, to);
      else found.unsealed += 1;
    }
  };
  await walk(source, target, 1);
  if (more > 0) problems.push(`${more} more files were not opened.`);
  return { ...found, problems };
}
