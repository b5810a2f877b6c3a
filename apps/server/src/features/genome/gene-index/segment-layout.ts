import { z } from 'zod';

/**
 * A segment is one immutable file of sorted entries. Genes are uniform hashes, so it is cut by their leading bits
 * into blocks: [high halves, low halves, values], 12 bytes an entry, little-endian. Behind the blocks lies the
 * directory: for each block the number of entries before it, one closing number, and a checksum for each block.
 */
export const WORDS_PER_GENE = 3;

/** Entries of one block at the most, on the average: 6 KiB, which one read of the disk brings. */
const GENES_PER_BLOCK = 512;
const MOST_BITS = 24;

/** Leading bits for so many entries. */
export function bitsFor(genes: number): number {
  return Math.min(MOST_BITS, Math.max(0, Math.ceil(Math.log2(Math.max(1, genes) / GENES_PER_BLOCK))));
}

/** The block of a gene, from the high half of its hash. */
export function blockOf(high: number, bits: number): number {
  return bits === 0 ? 0 : high >>> (32 - bits);
}

/** The least high half of block `block`; 2^32 for the one behind the last. */
export function firstOf(block: number, bits: number): number {
  return block * 2 ** (32 - bits);
}

export const segmentInfo = z.object({
  name: z.string().regex(/^[0-9a-z-]{1,60}$/),
  entries: z.int().nonnegative(),
  bits: z.int().nonnegative().max(MOST_BITS),
  /** Length of the file. */
  bytes: z.int().nonnegative(),
  /** CRC-32 of the directory, which holds those of the blocks. */
  checksum: z.int().nonnegative(),
});
export type SegmentInfo = z.infer<typeof segmentInfo>;

export function blocksOf(bits: number): number {
  return 2 ** bits;
}

export function directoryBytes(bits: number): number {
  return 4 * (2 * blocksOf(bits) + 1);
}

export function fileName(name: string): string {
  return `${name}.segment`;
}
