import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Server } from './deliver.ts';

const CLI = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));

/** Megabytes that JavaScript may take in the server. */
export const HEAP_MB = 512;

/** Bytes of memory: the server's process, its extraction children, and PostgreSQL. */
interface Memory {
  server: number;
  children: number;
}

export interface BenchServer extends Server {
  readonly data: string;
  /** Bytes of the database's files, without its log. */
  databaseBytes(): number;
  /** The largest that was seen so far. */
  readonly peak: Memory;
  isAlive(): boolean;
  stop(): Promise<void>;
}

function residentOf(pid: string): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}

function childrenOf(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
    );
  } catch {
    return [];
  }
}

/** Of all files below a folder but the write-ahead log, which is written over and over. */
function bytesBelow(folder: string): number {
  let sum = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || entry.parentPath.includes('pg_wal')) continue;
    try {
      sum += statSync(join(entry.parentPath, entry.name)).size;
    } catch {
      // Gone meanwhile.
    }
  }
  return sum;
}

async function readyLine(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('}')) resolve(text);
    });
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}`)));
  });
}

/** The real server, on embedded PostgreSQL and a directory of its own. */
export async function startServer(): Promise<BenchServer> {
  const data = await mkdtemp(join(tmpdir(), 'genehound-fleet-'));
  const env = { PATH: process.env['PATH'], GENEHOUND_DATA: data, GENEHOUND_LOG_LEVEL: 'warn' };
  const flags = [`--max-old-space-size=${HEAP_MB}`, CLI, 'server', '--json', '--port', '0'];
  const child = spawn(process.execPath, flags, {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await readyLine(child);
  const file: { url: string; key: string } = JSON.parse(await readFile(join(data, 'run', 'server.json'), 'utf8'));
  const peak: Memory = { server: 0, children: 0 };
  const pid = String(child.pid);
  const timer = setInterval(() => {
    peak.server = Math.max(peak.server, residentOf(pid));
    peak.children = Math.max(
      peak.children,
      childrenOf(pid).reduce((sum, one) => sum + residentOf(one), 0),
    );
  }, 500);
  return {
    url: file.url,
    key: file.key,
    data,
    databaseBytes: () => bytesBelow(join(data, 'postgres')),
    peak,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    stop: async () => {
      clearInterval(timer);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      await rm(data, { recursive: true, force: true });
    },
  };
}
