import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Columns } from './columns.ts';
import { blockOf, blocksOf, directoryBytes, fileName, type SegmentInfo, WORDS_PER_GENE } from './segment-layout.ts';

/** Words that are collected before they are written: 4 MiB. */
const BUFFER_WORDS = 2 ** 20;

/** Writes one segment, block after block, with memory for a few megabytes of it. */
export class SegmentWriter {
  readonly #directory: string;
  readonly #name: string;
  readonly #bits: number;
  readonly #file: number;
  readonly #starts: Uint32Array;
  readonly #checksums: Uint32Array;
  #buffer = new Uint32Array(BUFFER_WORDS);
  #filled = 0;
  #written = 0;
  #entries = 0;
  #block = 0;
  #open = true;

  constructor(directory: string, name: string, bits: number) {
    this.#directory = directory;
    this.#name = name;
    this.#bits = bits;
    this.#file = openSync(this.#temporary, 'w', 0o600);
    this.#starts = new Uint32Array(blocksOf(bits) + 1);
    this.#checksums = new Uint32Array(blocksOf(bits));
  }

  get #temporary(): string {
    return join(this.#directory, `${this.#name}.new`);
  }

  /** Entries of whole blocks, in the order of the blocks, none of a block that an earlier call had. */
  add(entries: Columns): void {
    const count = entries.high.length;
    for (let from = 0; from < count; ) {
      const block = blockOf(entries.high[from] ?? 0, this.#bits);
      let to = from + 1;
      while (to < count && blockOf(entries.high[to] ?? 0, this.#bits) === block) to++;
      this.#put(block, entries, from, to);
      from = to;
    }
  }

  /** Makes the file durable under its name. */
  finish(): SegmentInfo {
    const blocks = blocksOf(this.#bits);
    while (this.#block < blocks) this.#starts[++this.#block] = this.#entries;
    this.#flush();
    const directory = Buffer.concat([
      Buffer.from(this.#starts.buffer),
      Buffer.from(this.#checksums.buffer, 0, 4 * blocks),
    ]);
    this.#write(directory);
    fsyncSync(this.#file);
    this.#close();
    renameSync(this.#temporary, join(this.#directory, fileName(this.#name)));
    return {
      name: this.#name,
      entries: this.#entries,
      bits: this.#bits,
      bytes: 4 * WORDS_PER_GENE * this.#entries + directoryBytes(this.#bits),
      checksum: crc32(directory),
    };
  }

  /** Removes what was written. */
  abort(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    if (this.#open) closeSync(this.#file);
    this.#open = false;
  }

  #put(block: number, { high, low, value }: Columns, from: number, to: number): void {
    if (block < this.#block) throw new RangeError(`Block ${block} comes behind block ${this.#block}`);
    while (this.#block < block) this.#starts[++this.#block] = this.#entries;
    const count = to - from;
    const words = WORDS_PER_GENE * count;
    if (this.#filled + words > this.#buffer.length) this.#flush();
    if (words > this.#buffer.length) this.#buffer = new Uint32Array(words);
    this.#buffer.set(high.subarray(from, to), this.#filled);
    this.#buffer.set(low.subarray(from, to), this.#filled + count);
    this.#buffer.set(value.subarray(from, to), this.#filled + 2 * count);
    this.#checksums[block] = crc32(Buffer.from(this.#buffer.buffer, 4 * this.#filled, 4 * words));
    this.#filled += words;
    this.#entries += count;
    this.#starts[++this.#block] = this.#entries;
  }

  #flush(): void {
    this.#write(Buffer.from(this.#buffer.buffer, 0, 4 * this.#filled));
    this.#filled = 0;
  }

  #write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      const count = writeSync(this.#file, bytes, done, bytes.length - done, this.#written);
      done += count;
      this.#written += count;
    }
  }
}
