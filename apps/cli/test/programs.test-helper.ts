import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const main = resolve(import.meta.dirname, '../src/main.ts');

export interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

function environmentOf(data: string, more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const {
    GENEHOUND_URL: _url,
    GENEHOUND_KEY: _key,
    GENEHOUND_PORT: _port,
    DATABASE_URL: _database,
    ...rest
  } = process.env;
  return { ...rest, GENEHOUND_DATA: data, GENEHOUND_CHECK_ANSWERS: '1', ...more };
}

/** Runs one command line of the real program to its end. */
export function genehound(
  data: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], {
    env: environmentOf(data, environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ exit: code ?? -1, stdout, stderr }));
  });
}

export interface RunningServer {
  readonly data: string;
  readonly url: string;
  readonly firstPassword: string | null;
  /** Ends it as an operator would, and answers its exit code. */
  stop(): Promise<number>;
  /** Ends it, where it still runs, and removes its data. */
  clean(): Promise<void>;
}

function firstDocument(child: ChildProcess): Promise<unknown> {
  return new Promise((done, failed) => {
    let text = '';
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      errors = (errors + chunk).slice(-4_000);
    });
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      try {
        done(JSON.parse(text));
      } catch {
        // Not whole yet.
      }
    });
    child.once('exit', (code) => failed(new Error(`the server ended with ${code}: ${errors}`)));
  });
}

/** The real server on a data directory of its own and any free port. */
export async function startServer(
  data = mkdtempSync(join(tmpdir(), 'genehound-test-cli-')),
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const child = spawn(process.execPath, [main, 'server', '--json', '--port', '0'], {
    env: environmentOf(data, environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number>((done) => child.once('exit', (code) => done(code ?? -1)));
  const ready = await firstDocument(child);
  assert.ok(typeof ready === 'object' && ready !== null && 'url' in ready && typeof ready.url === 'string');
  const firstPassword =
    'firstPassword' in ready && typeof ready.firstPassword === 'string' ? ready.firstPassword : null;
  const stop = async (): Promise<number> => {
    child.kill('SIGTERM');
    return await ended;
  };
  return {
    data,
    url: ready.url,
    firstPassword,
    stop,
    async clean() {
      await stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** The one JSON document that a command printed. */
export function documentOf(ended: Ended): unknown {
  return JSON.parse(ended.stdout);
}
