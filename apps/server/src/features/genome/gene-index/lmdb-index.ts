import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGene, type GeneSet } from '@genehound/genes';
import type { Transaction } from 'lmdb';
import { type Bucket, bucketOf, decodeBucket, EMPTY_BUCKET } from './bucket.ts';
import type { GeneIndex, NumberedSet } from './gene-index.ts';
import { LabelSetTable } from './label-set-table.ts';
import { BadIndex, type IndexFile, type IndexMeta, openFile, readMeta, readSets } from './lmdb-file.ts';
import { verifyFile } from './merge-file.ts';

/** Decoded buckets kept in memory: 12 bytes a gene, so that some 20 million genes are answered without the store. */
const CACHE_BYTES = 256 * 2 ** 20;

/** Marks a directory whose file is being read for the first time: where it brought the process down, it is bad. */
const VERIFYING = 'verifying';

/** A read transaction of the newest commit, held until it is done(). */
function pin(file: IndexFile): Transaction {
  file.root.resetReadTxn();
  // biome-ignore lint/correctness/useHookAtTopLevel: lmdb's name for it; there is no React here.
  return file.root.useReadTransaction();
}

/**
 * The reader of one index file. It holds a read transaction, so that what it answers is of one generation while a
 * merge goes on in another thread; `refresh` moves it to the newest.
 */
export class LmdbIndex implements GeneIndex {
  readonly directory: string;
  readonly #file: IndexFile;
  readonly #cacheBytes: number;
  readonly #cache = new Map<number, Bucket>();
  readonly #table = new LabelSetTable();
  #cached = 0;
  #meta: IndexMeta;
  #transaction: Transaction;

  private constructor(directory: string, file: IndexFile, cacheBytes: number) {
    this.directory = directory;
    this.#file = file;
    this.#cacheBytes = cacheBytes;
    this.#transaction = pin(file);
    this.#meta = readMeta(file);
    readSets(file, this.#table, this.#meta);
  }

  /** Opens, checks and warms an index; an empty directory is an empty index. Throws BadIndex. */
  static open(directory: string, cacheBytes: number = CACHE_BYTES): LmdbIndex {
    const marker = join(directory, VERIFYING);
    if (existsSync(marker)) throw new BadIndex('Reading the index ended the last process');
    const file = openFile(directory);
    writeFileSync(marker, '');
    try {
      const index = new LmdbIndex(directory, file, cacheBytes);
      verifyFile(file, (number, bucket) => index.#keep(number, bucket));
      return index;
    } catch (error) {
      void file.root.close();
      throw error instanceof BadIndex ? error : new BadIndex(`The index cannot be read: ${String(error)}`);
    } finally {
      rmSync(marker, { force: true });
    }
  }

  get generation(): number {
    return this.#meta.generation;
  }

  get genes(): number {
    return this.#meta.genes;
  }

  get lastLabel(): string | null {
    return this.#meta.lastLabel;
  }

  lookup(genes: GeneSet): Uint32Array {
    const { bits } = this.#meta;
    const count = genes.high.length;
    const result = new Uint32Array(count);
    let number = -1;
    let bucket = EMPTY_BUCKET;
    for (let i = 0; i < count; i++) {
      const high = genes.high[i] ?? 0;
      const wanted = bucketOf(high, bits);
      if (wanted !== number) {
        number = wanted;
        bucket = this.#bucket(number);
      }
      const at = findGene(bucket, high, genes.low[i] ?? 0);
      if (at >= 0) result[i] = bucket.set[at] ?? 0;
    }
    return result;
  }

  labelSet(id: number): NumberedSet {
    return this.#table.get(id);
  }

  /** Moves to the newest committed generation. */
  refresh(): void {
    this.#transaction.done();
    this.#transaction = pin(this.#file);
    this.#meta = readMeta(this.#file);
    readSets(this.#file, this.#table, this.#meta);
    this.#cache.clear();
    this.#cached = 0;
  }

  async close(): Promise<void> {
    this.#transaction.done();
    await this.#file.root.close();
  }

  #bucket(number: number): Bucket {
    const cached = this.#cache.get(number);
    if (cached !== undefined) return cached;
    const bytes = this.#file.buckets.get(number, { transaction: this.#transaction });
    const bucket = bytes === undefined ? EMPTY_BUCKET : decodeBucket(bytes);
    if (bucket === null) throw new BadIndex(`Bucket ${number} is damaged`);
    this.#keep(number, bucket);
    return bucket;
  }

  /** First in, first out: genes are uniform hashes, so that no bucket is hotter than another. */
  #keep(number: number, bucket: Bucket): void {
    this.#cache.set(number, bucket);
    this.#cached += bucket.high.byteLength * 3;
    for (const [oldest, { high }] of this.#cache) {
      if (this.#cached <= this.#cacheBytes) return;
      this.#cache.delete(oldest);
      this.#cached -= high.byteLength * 3;
    }
  }
}
