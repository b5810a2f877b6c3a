import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter } from '../bytes.ts';
import { decodeGeneSet, encodeGeneSet } from '../gene-set.ts';
import { LIMITS, PACK_LAYOUTS, PackError, type PackGenes, type PackLabel, type PackTotals } from './pack-format.ts';

/** For each gene the place of its label set (all low bytes, then all high bytes), and behind them the sets. */
export function encodeSets({ set, sets }: Pick<PackGenes, 'set' | 'sets'>): Uint8Array {
  const tail = new ByteWriter(16 * sets.length);
  tail.varint(sets.length);
  for (const families of sets) {
    tail.varint(families.length);
    for (const family of families) tail.varint(family);
  }
  const rest = tail.finish();
  const bytes = new Uint8Array(2 * set.length + rest.length);
  for (let i = 0; i < set.length; i++) {
    bytes[i] = (set[i] ?? 0) & 0xff;
    bytes[set.length + i] = (set[i] ?? 0) >>> 8;
  }
  bytes.set(rest, 2 * set.length);
  return bytes;
}

/** Throws PackError. `count`: of the genes; a family is below `families`. */
export function decodeSets(bytes: Uint8Array, count: number, families: number): Pick<PackGenes, 'set' | 'sets'> {
  if (bytes.length < 2 * count) throw new PackError('A frame of genes is damaged');
  const sets = readSets(new ByteReader(bytes.subarray(2 * count)), families);
  const set = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const place = (bytes[i] ?? 0) | ((bytes[count + i] ?? 0) << 8);
    if (place >= sets.length) throw new PackError('A gene names a label set that is not there');
    set[i] = place;
  }
  return { set, sets };
}

/** Genes of one frame: u32 bytes of the gene set, the set, then what encodeSets gives. */
export function encodeGenes(part: PackGenes, scheme: number): Uint8Array {
  const { high, low } = part;
  if (high.length > LIMITS.entries) throw new RangeError(`${high.length} genes in one frame`);
  const genes = encodeGeneSet({ high, low }, scheme);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(genes.length, 0);
  return zstdCompressSync(Buffer.concat([head, genes, encodeSets(part)]));
}

function inflate(payload: Uint8Array): Buffer {
  try {
    return zstdDecompressSync(payload, { maxOutputLength: LIMITS.content });
  } catch {
    throw new PackError('A frame is damaged');
  }
}

function readSets(reader: ByteReader, families: number): readonly (readonly number[])[] {
  const count = reader.varint();
  if (count > LIMITS.entries) throw new PackError('A frame has too many label sets');
  const sets: (readonly number[])[] = [];
  for (let s = 0; s < count && !reader.failed; s++) {
    const length = reader.varint();
    if (length > LIMITS.familiesPerGene) throw new PackError('A label set has too many families');
    const set: number[] = [];
    for (let i = 0; i < length; i++) {
      const family = reader.varint();
      if (family >= families || family <= (set.at(-1) ?? -1)) throw new PackError('A label set is damaged');
      set.push(family);
    }
    sets.push(set);
  }
  if (reader.failed || reader.left > 0) throw new PackError('A frame of genes is damaged');
  return sets;
}

/** Throws PackError. `families`: how many the header has. */
export function decodeGenes(payload: Uint8Array, scheme: number, families: number): PackGenes {
  const content = inflate(payload);
  const length = content.length < 4 ? 0 : content.readUInt32LE(0);
  if (length > content.length - 4) throw new PackError('A frame of genes is damaged');
  const genes = decodeGeneSet(content.subarray(4, 4 + length));
  const count = genes.high.length;
  if (genes.problems.length > 0 || count === 0 || count > LIMITS.entries)
    throw new PackError('A frame of genes is damaged');
  if (genes.scheme !== scheme)
    throw new PackError(`A frame has genes of scheme ${genes.scheme}, the pack of ${scheme}`);
  if (genes.high[0] === 0 && genes.low[0] === 0) throw new PackError('A frame has the gene 0, which is none');
  return { high: genes.high, low: genes.low, ...decodeSets(content.subarray(4 + length), count, families) };
}

/** Labels of one frame: u32 count, then for each 32 bytes of SHA-256, one of the layout, the family as a varint. */
export function encodeLabels(labels: readonly PackLabel[]): Uint8Array {
  if (labels.length > LIMITS.entries) throw new RangeError(`${labels.length} labels in one frame`);
  const writer = new ByteWriter(36 * labels.length);
  writer.uint32(labels.length);
  for (const { sha256, layout, family } of labels) {
    for (const byte of sha256) writer.byte(byte);
    writer.byte(PACK_LAYOUTS.indexOf(layout));
    writer.varint(family);
  }
  return zstdCompressSync(writer.finish());
}

/** Throws PackError. */
export function decodeLabels(payload: Uint8Array, families: number): readonly PackLabel[] {
  const content = inflate(payload);
  const reader = new ByteReader(content);
  const count = reader.uint32();
  if (count === 0 || count > LIMITS.entries || count * 34 > reader.left)
    throw new PackError('A frame of labels is damaged');
  const labels: PackLabel[] = [];
  for (let i = 0; i < count; i++) {
    const sha256 = Uint8Array.from({ length: 32 }, () => reader.byte());
    const layout = PACK_LAYOUTS[reader.byte()];
    const family = reader.varint();
    if (reader.failed || layout === undefined || family >= families) throw new PackError('A label is damaged');
    labels.push({ sha256, layout, family });
  }
  if (reader.left > 0) throw new PackError('A frame of labels is damaged');
  return labels;
}

export function encodeTotals({ genes, labels }: PackTotals): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(genes), 0);
  bytes.writeBigUInt64LE(BigInt(labels), 8);
  return bytes;
}

/** Throws PackError. */
export function decodeTotals(payload: Uint8Array): PackTotals {
  if (payload.length !== 16) throw new PackError('The end of the pack is damaged');
  const bytes = Buffer.from(payload);
  return { genes: Number(bytes.readBigUInt64LE(0)), labels: Number(bytes.readBigUInt64LE(8)) };
}
