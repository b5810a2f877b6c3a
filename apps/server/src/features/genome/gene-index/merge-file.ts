import { type Bucket, bitsFor, bucketOf, decodeBucket, EMPTY_BUCKET, encodeBucket, partOf } from './bucket.ts';
import type { MergeBatch } from './gene-index.ts';
import { LabelSetTable } from './label-set-table.ts';
import { BadIndex, type IndexFile, readMeta, readSets, writeSets } from './lmdb-file.ts';
import { addFamilies, layOut, mergeBucket } from './merge-bucket.ts';

/**
 * Adds a batch in one transaction: readers see all of it or nothing, and so does the next start after a kill.
 * Adding labels again changes nothing. Blocks its thread for about a second per two million genes.
 */
export function mergeIntoFile(file: IndexFile, batch: MergeBatch): void {
  const meta = readMeta(file);
  const table = new LabelSetTable();
  readSets(file, table, meta);
  const added = batch.labelled.reduce((sum, { genes }) => sum + genes.high.length, 0);
  const bits = Math.max(meta.bits, bitsFor(meta.genes + added));
  // Without old genes there is nothing to cut finer.
  const oldBits = meta.genes === 0 ? bits : meta.bits;
  const { entries, starts } = layOut(batch, oldBits);
  const add = addFamilies(batch, table);
  let genes = meta.genes;
  file.root.transactionSync(() => {
    // Downwards: the finer buckets of b never have a number below b, where old ones are still to be read.
    for (let b = starts.length - 2; b >= 0; b--) {
      const [from, to] = [starts[b] ?? 0, starts[b + 1] ?? 0];
      if (from === to && bits === oldBits) continue;
      const bytes = meta.genes === 0 ? undefined : file.buckets.getBinaryFast(b);
      const old = bytes === undefined ? EMPTY_BUCKET : decodeBucket(bytes);
      if (old === null) throw new BadIndex(`Bucket ${b} is damaged`);
      const merged = mergeBucket(old, entries, from, to, add);
      genes += merged.high.length - old.high.length;
      const first = b << (bits - oldBits);
      for (let finer = first; finer < first + (1 << (bits - oldBits)); finer++) {
        file.buckets.putSync(finer, encodeBucket(partOf(merged, finer, bits)));
      }
    }
    writeSets(file, table, meta.sets);
    const lastLabel = batch.lastLabel ?? meta.lastLabel;
    file.meta.putSync('meta', {
      ...meta,
      setsChecksum: table.checksum,
      generation: batch.generation,
      bits,
      genes,
      sets: table.size,
      lastLabel,
    });
  });
}

/** Reads every bucket once; throws BadIndex for the first that is not what was written. */
export function verifyFile(file: IndexFile, visit: (index: number, bucket: Bucket) => void): void {
  const meta = readMeta(file);
  const table = new LabelSetTable();
  readSets(file, table, meta);
  let genes = 0;
  for (let b = 0; b < 1 << meta.bits; b++) {
    const bytes = file.buckets.getBinaryFast(b);
    if (bytes === undefined) continue;
    const bucket = decodeBucket(bytes);
    if (bucket === null) throw new BadIndex(`Bucket ${b} is damaged`);
    const last = bucket.high.length - 1;
    const foreign =
      last >= 0 &&
      (bucketOf(bucket.high[0] ?? 0, meta.bits) !== b || bucketOf(bucket.high[last] ?? 0, meta.bits) !== b);
    if (foreign || bucket.set.some((id) => id >= table.size)) throw new BadIndex(`Bucket ${b} is not of this index`);
    genes += bucket.high.length;
    visit(b, bucket);
  }
  if (genes !== meta.genes) throw new BadIndex(`The index holds ${genes} genes and says ${meta.genes}`);
}
