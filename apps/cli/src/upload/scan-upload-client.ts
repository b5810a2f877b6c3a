import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import {
  BINARY_ROUTES,
  type Layout,
  parseJson,
  SCAN_MESSAGES,
  type ScanMessageName,
  stringifyJson,
} from '@genehound/contract';
import { z } from 'zod';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';

const tokenAnswer = z.looseObject({ result: z.string().min(1) });
const createdAnswer = z.looseObject({
  result: z.looseObject({ scan_id: z.string().min(1), analysis_id: z.string().min(1) }),
});
const wantedAnswer = z.looseObject({ result: z.array(z.string()) });
const refusal = z.looseObject({ error: z.string() });

/** A message or a binary that the server did not take; the scan goes on without it. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refused';
    this.status = status;
  }
}

export interface CreatedScan {
  readonly scanId: string;
  readonly analysisId: string;
}

interface UploadMessage {
  readonly name: ScanMessageName;
  /** For the messages of one process. */
  readonly pid: number | null;
  /** JSON, as it lies on disk. */
  readonly bytes: Uint8Array;
}

/** The public scan protocol (sections 0, 1 and 5), as any of its clients speaks it. */
export interface ScanUploadClient {
  create(scannerInfo: Readonly<Record<string, unknown>>): Promise<CreatedScan>;
  /** Sends one message; answers the SHA-256 of the files that the server wants. Throws Refused. */
  send(scan: CreatedScan, message: UploadMessage): Promise<string[]>;
  /** Streams one file. Throws Refused. */
  sendBinary(scan: CreatedScan, layout: Layout, path: string): Promise<void>;
  end(scan: CreatedScan, body: Readonly<Record<string, unknown>>): Promise<void>;
}

const TRIES = 4;
const TIMEOUT_MS = 120_000;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Request {
  readonly method: 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Made anew for each try: a stream can be read only once. */
  body(): RequestInit['body'];
}

function jsonRequest(path: string, value: unknown): Request {
  return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body: () => stringifyJson(value) };
}

function binaryRequest(path: string, file: string): Request {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/octet-stream', 'content-encoding': 'gzip' },
    body: () => Readable.toWeb(createReadStream(file).pipe(createGzip())) as NonNullable<RequestInit['body']>,
  };
}

async function errorOf(response: Response): Promise<string> {
  const text = (await response.text()).slice(0, 2_000);
  try {
    return refusal.parse(parseJson(text)).error;
  } catch {
    return `HTTP ${response.status}`;
  }
}

/** Waits as the server asks, else longer with each try. Milliseconds. */
function pause(response: Response | undefined, attempt: number): number {
  const asked = Number(response?.headers.get('retry-after'));
  return Number.isFinite(asked) && asked > 0 ? Math.min(asked, 60) * 1000 : 300 * 2 ** attempt;
}

/** Sends with the token until it is answered; throws Refused for 4xx, Failure where the server is gone. */
async function exchange(base: string, token: string, request: Request): Promise<Response> {
  let last = '';
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    let response: Response | undefined;
    try {
      response = await fetch(new URL(request.path, base), {
        method: request.method,
        headers: { ...request.headers, ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
        body: request.body() ?? null,
        duplex: 'half',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      } as RequestInit);
      if (response.ok) return response;
      last = await errorOf(response);
      if (response.status < 500 && response.status !== 429) throw new Refused(response.status, last);
    } catch (error) {
      if (error instanceof Refused) throw error;
      last = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    }
    if (attempt < TRIES) await sleep(pause(response, attempt));
  }
  throw new Failure(
    EXIT.notDelivered,
    `The server at ${base} did not take it: ${last}`,
    'The directory is unchanged; run the same command again.',
  );
}

async function answerOf<T extends z.ZodType>(response: Response, schema: T): Promise<z.output<T>> {
  const text = await response.text();
  try {
    return schema.parse(parseJson(text));
  } catch (error) {
    throw new Failure(
      EXIT.failed,
      'The server answered something that is not the scan protocol; is this address a Genehound server?',
      String(error).slice(0, 200),
    );
  }
}

async function getToken(base: string, key: string): Promise<string> {
  try {
    const response = await exchange(base, '', jsonRequest('/api/v2-0/get-access-token', { api_key: key }));
    return (await answerOf(response, tokenAnswer)).result;
  } catch (error) {
    if (error instanceof Refused)
      throw new Failure(
        EXIT.refused,
        `The server refused the key: ${error.message}.`,
        'Nothing was sent. Use a key with permission scan or full.',
      );
    throw error;
  }
}

/** Signs in with an API key. Throws a Failure where the key is refused or the server is gone. */
export async function createScanUploadClient(base: string, key: string): Promise<ScanUploadClient> {
  let token = await getToken(base, key);
  /** A token lives for an hour; a long upload gets a new one when it ends. */
  const send = async (request: Request): Promise<Response> => {
    try {
      return await exchange(base, token, request);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error;
      token = await getToken(base, key);
      return await exchange(base, token, request);
    }
  };
  const below = (scan: CreatedScan, route: string): string =>
    `/scans/scans/${encodeURIComponent(scan.scanId)}/${route}`;
  return {
    async create(scannerInfo) {
      const { result } = await answerOf(await send(jsonRequest('/api/scans', scannerInfo)), createdAnswer);
      return { scanId: result.scan_id, analysisId: result.analysis_id };
    },
    async send(scan, { name, pid, bytes }) {
      const path = below(scan, SCAN_MESSAGES[name].route.replace('{pid}', String(pid ?? 0)));
      const headers = { 'content-type': 'application/json' };
      const response = await send({ method: 'POST', path, headers, body: () => Buffer.from(bytes) });
      if (!SCAN_MESSAGES[name].wants) {
        await response.body?.cancel();
        return [];
      }
      // Taken for "nothing", any other answer would leave out all code of the scan.
      return (await answerOf(response, wantedAnswer)).result;
    },
    async sendBinary(scan, layout, path) {
      const response = await send(binaryRequest(below(scan, BINARY_ROUTES[layout].route), path));
      await response.body?.cancel();
    },
    async end(scan, body) {
      const response = await send(jsonRequest(below(scan, 'end'), body));
      await response.body?.cancel();
    },
  };
}
