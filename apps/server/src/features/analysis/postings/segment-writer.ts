import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import {
  bucketOf,
  encodeHeader,
  entriesStart,
  entryBytes,
  HEADER_BYTES,
  restOf,
  type SegmentShape,
  shapeOf,
  tableStart,
  type Words,
} from './segment-format.ts';

/** Bytes that are written at once. */
const CHUNK = 2 ** 20;

/** Writes everything at a place of a file. */
function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, position + done);
}

/** Writes a segment part by part; the parts come in the order of genes, and no bucket is in two of them. */
export class SegmentWriter {
  readonly shape: SegmentShape;
  readonly #path: string;
  readonly #file: number;
  readonly #table: Uint32Array<ArrayBuffer>;
  readonly #numbers: Float64Array<ArrayBuffer>;
  #chunk = Buffer.alloc(CHUNK);
  #at = 0;
  #position: number;
  #check = 0;
  #entries = 0;
  /** Buckets whose first entry is known. */
  #buckets = 0;

  /** `numbers`: the artifacts, ascending. `entries`: as many as will come. */
  constructor(path: string, scheme: number, numbers: Float64Array<ArrayBuffer>, entries: number) {
    this.shape = shapeOf(scheme, numbers.length, entries);
    this.#path = path;
    this.#numbers = numbers;
    this.#table = new Uint32Array(2 ** this.shape.bits + 1);
    this.#file = openSync(`${path}.new`, 'w', 0o600);
    this.#position = entriesStart(this.shape);
  }

  /** Sorted entries, `count` of them. */
  add(words: Words, count: number): void {
    const { bits } = this.shape;
    for (let from = 0; from < count; ) {
      const bucket = bucketOf(words[2 * from + 1] ?? 0, bits);
      let to = from + 1;
      while (to < count && bucketOf(words[2 * to + 1] ?? 0, bits) === bucket) to++;
      this.#bucket(words, from, to, bucket);
      from = to;
    }
  }

  /** Makes the file durable under its name. */
  finish(): void {
    if (this.#entries !== this.shape.entries) throw new RangeError('A segment has other entries than were announced');
    this.#flush();
    this.#table.fill(this.#entries, this.#buckets);
    const numbers = Buffer.from(this.#numbers.buffer, this.#numbers.byteOffset, this.#numbers.byteLength);
    const table = Buffer.from(this.#table.buffer);
    const tableCheck = crc32(table, crc32(numbers));
    writeAll(this.#file, encodeHeader({ ...this.shape, tableCheck, entriesCheck: this.#check }), 0);
    writeAll(this.#file, numbers, HEADER_BYTES);
    writeAll(this.#file, table, tableStart(this.shape));
    fsyncSync(this.#file);
    closeSync(this.#file);
    renameSync(`${this.#path}.new`, this.#path);
  }

  #bucket(words: Words, from: number, to: number, bucket: number): void {
    const { bits, restBytes, placeBytes } = this.shape;
    this.#table.fill(this.#entries, this.#buckets, bucket + 1);
    this.#buckets = bucket + 1;
    this.#entries += to - from;
    const size = (to - from) * entryBytes(this.shape);
    if (this.#at + size > this.#chunk.length) {
      this.#flush();
      if (size > this.#chunk.length) this.#chunk = Buffer.alloc(size);
    }
    let at = this.#at;
    for (let i = from; i < to; i++) {
      let rest = restOf(words[2 * i + 1] ?? 0, words[2 * i] ?? 0, bits);
      for (let byte = restBytes - 1; byte >= 0; byte--) {
        this.#chunk[at + byte] = rest & 0xff;
        rest >>>= 8;
      }
      at += restBytes;
    }
    for (let i = from; i < to; i++) {
      const place = (words[2 * i] ?? 0) & 0xff_ffff;
      for (let byte = 0; byte < placeBytes; byte++) this.#chunk[at++] = (place >>> (8 * byte)) & 0xff;
    }
    this.#at = at;
  }

  #flush(): void {
    const bytes = this.#chunk.subarray(0, this.#at);
    this.#check = crc32(bytes, this.#check);
    writeAll(this.#file, bytes, this.#position);
    this.#position += bytes.length;
    this.#at = 0;
  }
}
