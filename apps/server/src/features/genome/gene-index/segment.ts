import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import type { GeneSet } from '@genehound/genes';
import { BadIndex } from './bad-index.ts';
import { type Columns, firstAtLeast } from './columns.ts';
import type { ResidentMemory } from './resident-memory.ts';
import { blocksOf, directoryBytes, fileName, firstOf, type SegmentInfo, WORDS_PER_GENE } from './segment-layout.ts';

const readBytes = promisify(read);

/** Blocks that are kept in memory together: some 130,000 entries, 1.5 MiB. */
const CHUNK_BITS = 8;
const CHUNK = 2 ** CHUNK_BITS;

/** In `answers`: no newer segment has said anything of the gene. */
const UNDECIDED = 0xffff_ffff;

/** Steps from the interpolated place before the rest is halved: uneven genes must not cost more than a binary search. */
const STEPS = 48;

/**
 * The reader of one segment file. What is not in memory is read block by block; every block is checked against its
 * checksum whenever it comes from the disk.
 */
export class Segment {
  readonly info: SegmentInfo;
  readonly #file: number;
  readonly #starts: Uint32Array;
  readonly #checksums: Uint32Array;
  readonly #chunks: (Uint32Array | undefined)[];
  #scratch = new Uint32Array(0);
  #taken = 0;
  #memory: ResidentMemory | null = null;
  #warming = false;
  #closed = false;

  private constructor(info: SegmentInfo, file: number, directory: Uint32Array) {
    this.info = info;
    this.#file = file;
    this.#starts = directory.subarray(0, blocksOf(info.bits) + 1);
    this.#checksums = directory.subarray(blocksOf(info.bits) + 1);
    this.#chunks = new Array(Math.ceil(blocksOf(info.bits) / CHUNK));
  }

  /** Reads the directory only. Throws BadIndex; ENOENT where the file is not there. */
  static open(path: string, info: SegmentInfo): Segment {
    const file = openSync(join(path, fileName(info.name)), 'r');
    try {
      const { size } = fstatSync(file);
      const expected = 4 * WORDS_PER_GENE * info.entries + directoryBytes(info.bits);
      if (size !== info.bytes || size !== expected)
        throw new BadIndex(`A segment has ${size} bytes, not ${info.bytes}`);
      const words = new Uint32Array(directoryBytes(info.bits) / 4);
      const bytes = Buffer.from(words.buffer);
      const got = readSync(file, bytes, 0, bytes.length, 4 * WORDS_PER_GENE * info.entries);
      if (got !== bytes.length || crc32(bytes) !== info.checksum) throw new BadIndex('A directory is damaged');
      return new Segment(info, file, words);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  get chunks(): number {
    return this.#chunks.length;
  }

  /**
   * Answers what is UNDECIDED. Genes come sorted, so that each block is looked for once.
   */
  lookup({ high, low }: GeneSet, answers: Uint32Array): void {
    const { bits } = this.info;
    const shift = 32 - bits;
    const scale = 2 ** -shift;
    const starts = this.#starts;
    const chunks = this.#chunks;
    for (let i = 0; i < high.length; i++) {
      if (answers[i] !== UNDECIDED) continue;
      const h = high[i] ?? 0;
      const block = bits === 0 ? 0 : h >>> shift;
      const start = starts[block] ?? 0;
      const count = (starts[block + 1] ?? 0) - start;
      if (count === 0) continue;
      const chunk = chunks[block >>> CHUNK_BITS];
      const words = chunk ?? this.#readInto(block, start, count);
      const base = chunk === undefined ? 0 : WORDS_PER_GENE * (start - (starts[block & ~(CHUNK - 1)] ?? 0));
      const within = bits === 0 ? h * scale : (h - block * 2 ** shift) * scale;
      let at = base + Math.floor(within * count);
      const end = base + count;
      // Where the high halves reach h: some ten steps from where an even spread would have it.
      let steps = STEPS;
      if ((words[at] ?? 0) < h) {
        while (at < end && (words[at] ?? 0) < h) {
          if (steps-- === 0) at = firstAtLeast(words, at, end, h) - 1;
          at++;
        }
      } else {
        while (at > base && (words[at - 1] ?? 0) >= h) {
          if (steps-- === 0) at = firstAtLeast(words, base, at, h) + 1;
          at--;
        }
      }
      const l = low[i] ?? 0;
      for (; at < end && words[at] === h; at++) {
        if (words[at + count] !== l) continue;
        answers[i] = words[at + 2 * count] ?? 0;
        break;
      }
    }
  }

  /** The words of one chunk, checked. */
  readChunk(chunk: number): Uint32Array {
    const kept = this.#chunks[chunk];
    if (kept !== undefined) return kept;
    const words = this.#room(chunk);
    const bytes = Buffer.from(words.buffer);
    if (readSync(this.#file, bytes, 0, bytes.length, this.#offset(chunk)) !== bytes.length) throw this.#damaged();
    this.#check(chunk, words);
    return words;
  }

  /** The blocks of a chunk as columns, in order, with the number of each. */
  *blocks(chunk: number, words: Uint32Array): Generator<{ readonly block: number; readonly entries: Columns }> {
    const [first, last] = this.#range(chunk);
    for (let block = first; block < last; block++) {
      const start = this.#starts[block] ?? 0;
      const count = (this.#starts[block + 1] ?? 0) - start;
      if (count === 0) continue;
      const base = WORDS_PER_GENE * (start - (this.#starts[first] ?? 0));
      const part = (column: number): Uint32Array => words.subarray(base + column * count, base + (column + 1) * count);
      yield { block, entries: { high: part(0), low: part(1), value: part(2) } };
    }
  }

  /** The least high half that a chunk may hold. */
  chunkStart(chunk: number): number {
    return firstOf(this.#range(chunk)[0], this.info.bits);
  }

  /** Brings it into memory at once, as far as it fits. For a segment that is small. */
  warmNow(memory: ResidentMemory): void {
    this.#memory = memory;
    for (let chunk = 0; chunk < this.#chunks.length; chunk++) {
      if (this.#chunks[chunk] === undefined && this.#take(chunk)) this.#chunks[chunk] = this.readChunk(chunk);
    }
  }

  /** Brings it into memory without holding up the thread, as far as it fits. Throws BadIndex. */
  async warm(memory: ResidentMemory): Promise<void> {
    if (this.#warming) return;
    this.#memory = memory;
    this.#warming = true;
    try {
      for (let chunk = 0; chunk < this.#chunks.length && !this.#closed; chunk++) {
        if (this.#chunks[chunk] !== undefined || !this.#take(chunk)) continue;
        const words = this.#room(chunk);
        const bytes = Buffer.from(words.buffer);
        const { bytesRead } = await readBytes(this.#file, bytes, 0, bytes.length, this.#offset(chunk));
        if (bytesRead !== bytes.length) throw this.#damaged();
        this.#check(chunk, words);
        if (!this.#closed) this.#chunks[chunk] = words;
      }
    } finally {
      this.#warming = false;
      if (this.#closed) closeSync(this.#file);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#chunks.fill(undefined);
    this.#memory?.give(this.#taken);
    this.#taken = 0;
    // A read under way must not meet a file that was opened since under the same number.
    if (!this.#warming) closeSync(this.#file);
  }

  #take(chunk: number): boolean {
    const [first, last] = this.#range(chunk);
    const bytes = 4 * WORDS_PER_GENE * ((this.#starts[last] ?? 0) - (this.#starts[first] ?? 0));
    if (this.#closed || this.#memory?.take(bytes) !== true) return false;
    this.#taken += bytes;
    return true;
  }

  #range(chunk: number): readonly [number, number] {
    return [chunk * CHUNK, Math.min((chunk + 1) * CHUNK, blocksOf(this.info.bits))];
  }

  #offset(chunk: number): number {
    return 4 * WORDS_PER_GENE * (this.#starts[chunk * CHUNK] ?? 0);
  }

  #room(chunk: number): Uint32Array<ArrayBuffer> {
    const [first, last] = this.#range(chunk);
    return new Uint32Array(WORDS_PER_GENE * ((this.#starts[last] ?? 0) - (this.#starts[first] ?? 0)));
  }

  #check(chunk: number, words: Uint32Array): void {
    const [first, last] = this.#range(chunk);
    const origin = this.#starts[first] ?? 0;
    for (let block = first; block < last; block++) {
      const start = (this.#starts[block] ?? 0) - origin;
      const count = (this.#starts[block + 1] ?? 0) - origin - start;
      if (count > 0) this.#checkBlock(block, words, WORDS_PER_GENE * start, WORDS_PER_GENE * count);
    }
  }

  #checkBlock(block: number, words: Uint32Array, from: number, length: number): void {
    const bytes = new Uint8Array(words.buffer, words.byteOffset + 4 * from, 4 * length);
    if (crc32(bytes) !== this.#checksums[block]) throw this.#damaged();
  }

  /** One block from the disk, valid until the next. */
  #readInto(block: number, start: number, count: number): Uint32Array {
    const length = WORDS_PER_GENE * count;
    if (this.#scratch.length < length) this.#scratch = new Uint32Array(length);
    const bytes = new Uint8Array(this.#scratch.buffer, 0, 4 * length);
    if (readSync(this.#file, bytes, 0, bytes.length, 4 * WORDS_PER_GENE * start) !== bytes.length)
      throw this.#damaged();
    this.#checkBlock(block, this.#scratch, 0, length);
    return this.#scratch;
  }

  #damaged(): BadIndex {
    return new BadIndex(`The segment ${this.info.name} is damaged`);
  }
}

/** What the newest of the segments says that says anything; 0 where none does. `segments` from the oldest on. */
export function lookupIn(segments: readonly Segment[], genes: GeneSet): Uint32Array {
  const answers = new Uint32Array(genes.high.length).fill(UNDECIDED);
  for (let i = segments.length - 1; i >= 0; i--) segments[i]?.lookup(genes, answers);
  for (let i = 0; i < answers.length; i++) if (answers[i] === UNDECIDED) answers[i] = 0;
  return answers;
}
