import type { GeneLabels } from '@genehound/genes';

/** Genes of a sketch. Of two members that share a quarter of their own code, some eight are the same. */
const SKETCH_GENES = 32;
/** Share of a sketch that two members of a cluster have in common at least. */
const SIMILAR = 0.25;

/**
 * The smallest genes that no family has, as bytes in their order. Genes are hashes: the smallest are a fair sample, and
 * the same code has the same ones wherever it lies.
 */
export function sketchOf({ genes, set, sets }: GeneLabels): readonly Buffer[] {
  const sketch: Buffer[] = [];
  for (let i = 0; i < genes.high.length && sketch.length < SKETCH_GENES; i++) {
    const labels = sets[set[i] ?? 0];
    if (labels !== undefined && (labels.common || labels.families.length > 0)) continue;
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(genes.high[i] ?? 0, 0);
    bytes.writeUInt32BE(genes.low[i] ?? 0, 4);
    sketch.push(bytes);
  }
  return sketch;
}

/** True where two sketches, the smaller of `size` genes, share enough for one cluster. */
export function isSimilar(shared: number, size: number): boolean {
  return shared > 0 && shared >= SIMILAR * size;
}
