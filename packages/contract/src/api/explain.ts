import { z } from 'zod';
import { ARTIFACT_VERDICTS, FAMILY_TYPES } from '../vocabulary.ts';
import { artifactRef } from './decisions.ts';

/** Why an artifact is judged as it is: its functions and blocks, the families of each, and where a family has them. */

const address = z.string().regex(/^0x[0-9a-f]+$/);
const gene = z.string().regex(/^[0-9a-f]{16}$/);

export const functionQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** Number of the function to go on from. */
  cursor: z.coerce.number().int().min(0).optional(),
  /** Only functions in which this family has a gene; its samples are searched for the same code. */
  family: z.string().min(1).max(200).optional(),
});

/** How much of a function is whose. */
export const functionShare = z.object({
  family: z.string(),
  type: z.enum(FAMILY_TYPES),
  /** Blocks of the function that the family has; one may be in several families. */
  blocks: z.int(),
});

/** The same gene in a labelled artifact. */
export const sampleMatch = artifactRef.extend({
  /** RVA of the block there. */
  rva: address,
  /** Bytes of the block there. */
  size: z.int(),
  /** exact: the same instructions; fuzzy: the same but for registers. */
  form: z.enum(['exact', 'fuzzy']),
});

export const functionBlock = z.object({
  rva: address,
  size: z.int(),
  /** Fuzzy gene. */
  gene,
  /** Empty: in no known family. */
  families: z.array(z.string()),
  /** In trusted and malicious software, or in very many families: carries no weight. */
  common: z.boolean(),
  match: sampleMatch.nullable(),
});

export const explainedFunction = z.object({
  number: z.int(),
  rva: address,
  size: z.int(),
  instructions: z.int(),
  /** Families that have the whole function. */
  families: z.array(z.string()),
  /** Families of its blocks, the largest share first. Common blocks count for none. */
  shares: z.array(functionShare),
  blocks: z.array(functionBlock),
});

export const functionList = z.object({
  instructionSet: z.string().nullable(),
  scheme: z.int(),
  /** Functions in all. */
  functions: z.int(),
  items: z.array(explainedFunction),
  nextCursor: z.int().nullable(),
  /** Samples of the family that were searched; 20 at most. */
  searched: z.array(artifactRef.extend({ source: z.string() })),
});

export const functionCodeQuery = z.object({
  /** Its samples are searched for the same code, which is shown beside. */
  family: z.string().min(1).max(200).optional(),
});

/** One instruction. Places of code in its text are RVAs. */
export const codeLine = z.object({
  rva: address,
  /** Bytes. */
  size: z.int(),
  /** The first 16 of them, in lower-case hexadecimal. */
  bytes: z.string(),
  text: z.string(),
  /** The block it is of, as an index into the function's blocks; null between them, and in blocks too short for a gene. */
  block: z.int().nullable(),
});

export const matchedCode = sampleMatch.extend({
  /** Index into the function's blocks. */
  block: z.int(),
  /** Source of the sample's label. */
  source: z.string(),
  lines: z.array(codeLine.omit({ block: true })),
  /** Why there are no lines. */
  problem: z.string().nullable(),
});

/** A function's instructions, and beside them those of the samples that have the same blocks. */
export const functionCode = z.object({
  instructionSet: z.string().nullable(),
  /** Address that RVA 0 has or prefers; null where the bytes could not be read. */
  base: address.nullable(),
  function: explainedFunction,
  lines: z.array(codeLine),
  matches: z.array(matchedCode),
  /** Samples of the family that were searched; 20 at most. */
  searched: z.array(artifactRef.extend({ source: z.string() })),
  problems: z.array(z.string()),
});

export const relatedQuery = z.object({ limit: z.coerce.number().int().min(1).max(50).default(20) });

/** The organisation's artifacts that share most genes with one. */
export const relatedList = z.object({
  /** Distinct fuzzy genes of the artifact that are not common: the ones that are shared or not. */
  genes: z.int(),
  /** Genes by which candidates were found; counts are exact all the same. */
  sampledGenes: z.int(),
  items: z.array(
    artifactRef.extend({
      size: z.int(),
      geneCount: z.int(),
      sharedGenes: z.int(),
      verdict: z.enum(ARTIFACT_VERDICTS).nullable(),
      /** The first three families of its verdict's evidence. */
      families: z.array(z.string()),
    }),
  ),
});

/** Printable strings of a file: evidence that supports, and decides no verdict. */
export const stringList = z.object({
  items: z.array(
    z.object({
      value: z.string(),
      encoding: z.enum(['ascii', 'utf-16le']),
      /** Families of the verdict that have the string in one of the files that were searched. */
      families: z.array(z.string()),
    }),
  ),
  /** Files of labelled samples that were compared. */
  searched: z.array(artifactRef.extend({ family: z.string(), source: z.string() })),
  problems: z.array(z.string()),
});
