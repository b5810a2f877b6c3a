import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Client, parseJson, type ScanReport, stringifyJson } from '@genehound/contract';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
  readonly body: unknown;
}

export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Cut the connection after this many bytes of the body. */
  readonly cutAfter?: number;
  /** Send the last byte only once this resolves. */
  readonly hold?: Promise<void>;
  /** Announce a body of this many bytes and send none of it. */
  readonly promise?: number;
}

/** Speaks HTTP as public clients do: a body with any method, any header. Rejects where the connection breaks. */
export async function send(url: string, sending: Sending = {}): Promise<Reply> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: sending.method ?? 'GET', headers: sending.headers ?? {}, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString('utf8');
          let body: unknown = null;
          try {
            body = parseJson(text);
          } catch {
            // Not JSON; the text says what it is.
          }
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, text, body });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.setHeader('content-length', String(sending.promise ?? Buffer.byteLength(sending.body ?? '')));
    if (sending.promise !== undefined) {
      outgoing.flushHeaders();
      return;
    }
    if (sending.cutAfter !== undefined) {
      const part = Buffer.from(sending.body ?? '').subarray(0, sending.cutAfter);
      outgoing.write(part, () => outgoing.destroy(new Error('cut')));
      return;
    }
    if (sending.hold !== undefined) {
      const body = Buffer.from(sending.body ?? '');
      outgoing.write(body.subarray(0, -1));
      void sending.hold.then(() => outgoing.end(body.subarray(-1)));
      return;
    }
    outgoing.end(sending.body);
  });
}

export function field(value: unknown, ...path: readonly string[]): unknown {
  let here: unknown = value;
  for (const name of path) here = Object.entries(Object(here)).find(([key]) => key === name)?.[1];
  return here;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** One scan's delivery, step by step. */
export class ScanClient {
  readonly #url: string;
  readonly #token: string;
  scanId = '';
  analysisId = '';
  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }
  #headers(more: Readonly<Record<string, string>>) {
    return { authorization: `Bearer ${this.#token}`, ...more };
  }
  async create(info: object = {}): Promise<Reply> {
    const headers = this.#headers({ 'content-type': 'application/json' });
    const reply = await send(`${this.#url}/api/scans`, { method: 'POST', headers, body: stringifyJson(info) });
    this.scanId = String(field(reply.body, 'result', 'scan_id'));
    this.analysisId = String(field(reply.body, 'result', 'analysis_id'));
    return reply;
  }
  async post(route: string, body: object | string, more: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const headers = this.#headers({ 'content-type': 'application/json', ...more });
    const text = typeof body === 'string' ? body : stringifyJson(body);
    return await send(`${this.#url}/scans/scans/${this.scanId}/${route}`, { method: 'POST', headers, body: text });
  }
  async upload(route: string, bytes: Uint8Array, options: { gzip?: boolean; cutAfter?: number } = {}): Promise<Reply> {
    const packed = options.gzip === true ? gzipSync(bytes) : bytes;
    const encoding = options.gzip === true ? { 'content-encoding': 'gzip' } : {};
    return await send(`${this.#url}/scans/scans/${this.scanId}/${route}`, {
      method: 'POST',
      headers: this.#headers({ 'content-type': 'application/octet-stream', ...encoding }),
      body: packed,
      ...(options.cutAfter === undefined ? {} : { cutAfter: options.cutAfter }),
    });
  }
}

/** Two programs of this machine that share no source: the shell and a tool of another project. */
export const PROGRAM = '/bin/ls';
export const OTHER_PROGRAM = '/bin/sh';

export interface SmallScan {
  readonly name?: string;
  readonly machineId?: string;
  /** Paths of programs that "run", each in a process of its own from pid 100 on. */
  readonly programs: readonly string[];
  readonly upload?: boolean;
  readonly coverage?: boolean;
}

/** Delivers a small whole scan. Answers its id and what was asked for. */
export async function deliver(
  url: string,
  key: string,
  scan: SmallScan,
): Promise<{ id: string; wanted: readonly string[] }> {
  const client = new ScanClient(url, key);
  await client.create({
    scan_type: 'endpoint_scan',
    scanner_info: { scanner_version: 'test' },
    start_time: 1_700_000_000,
  });
  const programs = await Promise.all(scan.programs.map(async (path) => ({ path, bytes: await readFile(path) })));
  await client.post('host-info', { host_info: { computer_name: scan.name ?? 'host', os_version: 'debian_12' } });
  const machine = scan.machineId ?? `machine of ${scan.name ?? 'host'}`;
  await client.post('identity-info', {
    identity_info: { version: 1, machine_id: machine, host_name: scan.name ?? 'host' },
  });
  await client.post('processes-info', {
    processes_info: programs.map(({ path }, index) => ({ pid: 100 + index, ppid: 1, process_path: path })),
  });
  await client.post('processes/loaded-modules-info', {
    processes: programs.map(({ path }, index) => ({
      pid: 100 + index,
      loaded_modules_info: [{ base_address: 2n ** 47n, file_path: path }],
    })),
  });
  const reply = await client.post('files-info', {
    files_info: programs.map(({ path, bytes }) => ({
      file_path: path,
      sha256: sha256(bytes),
      size_in_bytes: bytes.length,
      is_image: true,
    })),
  });
  const wanted = (field(reply.body, 'result') as readonly string[]) ?? [];
  for (const { bytes } of programs) {
    if (scan.upload !== false && wanted.includes(sha256(bytes)))
      await client.upload('file-system/collected-binaries', bytes, { gzip: true });
  }
  if (scan.coverage !== false) await client.post('coverage-info', { coverage_info: coverage(programs.length) });
  await client.post('end', { reason: 'done', end_time: 1_700_000_100 });
  return { id: client.analysisId, wanted };
}

export function coverage(processes: number) {
  return {
    version: 1,
    complete: true,
    privileges: { user: 'root', held: [], missing: [] },
    processes: Array.from({ length: processes }, (_unused, index) => ({ pid: 100 + index, read: true, checks: [] })),
    problems: [],
  };
}

/** The report once the scan is judged. */
export async function reportOf(client: Client, id: string): Promise<ScanReport> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const { state } = await client.call('getScan', { params: { id } });
    if (state === 'done') return await client.call('getScanReport', { params: { id } });
    if (state === 'failed') throw new Error('The scan failed');
    await sleep(50);
  }
  throw new Error('The scan was not judged within a minute');
}
