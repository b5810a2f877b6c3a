import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** What a target says once it stands as it should. Addresses are `0x…` strings; a size is in bytes. */
const readyLine = z.looseObject({
  pid: z.int().positive(),
  tid: z.int().optional(),
  victim: z.int().optional(),
  address: z.string().optional(),
  planted: z.string().optional(),
  size: z.int().optional(),
  checksum: z.string().optional(),
  path: z.string().optional(),
  rva: z.int().optional(),
});
export type Ready = z.infer<typeof readyLine>;

export interface Launched {
  readonly ready: Ready;
  readonly child: ChildProcess;
  /** Ends the program by closing its stdin and waits until it has gone. */
  readonly end: () => Promise<void>;
}

export interface LaunchOptions {
  /** Sent as the first line of stdin: what must not be in the command line. */
  readonly line?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Placed before the program: how to enter a namespace. */
  readonly prefix?: readonly string[];
}

/** Starts a target, waits for its JSON line. Throws Error with its stderr where it ends before that. */
export async function launch(program: string, args: readonly string[], options: LaunchOptions = {}): Promise<Launched> {
  const [command, ...rest] = [...(options.prefix ?? []), program, ...args];
  if (command === undefined) throw new Error('no program');
  const child = spawn(command, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      ...options.environment,
    },
  });
  // Not 'exit': a program that says its line and ends at once may have gone before the line was read.
  const exited = once(child, 'close');
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  // A target that has died closes its pipe; the exit itself is what is reported.
  child.stdin.on('error', () => undefined);
  if (options.line !== undefined) child.stdin.write(`${options.line}\n`);
  const lines = createInterface({ input: child.stdout });
  const first = once(lines, 'line').then(([line]) => String(line));
  const line = await Promise.race([first, exited.then(() => undefined)]);
  if (line === undefined) throw new Error(`${program} ended before it was ready: ${errors.trim()}`);
  const end = async (): Promise<void> => {
    child.stdin.end();
    if (child.exitCode === null && child.signalCode === null) await exited;
  };
  return { ready: readyLine.parse(JSON.parse(line)), child, end };
}
