/**
 * Little-endian reads that never throw: outside the bytes they give 0. Whoever must tell a zero from an absent
 * field asks `has` first.
 */
export class Reader {
  readonly size: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.size = bytes.byteLength;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  has(at: number, count: number): boolean {
    return Number.isSafeInteger(at) && at >= 0 && count >= 0 && at + count <= this.size;
  }

  u8(at: number): number {
    return this.has(at, 1) ? this.#view.getUint8(at) : 0;
  }

  u16(at: number): number {
    return this.has(at, 2) ? this.#view.getUint16(at, true) : 0;
  }

  u32(at: number): number {
    return this.has(at, 4) ? this.#view.getUint32(at, true) : 0;
  }

  i16(at: number): number {
    return this.has(at, 2) ? this.#view.getInt16(at, true) : 0;
  }

  i32(at: number): number {
    return this.has(at, 4) ? this.#view.getInt32(at, true) : 0;
  }

  /** Exact below 2^53; above, the nearest double, which every bounds check then refuses. */
  u64(at: number): number {
    return this.has(at, 8) ? this.#view.getUint32(at + 4, true) * 0x1_0000_0000 + this.#view.getUint32(at, true) : 0;
  }

  big(at: number): bigint {
    return this.has(at, 8) ? this.#view.getBigUint64(at, true) : 0n;
  }
}
