import { z } from 'zod';
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

/** The same gene in a labelled artifact. */
export const sampleMatch = artifactRef.extend({
  /** RVA of the block there. */
  rva: address,
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
