/** Output of bits, the first in the lowest bit of the first byte. */
export class BitWriter {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  /** `bits`: as many as will be written at most. */
  constructor(bits: number) {
    this.#bytes = new Uint8Array(Math.ceil(bits / 8));
  }

  /** The `count` low bits of a 64-bit number in two halves; `count` from 0 to 64. */
  write(high: number, low: number, count: number): void {
    this.#writeWord(low, Math.min(count, 32));
    if (count > 32) this.#writeWord(high, count - 32);
  }

  /** `value` ones and a zero. */
  unary(value: number): void {
    for (let i = 0; i < value; i++) this.#writeWord(1, 1);
    this.#at++;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, Math.ceil(this.#at / 8));
  }

  #writeWord(word: number, count: number): void {
    let rest = word;
    let left = count;
    while (left > 0) {
      const shift = this.#at & 7;
      const taken = Math.min(8 - shift, left);
      const index = this.#at >> 3;
      this.#bytes[index] = (this.#bytes[index] ?? 0) | ((rest & ((1 << taken) - 1)) << shift);
      rest >>>= taken;
      left -= taken;
      this.#at += taken;
    }
  }
}

/** Reads what BitWriter wrote. Past the end it sets `failed` and gives zeros. */
export class BitReader {
  failed = false;
  high = 0;
  low = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#at = from * 8;
    this.#end = bytes.length * 8;
  }

  /** Bits not yet read. */
  get left(): number {
    return this.#end - this.#at;
  }

  read(count: number): void {
    this.low = this.#readWord(Math.min(count, 32));
    this.high = count > 32 ? this.#readWord(count - 32) : 0;
  }

  unary(limit: number): number {
    let value = 0;
    while (!this.failed && this.#readWord(1) === 1) {
      if (++value > limit) this.failed = true;
    }
    return value;
  }

  #readWord(count: number): number {
    if (count > this.left) {
      this.failed = true;
      return 0;
    }
    let word = 0;
    let done = 0;
    while (done < count) {
      const shift = this.#at & 7;
      const taken = Math.min(8 - shift, count - done);
      word |= (((this.#bytes[this.#at >> 3] ?? 0) >> shift) & ((1 << taken) - 1)) << done;
      done += taken;
      this.#at += taken;
    }
    return word >>> 0;
  }
}
