import { ArchiveError } from './archive-error.ts';

/** Hands out exact numbers of bytes from chunks of any size; what may come is bounded by `budget`. */
export class ByteStream {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #budget: Budget;
  #current: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>, budget: Budget) {
    this.#source = source[Symbol.asyncIterator]();
    this.#budget = budget;
  }

  /** At most `most` bytes; empty at the end of the stream. */
  async some(most: number): Promise<Uint8Array> {
    if (most === 0) return new Uint8Array(0);
    while (this.#current.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) return this.#current;
      this.#budget.takeBytes(next.value.length);
      this.#current = next.value;
    }
    const part = this.#current.subarray(0, most);
    this.#current = this.#current.subarray(part.length);
    return part;
  }

  /** Fills `target` from `from` on; returns how many bytes there were. */
  async fill(target: Uint8Array, from = 0): Promise<number> {
    let at = from;
    while (at < target.length) {
      const part = await this.some(target.length - at);
      if (part.length === 0) break;
      target.set(part, at);
      at += part.length;
    }
    return at - from;
  }

  /** The next bytes, fewer at the end; they are still to be read. */
  async peek(count: number): Promise<Uint8Array> {
    if (this.#current.length < count) {
      const target = new Uint8Array(count);
      const got = await this.fill(target);
      // Nothing of the current chunk is left where fewer came than were asked for.
      this.#current = got < count ? target.subarray(0, got) : Buffer.concat([target, this.#current]);
    }
    return this.#current.subarray(0, count);
  }

  async skip(count: number): Promise<void> {
    let left = count;
    while (left > 0) {
      const part = await this.some(left);
      if (part.length === 0) throw new ArchiveError('The archive ends within an entry');
      left -= part.length;
    }
  }

  async drain(): Promise<void> {
    while ((await this.some(65_536)).length > 0);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

export interface Limits {
  /** Entries in the whole archive, those of archives in it included. */
  readonly entries: number;
  /** Bytes that are unpacked, at every level. */
  readonly bytes: number;
}

/** What one archive may cost, whatever it claims and however deep archives lie in it. Throws ArchiveError above it. */
export class Budget {
  readonly #limits: Limits;
  #entries = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  takeEntry(): void {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries)
      throw new BudgetError(`The archive has more than ${this.#limits.entries} entries`);
  }

  takeBytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.#limits.bytes)
      throw new BudgetError(`The archive is larger than ${this.#limits.bytes} bytes`);
  }
}

/** The whole archive ends here; an ArchiveError of an archive within another costs that one alone. */
export class BudgetError extends ArchiveError {}
