import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.ts';
import type { Launcher, RunAs } from './service-user.ts';

/** A cluster's files and how programs reach them. */
export interface Cluster {
  /** The directory with PG_VERSION. */
  readonly directory: string;
  readonly binaries: Binaries;
  readonly user: RunAs;
  readonly launch: Launcher;
}

/** The role that owns the database; OS users are mapped to it by pg_ident.conf. */
export const DATABASE_ROLE = 'genehound';

async function firstLine(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return null;
  }
}

function collect(
  command: string,
  args: readonly string[],
  ids: { uid: number; gid: number } | null,
): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    // An empty environment: the server's may hold secrets, and LANG must not decide about collation.
    const child = spawn(command, [...args], {
      ...ids,
      cwd: '/',
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const take = (chunk: Buffer) => {
      text = (text + chunk.toString('utf8')).slice(-4000);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
  });
}

/** Only these OS users may connect, as one role, through the socket; nothing listens on a network. */
async function writeAccess(directory: string, user: RunAs): Promise<void> {
  const names = user.ids === null ? [user.name] : [user.name, 'root'];
  await writeFile(join(directory, 'pg_hba.conf'), 'local all all peer map=genehound\n');
  await writeFile(
    join(directory, 'pg_ident.conf'),
    names.map((name) => `genehound "${name.replaceAll('"', '""')}" ${DATABASE_ROLE}\n`).join(''),
  );
}

async function flushDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes the cluster where there is none: UTF-8, code point order (an index must not depend on the C library's
 * locales), data checksums. It is built beside its place and renamed, so that a cut leaves none or a whole one.
 * Throws where the files are of another major version: PostgreSQL cannot open them.
 */
export async function ensureCluster(cluster: Cluster): Promise<void> {
  const { directory, binaries, user, launch } = cluster;
  const found = await firstLine(join(directory, 'PG_VERSION'));
  if (found !== null) {
    if (Number.parseInt(found, 10) === binaries.major) return;
    throw new Error(
      `The database in ${directory} is of PostgreSQL ${found}, this program brings ${binaries.major}; export it with the earlier Genehound and import it here.`,
    );
  }
  const parent = dirname(directory);
  for (const name of await readdir(parent)) {
    if (name.startsWith('cluster.new-')) await rm(join(parent, name), { recursive: true, force: true });
  }
  const fresh = join(parent, `cluster.new-${randomBytes(6).toString('hex')}`);
  await mkdir(fresh, { mode: 0o700 });
  if (user.ids !== null) await chown(fresh, user.ids.uid, user.ids.gid);
  const start = launch(binaries.initdb, [
    `--pgdata=${fresh}`,
    `--username=${DATABASE_ROLE}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--auth=peer',
    '--data-checksums',
  ]);
  const { code, text } = await collect(start.command, start.args, start.ids);
  if (code !== 0) {
    await rm(fresh, { recursive: true, force: true });
    throw new Error(`PostgreSQL's initdb failed: ${text.trim()}`);
  }
  await writeAccess(fresh, user);
  await rename(fresh, directory);
  await flushDirectory(parent);
}

/** `initdb` may have run for another OS user (a data directory moved, a service user renamed): say so early. */
export async function checkOwner(cluster: Cluster): Promise<void> {
  const owner = (await stat(cluster.directory)).uid;
  const expected = cluster.user.ids?.uid ?? process.getuid?.() ?? owner;
  if (owner === expected) return;
  throw new Error(
    `The database in ${cluster.directory} belongs to user id ${owner}, but PostgreSQL would run as ${cluster.user.name}; run: chown -R ${cluster.user.name} ${cluster.directory}`,
  );
}
