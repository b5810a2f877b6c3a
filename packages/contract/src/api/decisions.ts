import { z } from 'zod';
import { sha256Text } from '../scan/common.ts';
import { ARTIFACT_VERDICTS, FAMILY_TYPES, LAYOUTS, SCOPES } from '../vocabulary.ts';
import { id, page, time } from './resources.ts';

/** Labels, and the decisions of an organisation that make them: acquit and convict. */

/** genes: the artifact's genes speak; hash: this exact code alone. */
export const DECISION_BASES = ['genes', 'hash'] as const;
export type DecisionBasis = (typeof DECISION_BASES)[number];

export const DECISION_KINDS = ['acquit', 'convict'] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** Why an artifact is left out of a decision. */
export const LEFT_OUT_REASONS = [
  'not_found',
  'not_analysed',
  'malicious',
  'suspicious',
  'finding',
  'decided',
  'region',
] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

export const artifactRef = z.object({ sha256: sha256Text, layout: z.enum(LAYOUTS) });

export const newDecision = z.object({
  kind: z.enum(DECISION_KINDS),
  /** `hash` takes exactly one artifact and needs a reason; it alone acquits what is not unknown. */
  basis: z.enum(DECISION_BASES).default('genes'),
  artifacts: z.array(artifactRef).min(1).max(10_000).readonly(),
  /** Whose code it is from now on. */
  family: z.string().min(1).max(200),
  /** Else application for acquitting, malware for convicting. */
  type: z.enum(FAMILY_TYPES).optional(),
  reason: z.string().min(1).max(1000).optional(),
  /** The scan that it was decided from. */
  scanId: id.optional(),
});

export const leftOut = artifactRef.extend({
  why: z.enum(LEFT_OUT_REASONS),
  details: z.string(),
});

export const decision = z.object({
  id,
  kind: z.enum(DECISION_KINDS),
  basis: z.enum(DECISION_BASES),
  reason: z.string().nullable(),
  scanId: id.nullable(),
  createdAt: time,
  createdBy: z.string(),
  /** Families that its labels name. */
  families: z.array(z.string()),
  labels: z.int(),
  /** Of these, the ones that no longer hold. */
  revoked: z.int(),
});
export const decisionList = z.object({ items: z.array(decision), nextCursor: z.string().nullable() });

export const decisionPreview = z.object({
  taken: z.array(artifactRef.extend({ family: z.string(), verdict: z.enum(ARTIFACT_VERDICTS).nullable() })),
  leftOut: z.array(leftOut),
});
export const decided = decisionPreview.extend({ decision });

export const withReason = z.object({ reason: z.string().min(1).max(1000).optional() });

export const label = artifactRef.extend({
  id,
  scope: z.enum(SCOPES),
  family: z.string(),
  type: z.enum(FAMILY_TYPES),
  basis: z.enum(DECISION_BASES),
  decisionId: id.nullable(),
  source: z.string(),
  reason: z.string().nullable(),
  createdAt: time,
  createdBy: z.string(),
  /** False while its artifact is still to be analysed. */
  speaks: z.boolean(),
  revoked: z.object({ at: time, by: z.string(), reason: z.string().nullable() }).nullable(),
});
export const labelQuery = page.extend({
  sha256: sha256Text.optional(),
  decisionId: id.optional(),
  family: z.string().min(1).max(200).optional(),
});
export const labelList = z.object({ items: z.array(label), nextCursor: z.string().nullable() });

/** What an acquittal by genes says and what knowledge says that came later: the code counts as malicious. */
export const acquittalConflict = artifactRef.extend({
  labelId: id,
  decisionId: id,
  /** What it was acquitted as. */
  acquittedAs: z.string(),
  /** Malicious families that have its genes. */
  families: z.array(z.string()),
  raisedAt: time,
  resolvedAt: time.nullable(),
});
export const conflictList = z.object({ items: z.array(acquittalConflict) });
