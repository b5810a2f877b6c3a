/**
 * A segment of postings: which artifacts have a gene, for a fixed set of artifacts. One file, written once:
 *
 *   header      64 bytes, below
 *   artifacts   float64 each, ascending: the artifacts' numbers; an entry names one by its place here
 *   table       uint32 for each bucket and one more: the first entry of the bucket
 *   entries     bucket by bucket: of all its entries the rest of the gene, then of all its entries the artifact's place
 *
 * A gene is kept by its leading 40 bits: the bucket is the first `bits` of them, the rest stands in the entry. What is
 * found is a candidate, to be checked against the artifact's own genes: among 10^9 entries, 50,000 other genes meet
 * 45 of them by chance. Everything is little-endian, as on every platform that Node runs on.
 */

const GENE_BITS = 40;
export const HEADER_BYTES = 64;
const MAGIC = 0x504f4847;
const VERSION = 1;
/** An entry names its artifact in 24 bits at most, beside the gene in one 64-bit word. */
const MOST_ARTIFACTS = 2 ** 24;
export const MOST_ENTRIES = 2 ** 32 - 1;

export interface SegmentShape {
  readonly scheme: number;
  readonly artifacts: number;
  readonly entries: number;
  /** Leading bits of a gene that choose its bucket. */
  readonly bits: number;
  /** Bytes of an entry: the rest of the gene, and the artifact's place. */
  readonly restBytes: number;
  readonly placeBytes: number;
}

export interface SegmentHeader extends SegmentShape {
  /** CRC-32 of artifacts and table, and of the entries. */
  readonly tableCheck: number;
  readonly entriesCheck: number;
}

/** Whole bytes for the rest of a gene; from 134 million entries on two suffice. */
export function shapeOf(scheme: number, artifacts: number, entries: number): SegmentShape {
  const bits = entries >= 2 ** 27 ? 24 : entries >= 2 ** 19 ? 16 : 8;
  const placeBytes = artifacts <= 2 ** 8 ? 1 : artifacts <= 2 ** 16 ? 2 : 3;
  return { scheme, artifacts, entries, bits, restBytes: (GENE_BITS - bits) / 8, placeBytes };
}

export const entryBytes = ({ restBytes, placeBytes }: SegmentShape): number => restBytes + placeBytes;
export const tableStart = ({ artifacts }: SegmentShape): number => HEADER_BYTES + 8 * artifacts;
export const entriesStart = (shape: SegmentShape): number => tableStart(shape) + 4 * (2 ** shape.bits + 1);
export const fileSize = (shape: SegmentShape): number => entriesStart(shape) + shape.entries * entryBytes(shape);

export function encodeHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const words = [
    MAGIC,
    VERSION,
    header.scheme,
    header.bits,
    header.artifacts,
    header.entries,
    header.tableCheck,
    header.entriesCheck,
  ];
  words.forEach((word, index) => {
    bytes.writeUInt32LE(word, 4 * index);
  });
  return bytes;
}

/** null for bytes that are no header of this format. */
export function decodeHeader(bytes: Buffer): SegmentHeader | null {
  if (bytes.length < HEADER_BYTES) return null;
  const word = (index: number): number => bytes.readUInt32LE(4 * index);
  if (word(0) !== MAGIC || word(1) !== VERSION) return null;
  const shape = shapeOf(word(2), word(4), word(5));
  if (shape.bits !== word(3) || shape.artifacts > MOST_ARTIFACTS) return null;
  return { ...shape, tableCheck: word(6), entriesCheck: word(7) };
}

/**
 * Entries in memory, two 32-bit halves each as in a BigUint64Array: the gene's leading 32 bits above, below them the
 * next 8 and the artifact's place in 24. Sorted as 64-bit numbers they are in order of gene, then of artifact.
 */
export type Words = Uint32Array<ArrayBuffer>;

export function sortWords(words: Words): void {
  new BigUint64Array(words.buffer, words.byteOffset, words.length >>> 1).sort();
}

export const lowWord = (geneLow: number, place: number): number => ((geneLow & 0xff00_0000) | place) >>> 0;

/** Bucket of a gene. */
export function bucketOf(high: number, bits: number): number {
  return high >>> (32 - bits);
}

/** The gene's bits behind those of its bucket, as a number below 2^32. */
export function restOf(high: number, low: number, bits: number): number {
  return (((high << bits) >>> bits) * 2 ** 8 + (low >>> 24)) % 2 ** (GENE_BITS - bits);
}
