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
  /** True where the registry could not be reached at all: asking for another package is as vain. */
  readonly unreachable: boolean;
}

const NO_CONNECTION =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNRESET|ERR_SOCKET_TIMEOUT)\b/;

function npmPack(
  specs: readonly string[],
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<Pack> {
  // From the cache where `npm ci` left them; without a network the hunt goes on at once, so no patience.
  const flags = ['--json', '--prefer-offline', '--ignore-scripts', '--fetch-retries=0', '--fetch-timeout=20000'];
  const args = ['pack', ...flags, '--pack-destination', directory, ...specs];
  // In the target directory, so that npm takes no workspace of ours for the package that is meant.
  const options = { cwd: directory, env: { ...environment }, timeout: TIMEOUT_MS, maxBuffer: LARGEST_OUTPUT };
  return new Promise((resolve) => {
    execFile('npm', args, options, (error, stdout, stderr) => {
      const unreachable = error !== null && (error.killed === true || NO_CONNECTION.test(`${stderr}${stdout}`));
      resolve({ stdout, failed: error !== null, unreachable });
    });
  });
}

type Packed = z.infer<typeof packed>[number];

function parsePacked(text: string): Packed[] {
  try {
    return packed.parse(JSON.parse(text));
  } catch {
    return [];
  }
}

/** One that cannot be had must not cost the others; a registry that is gone ends it, but for what the cache has. */
async function packSingly(
  specs: readonly string[],
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<Packed[]> {
  const listed: Packed[] = [];
  let isOffline = false;
  for (const spec of specs) {
    const answer = await npmPack(isOffline ? ['--offline', spec] : [spec], directory, environment);
    listed.push(...parsePacked(answer.stdout));
    isOffline ||= answer.unreachable;
  }
  return listed;
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
  const answer = await npmPack(wanted.map(spec), directory, environment);
  const listed =
    answer.failed && wanted.length > 1
      ? await packSingly(wanted.map(spec), directory, environment)
      : parsePacked(answer.stdout);
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
