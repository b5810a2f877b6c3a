import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one run of a program cost, as the kernel tells it. */
export interface Cost {
  readonly exit: number | null;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Peak resident memory in MiB (VmHWM, which never falls). */
  readonly peakMiB: number;
  readonly stdout: string;
}

interface Sample {
  ticks: number;
  peakKiB: number;
}

function sample(pid: number, into: Sample): void {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Its own time, and that of the children it has waited for.
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    into.ticks = Math.max(into.ticks, ticks);
    const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    into.peakKiB = Math.max(into.peakKiB, Number(peak ?? 0));
  } catch {
    // The process is gone between two looks; the last look stands.
  }
}

/** Runs a program to its end, looking at it every 5 ms. Clock ticks are 1/100 s on Linux. */
export function measure(program: string, args: readonly string[]): Promise<Cost> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const seen: Sample = { ticks: 0, peakKiB: 0 };
    let stdout = '';
    child.stdout.on('data', (piece: Buffer) => {
      stdout += piece.toString('utf8');
    });
    const timer = setInterval(() => {
      if (child.pid !== undefined) sample(child.pid, seen);
    }, 5);
    child.once('error', (error) => {
      clearInterval(timer);
      reject(error);
    });
    child.once('close', (exit) => {
      clearInterval(timer);
      resolve({
        exit,
        wallSeconds: (performance.now() - started) / 1000,
        cpuSeconds: seen.ticks / 100,
        peakMiB: seen.peakKiB / 1024,
        stdout,
      });
    });
  });
}
