import { createHash } from 'node:crypto';
import { chown, lstat, mkdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { RunAs } from './service-user.ts';

/** A socket's path may have 107 bytes; PostgreSQL adds `/.s.PGSQL.5432` and a lock beside it. */
const LONGEST_DIRECTORY = 107 - '/.s.PGSQL.5432.lock'.length;

/**
 * A directory for PostgreSQL's unix socket that nobody else may enter: in the data directory where its path is
 * short enough, else in the system's place for sockets under a name that belongs to this data directory alone.
 * Throws where somebody else made that place first.
 */
export async function socketDirectory(postgresRoot: string, user: RunAs): Promise<string> {
  const inside = join(postgresRoot, 'socket');
  const fits = Buffer.byteLength(inside) <= LONGEST_DIRECTORY;
  const name = `genehound-${createHash('sha256').update(postgresRoot).digest('hex').slice(0, 16)}`;
  const directory = fits ? inside : join(userInfo().uid === 0 ? '/run' : tmpdir(), name);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const owner = user.ids?.uid ?? userInfo().uid;
  const found = await lstat(directory);
  const ours =
    found.isDirectory() && (found.uid === owner || found.uid === userInfo().uid) && (found.mode & 0o077) === 0;
  if (!ours) throw new Error(`The directory ${directory} for PostgreSQL's socket belongs to somebody else; remove it.`);
  if (user.ids !== null) await chown(directory, user.ids.uid, user.ids.gid);
  return directory;
}
