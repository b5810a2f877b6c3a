import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { MOST_RECALLED_BYTES } from '@genehound/contract';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Bytes, compressed: a hundred of the largest that are usual. */
const MOST_HELD = 8_388_608;
/** Bytes that one takes beside its own, so that a great many short ones come to no more memory. */
const ENTRY = 1_024;

/** A copy: what zlib gives is the used part of a piece of memory that may be a thousand times as long. */
async function packedBytes(body: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await compress(body));
}

/**
 * The messages that came last, by their hash, so that the next endpoint need not send the same. In memory only: after a
 * start each comes whole once.
 */
export class Recalled {
  readonly #packed = new Map<string, Uint8Array>();
  #bytes = 0;

  async remember(body: Uint8Array): Promise<void> {
    if (body.length > MOST_RECALLED_BYTES) return;
    const sha256 = createHash('sha256').update(body).digest('hex');
    const packed = this.#packed.get(sha256) ?? (await packedBytes(body));
    this.#forget(sha256);
    this.#packed.set(sha256, packed);
    this.#bytes += packed.length + ENTRY;
    for (const [oldest] of this.#packed) {
      if (this.#bytes <= MOST_HELD) break;
      this.#forget(oldest);
    }
  }

  async recall(sha256: string): Promise<Uint8Array | null> {
    const packed = this.#packed.get(sha256);
    return packed === undefined ? null : await decompress(packed);
  }

  #forget(sha256: string): void {
    const packed = this.#packed.get(sha256);
    if (packed === undefined) return;
    this.#bytes -= packed.length + ENTRY;
    this.#packed.delete(sha256);
  }
}
