import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { HARNESS } from './config.ts';

/** One request that left a machine; `body` as the server reads it, after decompression. */
interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: string;
  readonly status: number;
  readonly body: Buffer;
}

export interface Moment {
  readonly path: string;
  readonly phase: 'begun' | 'answered';
}

/** The way from a machine to the server: everything that leaves is seen here. */
export interface Network {
  /** Host root of the server as programs inside the machine reach it. */
  readonly url: string;
  /** The requests kept since keep() was called, whole. */
  readonly exchanges: readonly Exchange[];
  keep(): void;
  /** Connections are refused while down. */
  setDown(down: boolean): void;
  /** Called for every request: when it begins to reach the server, and when the server has answered, before the machine
   * hears of it. */
  watch(listener: ((moment: Moment) => void) | undefined): void;
  /** The server may have moved to another port after a restart. */
  setServerPort(port: number): void;
  close(): Promise<void>;
}

export async function openNetwork(
  root: readonly string[],
  initPid: number,
  uplink: string,
  serverPort: number,
): Promise<Network> {
  const state: State = { port: serverPort, down: false, keeping: false, listener: undefined };
  const exchanges: Exchange[] = [];
  const proxy = createServer((incoming, outgoing) => {
    if (state.down) incoming.socket.destroy();
    else pass(incoming, outgoing, state, exchanges);
  });
  proxy.requestTimeout = 0;
  proxy.listen(uplink);
  await once(proxy, 'listening');
  const { child, port } = await startRelay(root, initPid, uplink);
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    keep: () => {
      state.keeping = true;
    },
    setDown: (down) => {
      state.down = down;
    },
    watch: (listener) => {
      state.listener = listener;
    },
    setServerPort: (next) => {
      state.port = next;
    },
    close: () => closeAll(child, proxy),
  };
}

async function startRelay(
  root: readonly string[],
  initPid: number,
  uplink: string,
): Promise<{ child: ChildProcess; port: number }> {
  const program = fileURLToPath(import.meta.resolve('./relay.ts'));
  const [command = '', ...rest] = [
    ...root,
    'nsenter',
    '--target',
    String(initPid),
    '--net',
    '--',
    process.execPath,
    program,
    uplink,
  ];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: HARNESS.path } });
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => Number(text));
  const port = await Promise.race([line, once(child, 'exit').then(() => undefined)]);
  if (port === undefined) throw new Error('The relay into the machine did not start');
  return { child, port };
}

interface State {
  port: number;
  down: boolean;
  keeping: boolean;
  listener: ((moment: Moment) => void) | undefined;
}

/** Passes one request on, byte for byte, headers as they came. */
function pass(incoming: IncomingMessage, outgoing: ServerResponse, state: State, exchanges: Exchange[]): void {
  const chunks: Buffer[] = [];
  const { method = 'GET', url: path = '/', rawHeaders } = incoming;
  const onward = request({ host: '127.0.0.1', port: state.port, method, path, headers: rawHeaders, agent: false });
  state.listener?.({ path, phase: 'begun' });
  onward.on('response', (answer) => {
    state.listener?.({ path, phase: 'answered' });
    if (state.keeping) {
      outgoing.once('finish', () => {
        exchanges.push({
          method,
          path,
          headers: rawHeaders.join('\n'),
          status: answer.statusCode ?? 0,
          body: decoded(incoming, Buffer.concat(chunks)),
        });
      });
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  });
  onward.on('error', () => incoming.socket.destroy());
  incoming.on('data', (chunk: Buffer) => {
    if (state.keeping) chunks.push(chunk);
  });
  incoming.pipe(onward);
  incoming.on('error', () => onward.destroy());
}

function decoded(incoming: IncomingMessage, body: Buffer): Buffer {
  return incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

async function closeAll(child: ChildProcess, proxy: Server): Promise<void> {
  child.stdin?.end();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  proxy.closeAllConnections();
  proxy.close();
}
