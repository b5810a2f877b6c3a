import { ArchiveError } from './archive-error.ts';
import type { ByteStream } from './byte-stream.ts';

/**
 * The bytes of one entry, read from the stream that the archive is. Only until the reader of the archive is asked for
 * the next entry: that one skips what was left.
 */
export class Body {
  readonly #stream: ByteStream;
  #left: number;
  /** Bytes; null where only the end of the stream tells it. */
  readonly size: number | null;

  constructor(stream: ByteStream, size: number | null) {
    this.#stream = stream;
    this.size = size;
    this.#left = size ?? Number.POSITIVE_INFINITY;
  }

  /** The first bytes, fewer where there are fewer; they are still to be read. */
  async peek(count: number): Promise<Uint8Array> {
    return await this.#stream.peek(Math.min(count, this.#left));
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.#left > 0) {
      const part = await this.#stream.some(Math.min(this.#left, 1 << 20));
      if (part.length === 0) {
        if (this.size === null) return;
        throw new ArchiveError('The archive ends within an entry');
      }
      this.#left -= part.length;
      yield part;
    }
  }

  /** All of it; null where that is more than `most` bytes, of which some are gone then. */
  async all(most: number): Promise<Uint8Array | null> {
    if (this.size !== null) {
      if (this.size > most) return null;
      const whole = new Uint8Array(this.#left);
      let at = 0;
      for await (const part of this.chunks()) {
        whole.set(part, at);
        at += part.length;
      }
      return whole;
    }
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of this.chunks()) {
      bytes += part.length;
      if (bytes > most) return null;
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  /** For the reader of the archive. */
  async finish(): Promise<void> {
    if (this.size === null) return;
    await this.#stream.skip(this.#left);
    this.#left = 0;
  }
}

/** An entry of an archive: a regular file. */
export interface Member {
  /** As the archive has it. It names, nothing else: no file is ever written by it. */
  readonly path: string;
  readonly body: Body;
}
