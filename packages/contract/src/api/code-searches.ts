import { z } from 'zod';
import { sha256Text } from '../scan/common.ts';
import { ARTIFACT_VERDICTS, LAYOUTS } from '../vocabulary.ts';
import { artifactRef } from './decisions.ts';
import { id, page, time } from './resources.ts';

/** Searches over all code that an organisation has stored: by gene, function, family or rule. */

const gene = z.string().regex(/^[0-9a-f]{16}$/);

/** What is looked for. */
const codeQuestion = z.discriminatedUnion('by', [
  /** Artifacts that have at least `least` of these genes, of whatever form. */
  z.strictObject({
    by: z.literal('gene'),
    genes: z.array(gene).min(1).max(10_000),
    least: z.int().min(1).max(10_000).default(1),
  }),
  /** Artifacts that have this function whole, or at least half of its genes that are not common. */
  z.strictObject({
    by: z.literal('function'),
    sha256: sha256Text,
    layout: z.enum(LAYOUTS).default('file'),
    /** As in the list of the artifact's functions. */
    function: z.int().min(0).max(0xffff_ffff),
  }),
  /** Artifacts whose verdict names the family, among the 20 with most of its genes. */
  z.strictObject({ by: z.literal('family'), family: z.string().min(1).max(200) }),
  /** Artifacts whose stored bytes match a YARA rule; one rule a text. */
  z.strictObject({ by: z.literal('rule'), text: z.string().min(1).max(200_000) }),
]);
export const newCodeSearch = codeQuestion;

export const CODE_SEARCH_STATES = ['queued', 'running', 'done', 'failed'] as const;

export const codeSearch = z.object({
  id,
  question: codeQuestion,
  state: z.enum(CODE_SEARCH_STATES),
  /** Why it failed. */
  problem: z.string().nullable(),
  /** Artifacts to be looked at: for genes and functions, those that may have one of the genes. */
  candidates: z.int(),
  /** Of these, those that were looked at. */
  searched: z.int(),
  /** Of these, those that could not be looked at: their bytes are not here, or the rule broke on them. */
  unread: z.int(),
  hits: z.int(),
  /** It ended before the last candidate, since it had found too many. */
  cut: z.boolean(),
  /** Genes that are looked for; null for families and rules. */
  genes: z.int().nullable(),
  createdBy: z.string(),
  createdAt: time,
  finishedAt: time.nullable(),
});
export const codeSearchList = z.object({ items: z.array(codeSearch), nextCursor: z.string().nullable() });

export const codeHitQuery = page;
/** In the order of their arrival. */
export const codeHitList = z.object({
  items: z.array(
    artifactRef.extend({
      /** Genes that it has of those that are looked for or of the family; for a rule, its sequences that were found. */
      matched: z.int(),
      /** It has the function whole; null where none was looked for. */
      whole: z.boolean().nullable(),
      /** Bytes. */
      size: z.int(),
      verdict: z.enum(ARTIFACT_VERDICTS).nullable(),
      path: z.string().nullable(),
      endpoints: z.int(),
    }),
  ),
  nextCursor: z.string().nullable(),
});
