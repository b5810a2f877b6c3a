import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { AppError } from '@genehound/contract';
import { asBodyError } from '../body.ts';
import { HEAD_BYTES } from '../magic.ts';
import { Masker, PIECE } from './codec.ts';

/** A body on disk in stored form, hashed, not yet part of any store. */
export interface Spooled {
  readonly sha256: string;
  /** The hashes by which older tools name the same bytes; nothing here relies on them. */
  readonly sha1: string;
  readonly md5: string;
  /** Plain bytes. */
  readonly size: number;
  /** The first plain bytes, at most HEAD_BYTES. */
  readonly head: Uint8Array;
  /** Where the stored form lies. */
  readonly path: string;
  /** Removes it; harmless after a put. */
  discard(): Promise<void>;
}

export interface Spool {
  /** Streams a body to disk while hashing it. Throws AppError too_large beyond `limit` plain bytes, bad_request for broken gzip, disk_full. */
  receive(body: Readable, limit: number): Promise<Spooled>;
}

/** Counts, hashes and keeps the head of what passes; errors beyond the limit. */
class Meter extends Transform {
  readonly hash = createHash('sha256');
  readonly sha1 = createHash('sha1');
  readonly md5 = createHash('md5');
  size = 0;
  head: Buffer = Buffer.alloc(0);
  readonly #limit: number;
  constructor(limit: number) {
    super();
    this.#limit = limit;
  }
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.size += chunk.length;
    if (this.size > this.#limit) {
      done(new AppError('too_large', { limit: this.#limit }));
      return;
    }
    if (this.head.length < HEAD_BYTES) {
      this.head = Buffer.concat([this.head, chunk.subarray(0, HEAD_BYTES - this.head.length)]);
    }
    for (const hash of [this.hash, this.sha1, this.md5]) hash.update(chunk);
    done(null, chunk);
  }
}

/** ENOSPC, EDQUOT, and PostgreSQL's own disk_full. */
const FULL = new Set(['ENOSPC', 'EDQUOT', '53100']);

/** Full disk and exceeded quota are refusals; anything else stays what it is. */
export function asDiskFull(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return FULL.has(code) ? new AppError('disk_full') : error;
}

/** Throws AppError('disk_full') where less than `minimum` bytes are free for this process. */
export async function requireFree(directory: string, minimum: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < minimum) throw new AppError('disk_full');
}

export interface SpoolOptions {
  /** On the same file system as the store, so that putting is a rename. Emptied at the start. */
  readonly directory: string;
  /** Bytes that must stay free. */
  readonly minimumFree: number;
  /** What bytes pass on their way to disk; without it, into the form of the blob store. */
  readonly stages?: () => readonly Transform[];
  /** Passed after the last byte is handed to the system. */
  readonly afterWrite?: () => void;
}

export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory, minimumFree } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // What a killed run was receiving was never acknowledged.
  for (const name of await readdir(directory)) await rm(join(directory, name), { force: true });
  return {
    receive: async (body, limit) => {
      await requireFree(directory, minimumFree);
      const path = join(directory, randomUUID());
      const meter = new Meter(limit);
      const discard = () => rm(path, { force: true });
      try {
        const stages = options.stages?.() ?? [createZstdCompress({ chunkSize: PIECE }), new Masker()];
        await pipeline([body, meter, ...stages, createWriteStream(path, { flags: 'wx', mode: 0o600 })]);
      } catch (error) {
        await discard();
        throw asDiskFull(asBodyError(error));
      }
      options.afterWrite?.();
      const { size, head } = meter;
      const sha256 = meter.hash.digest('hex');
      const [sha1, md5] = [meter.sha1.digest('hex'), meter.md5.digest('hex')];
      return { sha256, sha1, md5, size, head, path, discard };
    },
  };
}
