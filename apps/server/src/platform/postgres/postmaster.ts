import { readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** A PostgreSQL server that runs on a cluster directory, found by the file that it keeps there. */
export interface Postmaster {
  readonly pid: number;
  readonly socketDirectory: string;
  readonly ready: boolean;
  /** The program it runs, as the kernel tells; ends in ` (deleted)` where the file is gone. */
  readonly program: string;
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}

async function linkOf(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch {
    return null;
  }
}

/**
 * The server that runs on `cluster`, or null. A pid in the file proves nothing after a crash (pids return): the
 * process must have the cluster as its working directory, as PostgreSQL has, and be called postgres.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | null> {
  const text = await textOf(join(cluster, 'postmaster.pid'));
  if (text === null) return null;
  // pid, cluster, start time, port, socket directory, address, shared memory, status.
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1) return null;
  const [here, program] = await Promise.all([linkOf(`/proc/${pid}/cwd`), linkOf(`/proc/${pid}/exe`)]);
  if (here === null || program === null || here !== (await realpath(cluster))) return null;
  if (!/\/postgres( \(deleted\))?$/.test(program)) return null;
  return { pid, socketDirectory: (lines[4] ?? '').trim(), ready: (lines[7] ?? '').trim() === 'ready', program };
}

/** False for a zombie too: an adopted server's body may wait long for a lazy init to collect it. */
export async function isAlive(pid: number): Promise<boolean> {
  const line = await textOf(`/proc/${pid}/stat`);
  const state = line === null ? null : /^\d+ \(.*\) (\S)/s.exec(line)?.[1];
  return state !== null && state !== undefined && state !== 'Z' && state !== 'X';
}
