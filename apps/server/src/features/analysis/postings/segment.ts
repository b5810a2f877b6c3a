import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { GeneSet } from '@genehound/genes';
import {
  bucketOf,
  decodeHeader,
  entriesStart,
  entryBytes,
  fileSize,
  HEADER_BYTES,
  restOf,
  type SegmentHeader,
  tableStart,
  type Words,
} from './segment-format.ts';

/** A file that is no segment, or not what it was when it was written. */
export class BadSegment extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadSegment';
  }
}

/** Bytes that are read at once for checking. */
const CHUNK = 2 ** 22;
/** Leading bits of a gene by which a segment is read in parts: at 10^9 entries a part has 20 MB. */
export const PART_BITS = 8;

function readAll(file: number, size: number, position: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(size);
  for (let done = 0; done < size; ) {
    const count = readSync(file, bytes, done, size - done, position + done);
    if (count === 0) throw new BadSegment('The file ends too early');
    done += count;
  }
  return bytes;
}

/** The entries of some buckets, in memory. */
interface Part {
  readonly bytes: Buffer;
  /** First entry of each bucket from `firstBucket` on, and one more; counted in the segment. */
  readonly table: Uint32Array;
  readonly firstBucket: number;
}

/** Reads one segment; its artifacts are in memory, the rest stays in the file. */
export class Segment {
  readonly path: string;
  readonly header: SegmentHeader;
  readonly numbers: Float64Array;
  readonly #file: number;

  private constructor(path: string, file: number, header: SegmentHeader, numbers: Float64Array) {
    this.path = path;
    this.#file = file;
    this.header = header;
    this.numbers = numbers;
  }

  /** Opens a file and reads it whole once, to know that it is what was written. Throws BadSegment. */
  static open(path: string): Segment {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const header = size < HEADER_BYTES ? null : decodeHeader(readAll(file, HEADER_BYTES, 0));
      if (header === null || fileSize(header) !== size) throw new BadSegment('The file is no segment of this format');
      const numbers = readAll(file, 8 * header.artifacts, HEADER_BYTES);
      const from = tableStart(header);
      const tableCheck = Segment.#check(file, from, entriesStart(header), crc32(numbers));
      if (
        tableCheck !== header.tableCheck ||
        Segment.#check(file, entriesStart(header), size, 0) !== header.entriesCheck
      )
        throw new BadSegment('The file is not what was written');
      return new Segment(path, file, header, new Float64Array(numbers.buffer, numbers.byteOffset, header.artifacts));
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  static #check(file: number, from: number, to: number, start: number): number {
    let check = start;
    for (let at = from; at < to; at += CHUNK) check = crc32(readAll(file, Math.min(CHUNK, to - at), at), check);
    return check;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Calls `found` with the place of each artifact that may have one of these genes; with some more than once. */
  search(genes: GeneSet, found: (place: number) => void): void {
    const { bits, entries } = this.header;
    const count = genes.high.length;
    for (let from = 0; from < count; ) {
      const part = (genes.high[from] ?? 0) >>> (32 - PART_BITS);
      let to = from + 1;
      while (to < count && (genes.high[to] ?? 0) >>> (32 - PART_BITS) === part) to++;
      // Reading all is cheaper from where every hundredth byte would be read alone.
      const whole = (to - from) * 100 > entries / 2 ** PART_BITS ? this.#part(part) : null;
      for (let i = from; i < to; i++) {
        const bucket = bucketOf(genes.high[i] ?? 0, bits);
        this.#find(
          whole ?? this.#buckets(bucket, 1),
          bucket,
          restOf(genes.high[i] ?? 0, genes.low[i] ?? 0, bits),
          found,
        );
      }
      from = to;
    }
  }

  /** How many entries a part has. */
  countOf(part: number): number {
    const { table } = this.#tableOf(part << (this.header.bits - PART_BITS), 2 ** (this.header.bits - PART_BITS));
    return (table[table.length - 1] ?? 0) - (table[0] ?? 0);
  }

  /** Appends the entries of a part to `words` from entry `at` on, with the places as `placed` names them. */
  readPart(part: number, words: Words, at: number, placed: Uint32Array): number {
    const { bits, restBytes, placeBytes } = this.header;
    const { bytes, table, firstBucket } = this.#part(part);
    const first = table[0] ?? 0;
    let next = at;
    for (let b = 0; b + 1 < table.length; b++) {
      const from = (table[b] ?? 0) - first;
      const count = (table[b + 1] ?? 0) - first - from;
      const start = from * (restBytes + placeBytes);
      const places = start + count * restBytes;
      for (let i = 0; i < count; i++) {
        const rest = bytes.readUIntBE(start + i * restBytes, restBytes);
        const gene = (firstBucket + b) * 2 ** (8 * restBytes) + rest;
        const place = placed[bytes.readUIntLE(places + i * placeBytes, placeBytes)] ?? 0;
        words[2 * next] = (((gene % 256) << 24) | place) >>> 0;
        words[2 * next + 1] = Math.floor(gene / 256);
        next++;
      }
    }
    if (bits + 8 * restBytes !== 40) throw new BadSegment('A gene has another length');
    return next;
  }

  #find({ bytes, table, firstBucket }: Part, bucket: number, rest: number, found: (place: number) => void): void {
    const { restBytes, placeBytes } = this.header;
    const first = table[0] ?? 0;
    const from = (table[bucket - firstBucket] ?? 0) - first;
    const count = (table[bucket - firstBucket + 1] ?? 0) - first - from;
    const start = from * (restBytes + placeBytes);
    const places = start + count * restBytes;
    let low = 0;
    for (let high = count; low < high; ) {
      const middle = (low + high) >>> 1;
      if (bytes.readUIntBE(start + middle * restBytes, restBytes) < rest) low = middle + 1;
      else high = middle;
    }
    for (; low < count && bytes.readUIntBE(start + low * restBytes, restBytes) === rest; low++)
      found(bytes.readUIntLE(places + low * placeBytes, placeBytes));
  }

  #tableOf(bucket: number, count: number): { readonly table: Uint32Array; readonly firstBucket: number } {
    const bytes = readAll(this.#file, 4 * (count + 1), tableStart(this.header) + 4 * bucket);
    return { table: new Uint32Array(bytes.buffer, bytes.byteOffset, count + 1), firstBucket: bucket };
  }

  #buckets(bucket: number, count: number): Part {
    const found = this.#tableOf(bucket, count);
    const from = found.table[0] ?? 0;
    const size = ((found.table[count] ?? 0) - from) * entryBytes(this.header);
    const bytes = readAll(this.#file, size, entriesStart(this.header) + from * entryBytes(this.header));
    return { ...found, bytes };
  }

  #part(part: number): Part {
    const perPart = 2 ** (this.header.bits - PART_BITS);
    return this.#buckets(part * perPart, perPart);
  }
}
