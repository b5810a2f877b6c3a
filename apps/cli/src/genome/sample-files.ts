import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, opendir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readErrorReason } from '../read-error.ts';
import { LARGEST_SAMPLE } from './index-package.ts';
import type { Sample } from './label-samples.ts';

/** A regular file on disk. */
export interface FoundFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** By the caller itself, not found in a folder. */
  readonly named: boolean;
}

/** Yields regular files; symbolic links inside a folder are not followed, so that no walk can loop. */
async function* walk(folder: string, problems: string[]): AsyncGenerator<FoundFile, void, undefined> {
  let entries: string[];
  try {
    entries = [];
    for await (const entry of await opendir(folder)) if (!entry.isSymbolicLink()) entries.push(entry.name);
  } catch (error) {
    problems.push(`${folder} cannot be read: ${readErrorReason(error)}`);
    return;
  }
  for (const name of entries.sort()) {
    const path = join(folder, name);
    const info = await lstat(path).catch(() => undefined);
    if (info?.isDirectory() === true) yield* walk(path, problems);
    else if (info?.isFile() === true) yield { path, size: info.size, named: false };
  }
}

/** The files that were named, and those below the folders that were. What cannot be read costs one problem. */
export async function* filesBelow(
  paths: readonly string[],
  problems: string[],
): AsyncGenerator<FoundFile, void, undefined> {
  for (const path of paths) {
    try {
      const info = await stat(path);
      if (info.isDirectory()) yield* walk(path, problems);
      else if (info.isFile()) yield { path, size: info.size, named: true };
      else problems.push(`${path} was left out: it is neither a file nor a folder`);
    } catch (error) {
      problems.push(`${path} cannot be read: ${readErrorReason(error)}`);
    }
  }
}

/** The first bytes of a file; undefined, and a problem, where it cannot be read. */
export async function headOf(path: string, length: number, problems: string[]): Promise<Uint8Array | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const head = new Uint8Array(length);
      const { bytesRead } = await file.read(head, 0, length, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    problems.push(`${path} cannot be read: ${readErrorReason(error)}`);
    return undefined;
  }
}

/** A file as a sample; undefined, and a problem, where it cannot be one. */
export async function sampleOf({ path, size }: FoundFile, problems: string[]): Promise<Sample | undefined> {
  if (size === 0 || size > LARGEST_SAMPLE) {
    const why = size === 0 ? 'it is empty' : `its ${size} bytes are more than the server takes`;
    problems.push(`${path} was left out: ${why}`);
    return undefined;
  }
  try {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk);
    return { sha256: hash.digest('hex'), size, source: path, load: () => readFile(path) };
  } catch (error) {
    problems.push(`${path} cannot be read: ${readErrorReason(error)}`);
    return undefined;
  }
}
