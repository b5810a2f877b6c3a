import { FRAME_HEADER } from './frames.ts';

/** Puts frames together from the chunks of a pipe, of which nothing is believed. */
export class FrameReader {
  readonly #parts: Buffer[] = [];
  #have = 0;

  /** Bytes received that are not yet part of a taken frame. */
  get pending(): number {
    return this.#have;
  }

  push(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#have += chunk.length;
  }

  /** The next whole frame; null while there is none; 'too-large' where one is announced that is above the limit. */
  take(limit: number): Buffer | null | 'too-large' {
    if (this.#have < FRAME_HEADER) return null;
    const length = this.#peek();
    if (length > limit) return 'too-large';
    if (this.#have < FRAME_HEADER + length) return null;
    const all = Buffer.concat(this.#parts, this.#have);
    this.#parts.length = 0;
    this.#have = 0;
    const rest = all.subarray(FRAME_HEADER + length);
    if (rest.length > 0) this.push(rest);
    return all.subarray(FRAME_HEADER, FRAME_HEADER + length);
  }

  #peek(): number {
    const [first] = this.#parts;
    if (first !== undefined && first.length >= FRAME_HEADER) return first.readUInt32LE(0);
    const joined = Buffer.concat(this.#parts, this.#have);
    this.#parts.splice(0, this.#parts.length, joined);
    return joined.readUInt32LE(0);
  }
}
