/** Growing output of bytes and varints (seven bits a byte, low first). */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(64, capacity));
  }

  byte(value: number): void {
    if (this.#at === this.#bytes.length) this.#grow();
    this.#bytes[this.#at++] = value;
  }

  /** An unsigned number below 2^32. */
  varint(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  uint32(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.byte((value >>> shift) & 0xff);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  #grow(): void {
    const bigger = new Uint8Array(this.#bytes.length * 2);
    bigger.set(this.#bytes);
    this.#bytes = bigger;
  }
}

/** Reads what ByteWriter wrote. Past the end or out of range it sets `failed` and gives zeros; it never throws. */
export class ByteReader {
  failed = false;
  /** Halves of the last `varint64`. */
  high = 0;
  low = 0;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    if (this.#at >= this.#bytes.length) this.failed = true;
    return this.#bytes[this.#at++] ?? 0;
  }

  varint(): number {
    this.varint64();
    if (this.high !== 0) this.failed = true;
    return this.low;
  }

  varint64(): void {
    let high = 0;
    let low = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      const part = byte & 0x7f;
      if (shift < 32) low |= part << shift;
      if (shift === 28) high |= part >>> 4;
      else if (shift > 28) high |= part << (shift - 32);
      if (byte < 0x80) {
        // The tenth byte holds one bit only.
        if (shift === 63 && part > 1) this.failed = true;
        this.high = high >>> 0;
        this.low = low >>> 0;
        return;
      }
    }
    this.failed = true;
    this.high = 0;
    this.low = 0;
  }

  uint32(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }
}
