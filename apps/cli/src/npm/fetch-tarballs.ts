import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { integrityOf } from '../archive/npm-tarball.ts';
import type { LockedPackage } from './lock-file.ts';

const packed = z.array(z.looseObject({ name: z.string(), version: z.string(), filename: z.string() }));

const TIMEOUT_MS = 180_000;
const LARGEST_OUTPUT = 64 * 2 ** 20;

interface FetchedTarball {
  readonly locked: LockedPackage;
  readonly path: string;
}

export interface Fetched {
  readonly tarballs: readonly FetchedTarball[];
  /** One sentence for each package that could not be had, or whose bytes are not those of the lock file. */
  readonly lacking: readonly string[];
}

interface Pack {
  readonly stdout: string;
  readonly failed: boolean;
}

function npmPack(
  specs: readonly string[],
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<Pack> {
  const args = ['pack', '--json', '--prefer-offline', '--ignore-scripts', '--pack-destination', directory, ...specs];
  // In the target directory, so that npm takes no workspace of ours for the package that is meant.
  const options = { cwd: directory, env: { ...environment }, timeout: TIMEOUT_MS, maxBuffer: LARGEST_OUTPUT };
  return new Promise((resolve) => {
    execFile('npm', args, options, (error, stdout) => resolve({ stdout, failed: error !== null }));
  });
}

function parsePacked(text: string): { name: string; version: string; filename: string }[] {
  try {
    return packed.parse(JSON.parse(text));
  } catch {
    return [];
  }
}

/**
 * Gets the packages' tarballs through npm (from its cache where `npm ci` left them) and keeps those whose SHA-512
 * is the one of the lock file.
 */
export async function fetchTarballs(
  wanted: readonly LockedPackage[],
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<Fetched> {
  const tarballs: FetchedTarball[] = [];
  const lacking: string[] = [];
  const spec = (one: LockedPackage): string => `${one.name}@${one.version}`;
  let answer = await npmPack(wanted.map(spec), directory, environment);
  let listed = parsePacked(answer.stdout);
  if (answer.failed && wanted.length > 1) {
    // One that cannot be had must not cost the others.
    listed = [];
    for (const one of wanted) {
      answer = await npmPack([spec(one)], directory, environment);
      listed.push(...parsePacked(answer.stdout));
    }
  }
  for (const locked of wanted) {
    const found = listed.find((one) => one.name === locked.name && one.version === locked.version);
    if (found === undefined) {
      lacking.push(`The npm package ${spec(locked)} could not be fetched; its code stays unknown.`);
      continue;
    }
    const path = join(directory, found.filename.replaceAll('/', '-').replace(/^@/, ''));
    if ((await integrityOf(path)) === locked.integrity) tarballs.push({ locked, path });
    else
      lacking.push(
        `The npm package ${spec(locked)} is not the one of the lock file (its SHA-512 differs); it was not used.`,
      );
  }
  return { tarballs, lacking };
}
