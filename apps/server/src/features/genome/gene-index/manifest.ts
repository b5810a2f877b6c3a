import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { SCHEME } from '@genehound/genes';
import { z } from 'zod';
import { BadIndex } from './bad-index.ts';
import { passing } from './merge-step.ts';
import { fileName, segmentInfo } from './segment-layout.ts';

/** Changed whenever the meaning of the stored bytes changes: an older index is then rebuilt. */
const FORMAT = 2;
const NAME = 'manifest';

/**
 * What the index consists of: the one file of it that changes, always replaced as a whole by a rename. Whatever else
 * lies in the directory is not part of the index.
 */
const manifestShape = z.object({
  format: z.literal(FORMAT),
  scheme: z.literal(SCHEME),
  generation: z.int().nonnegative(),
  /** Distinct genes that have a set. */
  genes: z.int().nonnegative(),
  /** The newest label in it. A database that does not know it was put back to an earlier state. */
  lastLabel: z.uuid().nullable(),
  /** From the oldest to the newest: the newest that has a gene speaks for it. */
  segments: z.array(segmentInfo).max(1_000),
  /** Number of the next segment, which names its file. */
  next: z.int().nonnegative(),
  sets: z.object({
    /** Entries of the table, the two fixed ones included. */
    count: z.int().min(2),
    /** So much of the file `sets` is meant; what lies behind is of a merge that never ended. */
    bytes: z.int().nonnegative(),
    checksum: z.int().nonnegative(),
  }),
});
export type Manifest = z.infer<typeof manifestShape>;

export const EMPTY_MANIFEST: Manifest = {
  format: FORMAT,
  scheme: SCHEME,
  generation: 0,
  genes: 0,
  lastLabel: null,
  segments: [],
  next: 0,
  sets: { count: 2, bytes: 0, checksum: 0 },
};

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new BadIndex(`The index cannot be read: ${String(error)}`);
  }
}

function fileOf(body: string): string {
  return `${crc32(body).toString(16)}\n${body}\n`;
}

/** The manifest of a directory; that of an empty index where there is none. Throws BadIndex. */
export function readManifest(directory: string): Manifest {
  const file = readIfThere(join(directory, NAME));
  if (file === null) return EMPTY_MANIFEST;
  const body = file.slice(file.indexOf('\n') + 1, -1);
  if (file !== fileOf(body)) throw new BadIndex('The manifest is damaged');
  const parsed = manifestShape.safeParse(JSON.parse(body));
  if (!parsed.success) throw new BadIndex(`The index is of another format or scheme: ${parsed.error.message}`);
  return parsed.data;
}

function syncDirectory(directory: string): void {
  const file = openSync(directory, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes `manifest` the index: a kill before or after leaves one whole index. Its files are durable already. */
export function commitManifest(directory: string, manifest: Manifest): void {
  const body = JSON.stringify(manifest);
  const temporary = join(directory, `${NAME}.new`);
  passing('before-commit');
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, fileOf(body));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, join(directory, NAME));
  syncDirectory(directory);
  passing('after-commit');
}

/** Removes segments that a commit replaced. Readers that have them open keep them. */
export function removeSegments(directory: string, names: readonly string[]): void {
  for (const name of names) rmSync(join(directory, fileName(name)), { force: true });
}

/** Removes what killed merges left behind; while nothing merges into the directory. */
export function pruneIndex(directory: string): void {
  const { segments } = readManifest(directory);
  const kept = new Set([NAME, 'sets', ...segments.map(({ name }) => fileName(name))]);
  for (const name of readdirSync(directory)) if (!kept.has(name)) rmSync(join(directory, name), { force: true });
}

/** For tests of other formats. */
export function writeManifestBody(directory: string, body: string): void {
  writeFileSync(join(directory, NAME), fileOf(body));
}
