import type { Layout } from '@genehound/contract';
import { decodeGeneSet, decodeGenome, type GeneSet, type Genome, SCHEME } from '@genehound/genes';

/**
 * What goes between the server and an extracting child, over its standard input and output. A frame is its length
 * as an unsigned 32-bit number, little-endian, and so many bytes.
 *   question: layout (1 byte), the artifact
 *   answer: length of the genome (4 bytes), distinct fuzzy genes (4 bytes), encoded genome, encoded gene set
 */
const LAYOUT_CODES: readonly Layout[] = ['file', 'mapped', 'raw'];
export const FRAME_HEADER = 4;
const ANSWER_HEADER = 8;

/** The header that goes before the artifact's own bytes, which are not copied. */
export function questionHeader(layout: Layout, size: number): Buffer {
  const header = Buffer.alloc(FRAME_HEADER + 1);
  header.writeUInt32LE(size + 1);
  header[FRAME_HEADER] = LAYOUT_CODES.indexOf(layout);
  return header;
}

/** A question without its length; null where it names no layout. */
export function readQuestion(body: Uint8Array): { readonly layout: Layout; readonly bytes: Uint8Array } | null {
  const layout = LAYOUT_CODES[body[0] ?? 255];
  return layout === undefined ? null : { layout, bytes: body.subarray(1) };
}

export function writeAnswer(genome: Uint8Array, geneCount: number, genes: Uint8Array): readonly Buffer[] {
  const header = Buffer.alloc(FRAME_HEADER + ANSWER_HEADER);
  header.writeUInt32LE(ANSWER_HEADER + genome.length + genes.length);
  header.writeUInt32LE(genome.length, FRAME_HEADER);
  header.writeUInt32LE(geneCount, FRAME_HEADER + 4);
  return [header, Buffer.from(genome.buffer, genome.byteOffset, genome.length), Buffer.from(genes)];
}

/**
 * The most that an honest answer takes: a block of six instructions has at least six bytes and gives 23 bytes of
 * genome and two genes of nine.
 */
export function answerLimit(artifactBytes: number): number {
  return 65_536 + 10 * artifactBytes;
}

export interface Extracted {
  readonly genome: Genome;
  readonly encodedGenome: Uint8Array;
  /** The distinct genes of every form. */
  readonly genes: GeneSet;
  readonly encodedGenes: Uint8Array;
  /** Distinct fuzzy genes. */
  readonly geneCount: number;
}

/** Reads an answer without its length as if its writer had been taken over: null for anything that does not fit. */
export function readAnswer(body: Buffer): Extracted | null {
  if (body.length < ANSWER_HEADER) return null;
  const genomeLength = body.readUInt32LE(0);
  const geneCount = body.readUInt32LE(4);
  if (genomeLength > body.length - ANSWER_HEADER) return null;
  const encodedGenome = body.subarray(ANSWER_HEADER, ANSWER_HEADER + genomeLength);
  const encodedGenes = body.subarray(ANSWER_HEADER + genomeLength);
  const genome = decodeGenome(encodedGenome);
  const genes = decodeGeneSet(encodedGenes);
  if (genome === undefined || genome.scheme !== SCHEME || genes.scheme !== SCHEME || genes.problems.length > 0)
    return null;
  if (geneCount > genome.fuzzyHigh.length) return null;
  return { genome, encodedGenome, genes, encodedGenes, geneCount };
}
