import { crc32 } from 'node:zlib';

/**
 * Genes are uniform hashes, so the index is cut by their leading bits into buckets of some thousand genes. A bucket
 * is one value of the store: words of [checksum, count, high halves, low halves, set ids], little-endian.
 */
const HEADER = 2;

/** Genes for one bucket at the most, on the average; more and the buckets are halved. */
export const GENES_PER_BUCKET = 2048;

const MAX_BITS = 24;

export interface Bucket {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly set: Uint32Array;
}

export const EMPTY_BUCKET: Bucket = {
  high: new Uint32Array(0),
  low: new Uint32Array(0),
  set: new Uint32Array(0),
};

/** Leading bits for so many genes. */
export function bitsFor(genes: number): number {
  return Math.min(MAX_BITS, Math.max(0, Math.ceil(Math.log2(Math.max(1, genes) / GENES_PER_BUCKET))));
}

/** The bucket of a gene, from the high half of its hash. */
export function bucketOf(high: number, bits: number): number {
  return bits === 0 ? 0 : high >>> (32 - bits);
}

export function encodeBucket({ high, low, set }: Bucket): Buffer {
  const words = new Uint32Array(HEADER + 3 * high.length);
  words[1] = high.length;
  words.set(high, HEADER);
  words.set(low, HEADER + high.length);
  words.set(set, HEADER + 2 * high.length);
  const bytes = Buffer.from(words.buffer);
  words[0] = crc32(bytes.subarray(4));
  return bytes;
}

/**
 * A copy of the stored bucket; null where its bytes are not what was written. `bytes` may be lmdb's shared buffer,
 * whose `length` is that of the value while the buffer behind it is longer.
 */
export function decodeBucket(bytes: Uint8Array): Bucket | null {
  if (bytes.length < 4 * HEADER || bytes.length % 4 !== 0) return null;
  const words = new Uint32Array(bytes.length >>> 2);
  new Uint8Array(words.buffer).set(bytes.subarray(0, bytes.length));
  const count = words[1] ?? 0;
  if (words.length !== HEADER + 3 * count) return null;
  if (crc32(new Uint8Array(words.buffer, 4)) !== words[0]) return null;
  return {
    high: words.subarray(HEADER, HEADER + count),
    low: words.subarray(HEADER + count, HEADER + 2 * count),
    set: words.subarray(HEADER + 2 * count),
  };
}

/** The part of a bucket that the finer bucket `index` of `bits` leading bits takes; the genes are sorted. */
export function partOf(bucket: Bucket, index: number, bits: number): Bucket {
  const bound = (of: number): number => {
    let low = 0;
    let high = bucket.high.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bucketOf(bucket.high[middle] ?? 0, bits) >= of) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const [from, to] = [bound(index), bound(index + 1)];
  return {
    high: bucket.high.subarray(from, to),
    low: bucket.low.subarray(from, to),
    set: bucket.set.subarray(from, to),
  };
}
