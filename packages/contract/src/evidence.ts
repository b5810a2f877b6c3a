import { z } from 'zod';
import { sha256Text } from './scan/common.ts';
import { ARTIFACT_VERDICTS, FAMILY_TYPES, FINDING_KINDS, LAYOUTS, SCOPES, SUB_VERDICTS } from './vocabulary.ts';

/**
 * What a verdict follows from. Stored whole beside the verdict, so that it can be shown and recomputed.
 */

export const familyShare = z.object({
  familyId: z.uuid(),
  name: z.string(),
  type: z.enum(FAMILY_TYPES),
  scope: z.enum(SCOPES),
  /** Distinct fuzzy genes of the artifact that this family has. */
  reusedGenes: z.int(),
  /** Of these, the ones that no other family has. */
  uniqueGenes: z.int(),
  /** Functions of the artifact that hold family-unique genes. */
  functions: z.int(),
  /** Functions found whole (function hash) in this family alone. */
  exactFunctions: z.int(),
  /** reusedGenes over geneCount, 0..1. */
  share: z.number(),
});
export type FamilyShare = z.infer<typeof familyShare>;

export const evidence = z.object({
  /** The rule of docs/verdicts.md that decided. */
  rule: z.string(),
  /** Sentences for people, most important first. */
  reasons: z.array(z.string()),
  /** Distinct fuzzy genes without the common ones. */
  geneCount: z.int(),
  commonGenes: z.int(),
  /** In no family at all. */
  uniqueGenes: z.int(),
  trustedShare: z.number(),
  families: z.array(familyShare),
  findings: z.array(z.enum(FINDING_KINDS)),
  /** Code-sequence rules that match, with how many of their sequences. */
  signatures: z
    .array(z.object({ rule: z.string(), family: z.string(), matched: z.int(), sequences: z.int() }))
    .optional(),
  /** The signature of a trusted publisher that the file bears, itself or by a catalog. */
  publisher: z
    .object({
      /** `CN=…, O=…` */
      publisher: z.string(),
      catalog: z.string().nullable(),
      /** When it was there: as an anchored time stamp says, else when this server got the file or the catalog. */
      at: z.string(),
      stamped: z.boolean(),
    })
    .optional(),
  label: z.object({ scope: z.enum(SCOPES), family: z.string(), source: z.string() }).optional(),
  problems: z.array(z.string()),
});
export type Evidence = z.infer<typeof evidence>;

export const artifactVerdict = z.object({
  sha256: sha256Text,
  layout: z.enum(LAYOUTS),
  verdict: z.enum(ARTIFACT_VERDICTS),
  subVerdict: z.enum(SUB_VERDICTS),
  evidence,
  scheme: z.int(),
  globalGeneration: z.int(),
  organisationGeneration: z.int(),
});
export type StoredVerdict = z.infer<typeof artifactVerdict>;
