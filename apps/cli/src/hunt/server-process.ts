import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { closeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { CliConfig } from '../config.ts';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { findLocalServer, type LocalServer } from '../server-connection.ts';
import { type ServerLog, serverLog } from './server-log.ts';

export interface HuntServer {
  readonly url: string;
  readonly key: string;
  /** SHA-256 of the certificate of its own authority; null for HTTP and for certificates of others. */
  readonly pin: string | null;
  /** Of the administrator `admin`; null where the server has been started before. */
  readonly firstPassword: string | null;
  /** False: it ran already, and goes on when the hunt is over. */
  readonly isOwn: boolean;
  /** Of the hunt that started it; one that was started by hand writes to its terminal. */
  readonly log: ServerLog;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const ready = z.object({ url: z.url(), firstPassword: z.string().nullable() });

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function readReady(child: ChildProcess): Promise<z.infer<typeof ready> | undefined> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      try {
        resolve(ready.parse(JSON.parse(text)));
      } catch {
        // Not whole yet; where it never gets whole, the child's end decides.
      }
    });
    child.once('error', () => resolve(undefined));
    child.once('exit', () => resolve(undefined));
  });
}

function pinOf({ authority }: LocalServer): string | null {
  return typeof authority === 'string' ? new X509Certificate(authority).fingerprint256 : null;
}

async function startServer(config: CliConfig, port: number): Promise<HuntServer> {
  const log = serverLog(config.data);
  const sink = log.open();
  const main = join(import.meta.dirname, '..', 'main.ts');
  const child = spawn(process.execPath, [main, 'server', '--json', '--port', String(port)], {
    stdio: ['ignore', 'pipe', sink],
    env: { ...config.childEnvironment, GENEHOUND_DATA: config.data },
  });
  closeSync(sink);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const started = await readReady(child);
  const local = started === undefined ? undefined : await findLocalServer(config.data);
  if (started === undefined || local === undefined) {
    child.kill('SIGTERM');
    await ended;
    throw new Failure(EXIT.failed, `The server could not start: ${log.plain()}`, `Its whole log is ${log.path}.`);
  }
  return {
    url: started.url,
    key: local.key,
    pin: pinOf(local),
    firstPassword: started.firstPassword,
    isOwn: true,
    log,
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export interface StartedServer {
  readonly server: HuntServer;
  /** Something the user should know, such as another port than expected. */
  readonly note: string | undefined;
}

/** The server that runs on the data directory, else one started as a child of this process. */
export async function provideServer(config: CliConfig, expected: number): Promise<StartedServer> {
  const running = await findLocalServer(config.data);
  if (running !== undefined) {
    const server = {
      url: running.url,
      key: running.key,
      pin: pinOf(running),
      firstPassword: null,
      isOwn: false,
      log: serverLog(config.data),
      ended: new Promise<void>(() => {}),
      stop: async () => {},
    };
    return { server, note: `A server runs on ${config.data} already (${running.url}); it is used and left running.` };
  }
  const port = expected === 0 || (await isFree(expected)) ? expected : 0;
  const server = await startServer(config, port);
  return {
    server,
    note:
      port === expected
        ? undefined
        : `Port ${expected} is taken by another program; the server listens at ${server.url} (--port or GENEHOUND_PORT choose another).`,
  };
}
