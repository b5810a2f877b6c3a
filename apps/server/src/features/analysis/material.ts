import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { decodeGeneSet, decodeGenome, type GeneSet, type Genome } from '@genehound/genes';
import { text } from '../../platform/database.ts';
import type { GenomeRow, NewGenome } from './analysis-store.ts';
import type { Extracted } from './extraction/frames.ts';

/** What a verdict is made from: the outcome of an analysis, without labels. */
export interface Material {
  readonly state: 'done' | 'failed' | 'unsupported';
  readonly problems: readonly string[];
  readonly genome: Genome | null;
  readonly genes: GeneSet | null;
  /** Its bytes were never here: a label on the hash stands for them, or nothing is known of it. */
  readonly unread?: true;
}

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Bytes: more than the genome of the largest artifact. */
const LARGEST_GENOME = 2 ** 31;
const PROBLEMS = 20;
const PROBLEM_LENGTH = 300;

function sentences(genome: Genome): readonly string[] {
  return genome.problems.slice(0, PROBLEMS).map(({ message }) => text(message.slice(0, PROBLEM_LENGTH)));
}

/** A genome without code of which the parser says that it does not know such files. */
function isUnsupported(genome: Genome): boolean {
  return (
    genome.codeBytes === 0 &&
    genome.problems.some(({ code }) => code.startsWith('unsupported-') || code === 'unknown-format')
  );
}

export function materialOf(genome: Genome, genes: GeneSet): Material {
  return { state: isUnsupported(genome) ? 'unsupported' : 'done', problems: sentences(genome), genome, genes };
}

/** An artifact whose code is not known, and why. */
export function withoutGenome(state: Material['state'], problem: string | null): Material {
  return { state, problems: problem === null ? [] : [problem], genome: null, genes: null };
}

/** An artifact whose bytes were not asked for, because a label named its hash. */
export const UNREAD: Material = { ...withoutGenome('done', null), unread: true };

/** What it is where no label stands for its bytes any more: a gap in what was read, never a silent "unknown". */
export const NOT_READ: Material = withoutGenome(
  'failed',
  'It was not read: the label that stood for its bytes holds no longer',
);

/** Why there is no genome; what a parser only noticed in passing is in the evidence. */
export function problemOf({ state, problems }: Material): string | null {
  return state === 'done' ? null : (problems[0] ?? null);
}

export async function toRow(extracted: Extracted): Promise<NewGenome> {
  return {
    instructionSet: extracted.genome.instructionSet,
    geneCount: extracted.geneCount,
    codeBytes: extracted.genome.codeBytes,
    genes: extracted.encodedGenes,
    body: await compress(extracted.encodedGenome),
  };
}

/** Throws where the stored bytes are damaged: that is no property of the artifact. */
export async function fromRow(row: GenomeRow): Promise<Material> {
  const genome = decodeGenome(await decompress(row.body, { maxOutputLength: LARGEST_GENOME }));
  const genes = decodeGeneSet(row.genes);
  if (genome === undefined || genes.problems.length > 0) throw new Error('A stored genome is damaged');
  return materialOf(genome, genes);
}
