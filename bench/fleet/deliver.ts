import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { KNOWN_MESSAGE_ROUTE } from '@genehound/contract';
import type { EndpointScan } from './endpoint.ts';

const pack = promisify(gzip);

export interface Server {
  readonly url: string;
  readonly key: string;
}

/** What the whole load saw. */
export interface Tally {
  /** Milliseconds of each files-info call, from its first byte to the answer. */
  readonly lookups: number[];
  /** Answers that asked to come again later, and requests that failed for good. */
  pushedBack: number;
  lost: number;
  /** Bytes on the wire: of messages, and of files. */
  messageBytes: number;
  fileBytes: number;
  files: number;
}

export const newTally = (): Tally => ({
  lookups: [],
  pushedBack: 0,
  lost: 0,
  messageBytes: 0,
  fileBytes: 0,
  files: 0,
});

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

interface Reply {
  readonly status: number;
  readonly retryAfter: number;
  readonly text: string;
}

function once(server: Server, path: string, body: Buffer, type: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${server.key}`,
      'content-type': type,
      'content-encoding': 'gzip',
      'content-length': String(body.length),
    };
    const outgoing = request(server.url + path, { method: 'POST', agent, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          retryAfter: Number(incoming.headers['retry-after'] ?? 1),
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Tries as a scanner does: again after a broken connection, and when the server says so. */
async function post(server: Server, tally: Tally, path: string, body: Buffer, type: string): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const reply = await once(server, path, body, type).catch((): Reply => ({ status: 0, retryAfter: 1, text: '' }));
    if (reply.status === 200 || reply.status === 201) return reply.text;
    const again = reply.status === 0 || reply.status === 429 || reply.status === 503;
    if (!again || tries >= 20) {
      tally.lost += 1;
      throw new Error(`${path} was answered ${reply.status}: ${reply.text.slice(0, 300)}`);
    }
    tally.pushedBack += 1;
    await sleep(Math.max(1, reply.retryAfter) * 1_000);
  }
}

const JSON_TYPE = 'application/json';

async function message(server: Server, tally: Tally, path: string, text: string | Buffer): Promise<string> {
  // As the scanner does: level 6 for messages, the fastest for files.
  const body = await pack(text);
  tally.messageBytes += body.length;
  return await post(server, tally, path, body, JSON_TYPE);
}

function idsOf(text: string): { readonly scan: string; readonly analysis: string } {
  const scan = /"scan_id":"([^"]+)"/.exec(text)?.[1];
  const analysis = /"analysis_id":"([^"]+)"/.exec(text)?.[1];
  if (scan === undefined || analysis === undefined) throw new Error(`No scan was opened: ${text}`);
  return { scan, analysis };
}

/** Delivers one scan by the real protocol; its analysis id. */
export async function deliver(server: Server, tally: Tally, scan: EndpointScan): Promise<string> {
  const info = { scan_type: 'live', scanner_info: { scanner_version: 'bench' }, start_time: Date.now() / 1_000 };
  const ids = idsOf(await message(server, tally, '/api/scans', JSON.stringify(info)));
  const base = `/scans/scans/${ids.scan}`;
  for (const [route, text] of scan.before) await message(server, tally, `${base}/${route}`, text);
  const named = { message: 'autoruns_info', sha256: createHash('sha256').update(scan.autoruns).digest('hex') };
  const reply = await message(server, tally, `${base}/${KNOWN_MESSAGE_ROUTE}`, JSON.stringify(named));
  if (!reply.includes('"known":true')) await message(server, tally, `${base}/autoruns-info`, scan.autoruns);
  const started = performance.now();
  const answer = await message(server, tally, `${base}/files-info`, scan.filesInfo);
  tally.lookups.push(performance.now() - started);
  const wanted = new Set(answer.match(/[0-9a-f]{64}/g) ?? []);
  for (const file of scan.files) {
    if (!wanted.has(file.sha256)) continue;
    const body = await pack(file.bytes(), { level: constants.Z_BEST_SPEED });
    tally.fileBytes += body.length;
    tally.files += 1;
    await post(server, tally, `${base}/file-system/collected-binaries`, body, 'application/octet-stream');
  }
  if (scan.memory !== null) {
    await message(server, tally, `${base}/memory-module-dumps-info`, scan.memory.announced);
    const body = await pack(scan.memory.bytes, { level: constants.Z_BEST_SPEED });
    await post(server, tally, `${base}/fileless/collected-binaries`, body, 'application/octet-stream');
  }
  for (const [route, text] of scan.after) await message(server, tally, `${base}/${route}`, text);
  await message(server, tally, `${base}/end`, '{"reason":"done"}');
  return ids.analysis;
}
