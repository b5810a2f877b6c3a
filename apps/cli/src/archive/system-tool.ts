import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { ArchiveError } from './archive-error.ts';

const FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin'];
/** Bytes of address space and seconds of processor time: what a tool may take, whatever it is fed. */
const CEILING = ['--as=4294967296', '--cpu=3600', '--core=0', '--fsize=0'];
const LONGEST_MESSAGE = 2_000;

/** The first of these programs that the system has, with its path. */
export function findTool(names: readonly string[]): string | undefined {
  return names.flatMap((name) => FOLDERS.map((folder) => join(folder, name))).find(existsSync);
}

export interface RunningTool {
  readonly input: Writable;
  readonly output: Readable;
  /** Resolves when it ended well. Rejects with ArchiveError in the tool's own words. */
  readonly ended: Promise<void>;
  /** Ends it, whatever it does; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts a program that unpacks, below a ceiling where the system has one to give; it can write no file. */
export function startTool(path: string, args: readonly string[]): RunningTool {
  const limiter = findTool(['prlimit']);
  const [command, ...rest] = limiter === undefined ? [path, ...args] : [limiter, ...CEILING, '--', path, ...args];
  const env = { LC_ALL: 'C.UTF-8' };
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(command ?? path, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env,
    cwd: '/',
  });
  let message = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (message.length < LONGEST_MESSAGE) message += text;
  });
  // It closes its input as soon as it has seen enough.
  child.stdin.on('error', () => undefined);
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const ended = closed.then(
    (code) => {
      if (code === 0) return;
      const [line = `${path} ended with ${code ?? 'a signal'}`] = message
        .split('\n')
        .map((one) => one.trim())
        .filter((one) => one !== '' && !/^(Errors?|ERRORS?|System ERROR):?$/.test(one));
      throw new ArchiveError(line.slice(0, 300));
    },
    (error: unknown) => {
      throw new ArchiveError(`${path} could not be started`, { cause: error });
    },
  );
  ended.catch(() => undefined);
  return {
    input: child.stdin,
    output: child.stdout,
    ended,
    async stop() {
      child.kill('SIGKILL');
      await closed.catch(() => undefined);
    },
  };
}
