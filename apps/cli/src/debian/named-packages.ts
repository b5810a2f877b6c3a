import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Apt } from './apt.ts';
import { type InstalledPackage, isPackageName } from './dpkg-database.ts';

const run = promisify(execFile);

/** dpkg's own architecture, such as amd64. Throws an Error of one sentence where there is no dpkg. */
export async function nativeArchitecture(): Promise<string> {
  try {
    return (await run('dpkg', ['--print-architecture'], { timeout: 10_000 })).stdout.trim();
  } catch (error) {
    throw new Error('This machine has no dpkg: packages can be indexed on Debian and its relatives only', {
      cause: error,
    });
  }
}

export interface NamedPackages {
  readonly packages: readonly InstalledPackage[];
  /** One sentence for each name that no archive has. */
  readonly problems: readonly string[];
}

/** What the archive says of packages that need not be installed here; their newest version. */
export async function packagesByName(apt: Apt, names: readonly string[]): Promise<NamedPackages> {
  const packages: InstalledPackage[] = [];
  const problems: string[] = [];
  const native = await nativeArchitecture();
  const valid = names.filter(isPackageName);
  for (const name of names) if (!isPackageName(name)) problems.push(`"${name}" is not the name of a package`);
  let found = await apt.newest(valid);
  if (found.length < valid.length) {
    await apt.refresh();
    found = await apt.newest(valid);
  }
  for (const name of new Set(valid)) {
    const one = found.find((candidate) => candidate.name === name);
    if (one === undefined) problems.push(`The package ${name} is in no archive that apt knows`);
    else packages.push({ ...one, architecture: one.architecture === 'all' ? 'all' : native });
  }
  return { packages, problems };
}
