import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A stretch of a file that is decoded; `address` as the file's headers have it. */
export interface Stretch {
  readonly offset: number;
  readonly size: number;
  readonly address: bigint;
}

/** A rival of the benchmark: processor seconds for the stretches, or why it did not run. */
export type Rival = (path: string, stretches: readonly Stretch[]) => number | string;

/** Processor seconds that bash reports of one command; its output is thrown away. */
export function userSeconds(command: string, args: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$0" "$@" > /dev/null 2>&1';
  const { stderr } = spawnSync('bash', ['-c', script, command, ...args], { encoding: 'utf8' });
  const [user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  return user + system;
}

export const objdump: Rival = (path, stretches) => {
  if (spawnSync('objdump', ['--version']).error !== undefined) return 'not installed: apt-get install binutils';
  let seconds = 0;
  for (const { address, size } of stretches) {
    const range = [`--start-address=${address}`, `--stop-address=${address + BigInt(size)}`];
    seconds += userSeconds('objdump', ['-d', ...range, path]);
  }
  return seconds;
};

/** Compiles capstone.c beside this file; `close` removes what was compiled. */
export function capstone(): { readonly rival: Rival; readonly close: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'genehound-bench-'));
  const program = join(folder, 'capstone');
  const source = join(import.meta.dirname, 'capstone.c');
  const built = spawnSync('gcc', ['-O2', '-o', program, source, '-lcapstone'], { encoding: 'utf8' });
  const missing = built.status === 0 ? '' : 'not installed: apt-get install gcc libcapstone-dev';
  return {
    rival: (path, stretches) => {
      if (missing !== '') return missing;
      const places = stretches.flatMap(({ offset, size }) => [String(offset), String(size)]);
      const { stdout, status } = spawnSync(program, [path, ...places], { encoding: 'utf8' });
      return status === 0 ? Number(stdout.split(' ')[1]) : 'failed';
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
