import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, opendir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { detectFormat } from '@genehound/binary';
import type { Client } from '@genehound/contract';
import { readErrorReason } from '../read-error.ts';
import { LARGEST_SAMPLE } from './index-package.ts';
import { labelSamples, type Sample, type Target } from './label-samples.ts';

/** What a walk over paths leaves out. */
export interface Candidates {
  /** Files below the given folders that are no executable images. */
  skipped: number;
  /** One sentence each: what could not be read or was refused. */
  readonly problems: string[];
}

export interface PathsIndexed extends Candidates {
  files: number;
  added: number;
  known: number;
}

const BATCH = 200;

async function isImage(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const head = new Uint8Array(4096);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return detectFormat(head.subarray(0, bytesRead)) !== 'raw';
  } finally {
    await file.close();
  }
}

/** Yields regular files; symbolic links inside a folder are not followed, so that no walk can loop. */
async function* walk(folder: string, problems: string[]): AsyncGenerator<string, void, undefined> {
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
    else if (info?.isFile() === true) yield path;
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function sampleOf(path: string, size: number): Promise<Sample> {
  const sha256 = await hashOf(path);
  return { sha256, size, source: path, load: () => readFile(path) };
}

/** Everything to index: a file that is named is taken whatever it is, in a folder only images are (or all where raw). */
export async function* candidates(
  paths: readonly string[],
  done: Candidates,
  takeAll: boolean,
): AsyncGenerator<Sample, void, undefined> {
  for (const given of paths) {
    const info = await stat(given).catch((error: unknown) => {
      done.problems.push(`${given} cannot be read: ${readErrorReason(error)}`);
      return undefined;
    });
    const isFolder = info?.isDirectory() === true;
    const files = isFolder ? walk(given, done.problems) : info === undefined ? [] : [given];
    for await (const path of files) {
      try {
        const { size } = await stat(path);
        if (isFolder && !takeAll && !(await isImage(path))) {
          done.skipped += 1;
        } else if (size === 0 || size > LARGEST_SAMPLE) {
          done.problems.push(
            `${path} was left out: ${size === 0 ? 'it is empty' : `its ${size} bytes are more than the server takes`}`,
          );
        } else {
          yield await sampleOf(path, size);
        }
      } catch (error) {
        done.problems.push(`${path} cannot be read: ${readErrorReason(error)}`);
      }
    }
  }
}

/**
 * Labels files and folders. Resumable: what the server has under this label already is not sent again. Paths that
 * cannot be read cost one problem each.
 */
export async function indexPaths(
  client: Client,
  target: Target,
  paths: readonly string[],
  onProgress: (done: PathsIndexed, path: string) => void,
): Promise<PathsIndexed> {
  const done: PathsIndexed = { files: 0, added: 0, known: 0, skipped: 0, problems: [] };
  let batch: Sample[] = [];
  const flush = async (): Promise<void> => {
    const labelled = await labelSamples(client, target, batch);
    done.added += labelled.added.length;
    done.known += labelled.known.length;
    done.problems.push(...labelled.problems);
    batch = [];
  };
  for await (const sample of candidates(paths, done, target.layout === 'raw')) {
    done.files += 1;
    onProgress(done, sample.source);
    batch.push(sample);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return done;
}
