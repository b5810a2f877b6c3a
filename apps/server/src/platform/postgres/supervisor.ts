import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@genehound/intake';
import { installBinaries } from './binaries.ts';
import { type Cluster, checkOwner, DATABASE_ROLE, ensureCluster } from './cluster.ts';
import { findPostmaster, isAlive } from './postmaster.ts';
import { launcherFor, serviceUser } from './service-user.ts';
import { socketDirectory } from './socket-directory.ts';

export interface EmbeddedPostgres {
  /** For pg's `host`: the directory of the unix socket. */
  readonly host: string;
  readonly user: string;
  readonly pid: () => number;
  /** True where a server of an earlier, killed run was taken over. */
  readonly adopted: boolean;
  /** Ends the server as `fast` shutdown does: open transactions are rolled back, everything committed is kept. */
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 60_000;
const POLL_MS = 15;
/** Ends of the server that nobody asked for, within ten minutes, after which it is not started again. */
const RESTARTS = 5;
const RESTART_WINDOW_MS = 600_000;
/** Tries of one start, and the pause after the first that failed; it grows by itself. */
const START_ATTEMPTS = 5;
const START_PAUSE_MS = 400;
const LOG_LIMIT_BYTES = 10_485_760;

/**
 * No TCP at all; durable commits; no JIT, which would put executable memory without a file into every scan of this
 * machine; no replication, which nobody uses here and which makes the log longer.
 */
function settings(socket: string): readonly string[] {
  const values: Readonly<Record<string, string>> = {
    listen_addresses: '',
    unix_socket_directories: socket,
    unix_socket_permissions: '0700',
    port: '5432',
    max_connections: '60',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_logical_replication_workers: '0',
    max_wal_size: '1GB',
    shared_buffers: '256MB',
    // Shared memory for parallel queries in files: containers often have 64 MB of /dev/shm.
    dynamic_shared_memory_type: 'mmap',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
    log_min_messages: 'warning',
    // A statement holds what an endpoint sent; it has no place in a log.
    log_min_error_statement: 'panic',
    log_parameter_max_length_on_error: '0',
    lc_messages: 'C',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function waitReady(cluster: Cluster, child: ChildProcess): Promise<void> {
  const end = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`PostgreSQL ended at its start; its log is ${logFile(cluster)}`);
    }
    if ((await findPostmaster(cluster.directory))?.ready) return;
    await sleep(POLL_MS);
  }
  throw new Error(`PostgreSQL was not ready within ${READY_TIMEOUT_MS / 1000} s; its log is ${logFile(cluster)}`);
}

function logFile(cluster: Cluster): string {
  return join(cluster.directory, '..', 'postgres.log');
}

async function openLog(cluster: Cluster): Promise<number> {
  const path = logFile(cluster);
  try {
    if ((await stat(path)).size > LOG_LIMIT_BYTES) await rename(path, `${path}.1`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  // The handle's number goes to the child; the file, not a pipe, so that the server outlives a killed parent.
  const handle = await open(path, 'a', 0o600);
  handles.set(handle.fd, handle);
  return handle.fd;
}
const handles = new Map<number, { close(): Promise<void> }>();

async function startServer(cluster: Cluster, socket: string, onSpawn: (pid: number) => void): Promise<ChildProcess> {
  const log = await openLog(cluster);
  try {
    const start = cluster.launch(cluster.binaries.postgres, ['-D', cluster.directory, ...settings(socket)]);
    const child = spawn(start.command, [...start.args], {
      ...start.ids,
      cwd: '/',
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      // A session of its own: an interrupt at the terminal is for us, we stop the database last.
      detached: true,
      stdio: ['ignore', log, log],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    onSpawn(child.pid ?? 0);
    await waitReady(cluster, child);
    return child;
  } finally {
    await handles.get(log)?.close();
    handles.delete(log);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function waitGone(pid: number, timeout: number): Promise<boolean> {
  const end = Date.now() + timeout;
  while (Date.now() < end) {
    if (!(await isAlive(pid))) return true;
    await sleep(POLL_MS);
  }
  return false;
}

/** SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one, which recovers from the log at the next start. */
async function stopServer(pid: number): Promise<void> {
  signal(pid, 'SIGINT');
  if (await waitGone(pid, STOP_TIMEOUT_MS)) return;
  signal(pid, 'SIGQUIT');
  if (!(await waitGone(pid, 10_000))) throw new Error(`PostgreSQL (process ${pid}) does not end`);
}

/** A running server of exactly these binaries with a socket where ours belongs, or null; another one is stopped. */
async function adopt(cluster: Cluster, socket: string): Promise<number | null> {
  let found = await findPostmaster(cluster.directory);
  if (found === null) return null;
  const ours = found.program === cluster.binaries.postgres && found.socketDirectory === socket;
  const end = Date.now() + READY_TIMEOUT_MS;
  while (ours && found !== null && !found.ready && Date.now() < end) {
    await sleep(POLL_MS);
    found = await findPostmaster(cluster.directory);
  }
  if (found === null) return null;
  if (ours && found.ready) return found.pid;
  await stopServer(found.pid);
  return null;
}

async function prepare(root: string): Promise<{ cluster: Cluster; socket: string }> {
  await mkdir(root, { recursive: true, mode: 0o755 });
  const user = await serviceUser();
  // Passable for the service user, readable for nobody else.
  if (user.ids !== null) await chmod(root, 0o711);
  const launch = launcherFor(user, root);
  const binaries = await installBinaries(join(root, 'program'));
  const cluster: Cluster = { directory: join(root, 'cluster'), binaries, user, launch };
  await ensureCluster(cluster);
  await checkOwner(cluster);
  return { cluster, socket: await socketDirectory(root, user) };
}

/**
 * Starts the embedded PostgreSQL of `root` (a directory of ours alone), or takes over the one that a killed run
 * left behind; starts it again when it ends without being asked. Throws with a sentence for the operator.
 */
export async function startEmbedded(root: string, log: Log): Promise<EmbeddedPostgres> {
  const { cluster, socket } = await prepare(root);
  const adoptedPid = await adopt(cluster, socket);
  let pid = adoptedPid ?? 0;
  let stopping = false;
  const ends: number[] = [];
  let restart: Promise<void> = Promise.resolve();

  const launchOnce = async (): Promise<void> => {
    const child = await startServer(cluster, socket, (spawned) => {
      pid = spawned;
    });
    child.unref();
    child.once('exit', () => onEnd());
  };
  // What a killed server leaves behind (its processes, their shared memory) takes a moment to go.
  const launch = async (): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await launchOnce();
        return;
      } catch (error) {
        if (stopping || attempt >= START_ATTEMPTS) throw error;
        log.warn({ err: error, attempt }, 'postgresql did not start, trying again');
        await sleep(START_PAUSE_MS * attempt);
      }
    }
  };
  const onEnd = (): void => {
    if (stopping) return;
    const now = Date.now();
    ends.push(now);
    const recent = ends.filter((at) => now - at < RESTART_WINDOW_MS).length;
    log.error({ recent }, 'postgresql ended unexpectedly');
    if (recent > RESTARTS) return;
    restart = launch().catch((error: unknown) => log.fatal({ err: error }, 'postgresql does not start again'));
  };
  if (adoptedPid === null) await launch();
  // An adopted server is no child of ours: it is looked at, every two seconds.
  const watch = setInterval(async () => {
    if (adoptedPid === null || pid !== adoptedPid || (await isAlive(pid))) return;
    pid = 0;
    onEnd();
  }, 2_000);
  watch.unref();
  return {
    host: socket,
    user: DATABASE_ROLE,
    pid: () => pid,
    adopted: adoptedPid !== null,
    stop: async () => {
      stopping = true;
      clearInterval(watch);
      await restart;
      if (pid > 0) await stopServer(pid);
    },
  };
}

/** Where the database of `root` listens for its server's own user; null where none runs. */
export async function runningSocket(root: string): Promise<{ readonly host: string; readonly user: string } | null> {
  const found = await findPostmaster(join(root, 'cluster'));
  return found?.ready === true ? { host: found.socketDirectory, user: DATABASE_ROLE } : null;
}
