import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Idle processes that a scan is to leave as they are. */

export interface Footprint {
  /** Kilobytes. */
  readonly resident: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
}

export interface Targets {
  readonly pids: readonly number[];
  stop(): void;
}

/** Resident memory and page faults of a process, from procfs. */
export function footprintOf(pid: number): Footprint {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    resident: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    minorFaults: Number(fields[7]),
    majorFaults: Number(fields[9]),
  };
}

/** Resolves once the process prints a line, so that its start is over. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a target ended at once with ${code}`)));
    child.stdout?.once('data', () => resolve());
  });
}

/** Bytes of file-backed executable memory that the processes map, each file once. */
export function mappedCode(pids: readonly number[]): number {
  const files = new Map<string, number>();
  for (const pid of pids) {
    const ofThis = new Map<string, number>();
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const found = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ (\S+ [1-9]\d*) /.exec(line);
      if (found === null) continue;
      const [, from = '0', to = '0', file = ''] = found;
      ofThis.set(file, (ofThis.get(file) ?? 0) + Number(BigInt(`0x${to}`) - BigInt(`0x${from}`)));
    }
    for (const [file, size] of ofThis) files.set(file, Math.max(files.get(file) ?? 0, size));
  }
  return [...files.values()].reduce((sum, size) => sum + size, 0);
}

/** Copies of Node's program that differ by their last byte: large files of code, each of its own. */
export function programCopies(folder: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `program-${i}`);
    copyFileSync(process.execPath, path);
    appendFileSync(path, Uint8Array.of(i));
    return path;
  });
}

/**
 * Starts `count` processes that wait in a read, so that none does anything of its own (a JavaScript engine that idles gives memory
 * back): shells by default, every tenth one of the programs, with a megabyte of heap.
 */
export async function startTargets(count: number, programs: readonly string[]): Promise<Targets> {
  const children: ChildProcess[] = [];
  const waiting: Promise<void>[] = [];
  for (let i = 0; i < count; i++) {
    const [program, args] =
      i % 10 === 0
        ? [
            programs[(i / 10) % programs.length] ?? process.execPath,
            [
              '-e',
              'globalThis.held = Buffer.alloc(1 << 20, 7); console.log("ready"); require("node:fs").readSync(0, held);',
            ],
          ]
        : ['/bin/sh', ['-c', 'echo ready; read line']];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    children.push(child);
    waiting.push(ready(child));
    // Not all at once: a thousand programs that start together would mostly wait for each other.
    if (i % 50 === 49) await Promise.all(waiting);
  }
  await Promise.all(waiting);
  return {
    pids: children.flatMap((child) => (child.pid === undefined ? [] : [child.pid])),
    stop: () => {
      for (const child of children) child.kill('SIGKILL');
    },
  };
}
