import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** One body that arrived: its route below the scan, and the bytes before compression. */
interface Arrived {
  readonly route: string;
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** A server that takes everything which a scanner offers and writes it down. */
export interface Recorder {
  readonly url: string;
  readonly arrived: readonly Arrived[];
  /** While it is set, requests for a token wait for it, and are refused then. */
  hold: Promise<void> | undefined;
  /** How many requests for a token came. */
  readonly asked: () => number;
  readonly close: () => void;
}

const LISTS: Readonly<Record<string, string>> = {
  'files-info': 'files_info',
  'memory-module-dumps-info': 'memory_module_dumps_info',
};

export async function startRecorder(): Promise<Recorder> {
  const arrived: Arrived[] = [];
  let asked = 0;
  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  const answer = async (request: IncomingMessage): Promise<[number, unknown]> => {
    const sent = await buffer(request);
    const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    if (request.url === '/api/v2-0/get-access-token') {
      asked += 1;
      if (recorder.hold === undefined) return [200, { result: 'token' }];
      await recorder.hold;
      return [401, { error: 'not this key' }];
    }
    if (request.url === '/api/scans') return [201, { result: { scan_id: 'one', analysis_id: 'two' } }];
    const route = (request.url ?? '').replace('/scans/scans/one/', '');
    // It has nothing, and is told everything.
    if (route === 'known-message') return [200, { result: { known: false } }];
    arrived.push({ route, sha256: createHash('sha256').update(bytes).digest('hex'), bytes });
    const list = LISTS[route];
    if (list === undefined) return [200, { result: { status: 'success' } }];
    const message = JSON.parse(bytes.toString()) as Record<string, readonly { readonly sha256: string }[]>;
    return [200, { result: (message[list] ?? []).map((one) => one.sha256) }];
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const recorder: Recorder = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    hold: undefined,
    asked: () => asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return recorder;
}
