import type { Readable } from 'node:stream';
import type { Spooled } from './spool.ts';

/** Content is kept apart for each organisation; its address is the hash of the plain bytes. */
export interface BlobKey {
  readonly organisation: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** Where artifacts' bytes lie. Content-addressed, so that putting twice is the same as once. */
export interface BlobStore {
  /**
   * Takes over a spooled body; when this resolves, the bytes are durable and `spooled` is gone. Throws
   * AppError('disk_full') before any damage.
   */
  put(key: BlobKey, spooled: Spooled): Promise<void>;
  /** The plain bytes, or null. The stream errors at its end where they do not hash to the key: rotten storage. */
  get(key: BlobKey): Promise<Readable | null>;
  has(key: BlobKey): Promise<boolean>;
  /** True where there was something. */
  remove(key: BlobKey): Promise<boolean>;
  /** The hashes of an organisation's blobs, in no promised order. */
  list(organisation: string): AsyncIterable<string>;
}

/** All bytes of a blob, or null where there is none. Throws where it is larger than `limit` bytes or rotten. */
export async function readBlob(store: BlobStore, key: BlobKey, limit: number): Promise<Uint8Array | null> {
  const stream = await store.get(key);
  if (stream === null) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes: Buffer = chunk;
    size += bytes.length;
    if (size > limit) throw new Error(`The blob ${key.sha256} is larger than ${limit} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, size);
}
