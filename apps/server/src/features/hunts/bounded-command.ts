import { spawn } from 'node:child_process';

/** Bytes of output that are kept: the last ones. */
const MOST_OUTPUT = 65_536;
/** Milliseconds between asking a command to end and ending it. */
const GRACE = 10_000;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly milliseconds: number;
  /** Ends it when it aborts. */
  readonly signal: AbortSignal;
}

export interface Ended {
  readonly exitCode: number | null;
  /** Why it did not end by itself; null where it did. */
  readonly problem: string | null;
  readonly output: string;
}

/** Ends a group of processes; one that has gone is as good. */
function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left of it.
  }
}

/** Runs a program without a shell, in a group of its own that is ended whole when its time is over. Never throws. */
export function runBounded(command: Command): Promise<Ended> {
  const { program, args, folder, environment, milliseconds, signal } = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let kept = Buffer.alloc(0);
    let problem: string | null = null;
    let last: NodeJS.Timeout | undefined;
    const take = (chunk: Buffer): void => {
      kept = Buffer.concat([kept, chunk]).subarray(-MOST_OUTPUT);
    };
    const end = (why: string): void => {
      problem ??= why;
      killGroup(child.pid, 'SIGTERM');
      last ??= setTimeout(() => killGroup(child.pid, 'SIGKILL'), GRACE);
    };
    const timer = setTimeout(() => end(`It was ended after ${milliseconds / 60_000} minutes`), milliseconds);
    const onAbort = (): void => end('The server was stopped while it ran');
    signal.addEventListener('abort', onAbort);
    const settle = (exitCode: number | null, why: string | null): void => {
      clearTimeout(timer);
      clearTimeout(last);
      signal.removeEventListener('abort', onAbort);
      // What it left behind in its group would hold its pipes and go on unseen.
      killGroup(child.pid, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ exitCode, problem: problem ?? why, output: kept.toString('utf8') });
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', (error) => settle(null, `It could not be started: ${error.message}`));
    child.once('exit', (code, ended) => {
      // What was written before the end is still on its way.
      setImmediate(() => settle(code, code === null ? `It ended by ${ended}` : null));
    });
    if (signal.aborted) onAbort();
  });
}
