import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

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

/** Starts `count` processes that sleep: shells by default, every tenth a Node that also holds a megabyte of heap. */
export async function startTargets(count: number): Promise<Targets> {
  const children: ChildProcess[] = [];
  const waiting: Promise<void>[] = [];
  for (let i = 0; i < count; i++) {
    const [program, args] =
      i % 10 === 0
        ? [
            process.execPath,
            ['-e', 'globalThis.held = Buffer.alloc(1 << 20, 7); console.log("ready"); setInterval(() => {}, 1 << 30);'],
          ]
        : ['/bin/sh', ['-c', 'echo ready; read line']];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    children.push(child);
    waiting.push(ready(child));
  }
  await Promise.all(waiting);
  return {
    pids: children.flatMap((child) => (child.pid === undefined ? [] : [child.pid])),
    stop: () => {
      for (const child of children) child.kill('SIGKILL');
    },
  };
}
