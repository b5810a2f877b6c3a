import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@genehound/contract';
import { z } from 'zod';
import { HARNESS } from './config.ts';
import { REPOSITORY } from './machine.ts';
import { requireRootPrefix } from './privilege.ts';
import { until } from './until.ts';

const MAIN = join(REPOSITORY, 'apps/cli/src/main.ts');
const serverFile = z.looseObject({ url: z.url(), pid: z.int(), key: z.string() });

export interface Server {
  readonly url: string;
  readonly port: number;
  /** The key that lives as long as this server process. */
  readonly key: string;
  readonly client: Client;
  readonly data: string;
  readonly child: ChildProcess;
  /** Resolves with the signal or exit code when the process has gone. */
  readonly gone: Promise<string | number | null>;
  /** Everything that it wrote to stdout and stderr so far. */
  log(): string;
  /** Ends it as an operator would, and its database with it. */
  stop(): Promise<void>;
}

/** A data directory that does not survive the test; `remove` also where parts belong to the database's user. */
export async function makeDataDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'genehound-e2e-'));
  const remove = async (): Promise<void> => {
    const root = await requireRootPrefix();
    if (root.length === 0) return rm(path, { recursive: true, force: true });
    const [command = '', ...rest] = [...root, 'rm', '-rf', '--one-file-system', path];
    await once(spawn(command, rest, { stdio: 'inherit' }), 'exit');
  };
  return { path, remove };
}

export interface Started {
  readonly child: ChildProcess;
  readonly gone: Promise<string | number | null>;
  log(): string;
}

/** Runs `genehound ARGS` with this data directory and nothing else from our environment. */
export function spawnGenehound(
  data: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: HARNESS.path, HOME: HARNESS.home, GENEHOUND_DATA: data, GENEHOUND_CHECK_ANSWERS: '1', ...environment },
  });
  let log = '';
  const take = (text: string): void => {
    log += text;
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const gone = once(child, 'close').then(([code, signal]) => (signal ?? code) as string | number | null);
  return { child, gone, log: () => log };
}

/** Starts `genehound server` on a port that the system chooses. Throws Error with its output where it ends at once. */
export async function startServer(data: string, environment: Readonly<Record<string, string>> = {}): Promise<Server> {
  const started = spawnGenehound(data, ['server'], { GENEHOUND_PORT: '0', ...environment });
  const { child, gone } = started;
  let ended = false;
  void gone.then(() => {
    ended = true;
  });
  const found = await until('The server', 60, async () => {
    if (ended) throw new Error(`The server ended while it started: ${started.log().slice(-4000)}`);
    const text = await readFile(join(data, 'run', 'server.json'), 'utf8').catch(() => '');
    // A server that was killed leaves its file behind: only the new process's own counts.
    const parsed = text === '' ? undefined : serverFile.safeParse(JSON.parse(text)).data;
    return parsed?.pid === child.pid ? parsed : undefined;
  });
  const url = new URL(found.url);
  return {
    url: url.origin,
    port: Number(url.port),
    key: found.key,
    client: createClient(url.origin, found.key),
    data,
    child,
    gone,
    log: started.log,
    async stop() {
      if (!ended) child.kill('SIGTERM');
      await gone;
    },
  };
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one `genehound` command to its end. */
export async function genehound(
  data: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: HARNESS.path, HOME: HARNESS.home, GENEHOUND_DATA: data, GENEHOUND_CHECK_ANSWERS: '1', ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, stdout, stderr };
}

/** Makes a key that can only deliver scans, by the command line, and returns its secret and id. */
export async function makeScanKey(server: Server, name: string): Promise<{ id: string; secret: string }> {
  const made = await genehound(server.data, [
    'key',
    'create',
    name,
    '--permission',
    'scan',
    '--expires',
    '1h',
    '--json',
  ]);
  if (made.code !== 0) throw new Error(`key create: ${made.stderr}`);
  return z.looseObject({ id: z.uuid(), secret: z.uuid() }).parse(JSON.parse(made.stdout));
}

/** Labels one file as malware of a family in the global genome, by the command line; its genes are then in the index. */
export async function labelMalware(server: Server, family: string, path: string): Promise<void> {
  const args = ['index', path, '--family', family, '--type', 'malware', '--scope', 'global', '--json'];
  const done = await genehound(server.data, args);
  if (done.code !== 0) throw new Error(`index ${path}: ${done.stderr}`);
}
