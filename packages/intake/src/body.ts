import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { AppError } from '@genehound/contract';
import { INTAKE_LIMITS } from './limits.ts';

/**
 * The client went away in the middle of a body. Nobody hears the answer; a client that still cares comes again, so
 * this is no refusal and nothing is lost by it.
 */
export class BodyCut extends AppError {
  constructor() {
    super('bad_request', { details: 'the body ended early' });
  }
}

/**
 * The request's bytes without the power to close its connection: a refusal in the middle of a body must still be
 * answered. Errors where the client went away before the end.
 */
async function* bytesOf(request: IncomingMessage, limit: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes: Buffer = chunk;
    size += bytes.length;
    if (size > limit) throw new AppError('too_large', { limit });
    yield bytes;
  }
  if (!request.complete) throw new BodyCut();
}

/** The decoded body as a stream. `limit`: bytes on the wire; the reader bounds what comes out of decompression. */
export function bodyStream(request: IncomingMessage, limit: number): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new AppError('unsupported_media', { expected: 'the body plain or with Content-Encoding gzip' });
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) throw new AppError('too_large', { limit });
  const plain = Readable.from(bytesOf(request, limit), { objectMode: false });
  if (encoding === 'identity') return plain;
  const unpacked = createGunzip();
  // It unpacks from now on, and its reader may come later: until then nobody else listens, and an error that nobody
  // hears ends the process. The reader is given it all the same.
  unpacked.on('error', () => undefined);
  plain.once('error', (error) => unpacked.destroy(error));
  unpacked.once('close', () => plain.destroy());
  return plain.pipe(unpacked);
}

/** Errors of zlib mean that the client's gzip is broken, a reset that it left; others stay what they are. */
export function asBodyError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) return new AppError('bad_request', { details: 'the body is not valid gzip' });
  if (code === 'ECONNRESET') return new BodyCut();
  return error;
}

/** The whole decoded body, at most `limit` bytes; `onBytes` hears of each piece and may refuse it. AppError too_large, bad_request, unsupported_media. */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  onBytes?: (bytes: number) => void,
): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of bodyStream(request, limit)) {
      const bytes: Buffer = chunk;
      size += bytes.length;
      if (size > limit) throw new AppError('too_large', { limit });
      onBytes?.(bytes.length);
      chunks.push(bytes);
    }
  } catch (error) {
    throw asBodyError(error);
  }
  return Buffer.concat(chunks, size);
}

let held = 0;

/**
 * All messages that are being received or worked on share one budget of memory; beyond it `take` refuses (AppError
 * unavailable, come back later), so that no number of clients exhausts the server.
 */
export async function withBudget<T>(work: (take: (bytes: number) => void) => Promise<T>): Promise<T> {
  let mine = 0;
  const take = (bytes: number): void => {
    if (held + bytes > INTAKE_LIMITS.jsonInMemory) {
      throw new AppError('unavailable', { details: 'too many large messages at once' }, 5);
    }
    held += bytes;
    mine += bytes;
  };
  try {
    return await work(take);
  } finally {
    held -= mine;
  }
}

/** Reads a message and works on it, within the budget. */
export async function withBody<T>(
  request: IncomingMessage,
  limit: number,
  work: (body: Uint8Array) => Promise<T>,
): Promise<T> {
  // A length that is not told, or is told of compressed bytes, is taken for what it comes to be.
  return await withBudget(async (take) => await work(await readBody(request, limit, take)));
}

/**
 * Reads on for a moment after a refusal. A client that is still sending when its connection closes may lose the
 * answer that tells it why. False where the body did not end within the bounds: close the connection then.
 */
export async function drain(request: IncomingMessage): Promise<boolean> {
  if (request.complete || request.destroyed) return request.complete;
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > INTAKE_LIMITS.drain) request.pause();
  });
  const waiting = new AbortController();
  request.once('close', () => waiting.abort());
  request.once('end', () => waiting.abort());
  request.once('pause', () => waiting.abort());
  try {
    await sleep(INTAKE_LIMITS.drainTime, undefined, { signal: waiting.signal });
  } catch {
    // Woken: ended, closed, or more than we care to read.
  }
  return request.complete;
}
