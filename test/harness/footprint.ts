import { z } from 'zod';
import type { Machine, RunOptions } from './machine.ts';

/** What a process holds and what it had to fetch, as the kernel counts it. */
export interface Footprint {
  readonly pid: number;
  /** Kilobytes. */
  readonly resident: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
}

/** Of processes inside a machine, by the pids that they have there. */
export async function footprintsOf(machine: Machine, pids: readonly number[]): Promise<Footprint[]> {
  const script = pids.map((pid) => `cat /proc/${pid}/stat; grep VmRSS: /proc/${pid}/status`).join('; ');
  const told = await machine.run('sh', ['-ec', script]);
  const lines = told.stdout.trim().split('\n');
  if (told.code !== 0 || lines.length !== 2 * pids.length) throw new Error(`a process has gone: ${told.stderr}`);
  return pids.map((pid, i) => {
    const stat = lines[2 * i] ?? '';
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      pid,
      resident: Number(/(\d+) kB/.exec(lines[2 * i + 1] ?? '')?.[1]),
      minorFaults: Number(fields[7]),
      majorFaults: Number(fields[9]),
    };
  });
}

/** Python, since Node has no wait4: what the program prints goes to stderr, the one document to stdout. */
const MEASURE = `
import json, os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, usage = os.wait4(pid, 0)
print(json.dumps({'exit': os.waitstatus_to_exitcode(status), 'peak': usage.ru_maxrss}))
`;
const measured = z.object({ exit: z.int(), peak: z.int().positive() });

/** Runs a program inside to its end and answers its peak resident memory in kilobytes, as the kernel accounts it. */
export async function runMeasured(
  machine: Machine,
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<z.infer<typeof measured>> {
  const told = await machine.run('python3', ['-c', MEASURE, program, ...args], options);
  if (told.code !== 0) throw new Error(`${program}: ${told.stderr}`);
  return measured.parse(JSON.parse(told.stdout));
}
