import { z } from 'zod';
import { ARTIFACT_VERDICTS, PUBLIC_SCAN_VERDICTS, SCOPES } from '../vocabulary.ts';
import { artifactRef } from './decisions.ts';
import { id, time } from './resources.ts';

/** Re-judging of the past after knowledge, or the rules of verdicts, changed. */

export const retroHunt = z.object({
  id,
  scope: z.enum(SCOPES),
  /** Knowledge: labels changed. Rules: this release judges by others than the one that judged before. */
  reason: z.enum(['knowledge', 'rules']),
  state: z.enum(['running', 'done']),
  /** Families whose labels began or ceased to speak; 20 at most. */
  families: z.array(z.string()),
  /** Distinct genes of the labels that changed. */
  genes: z.int(),
  /** Share of the candidates that were looked at, 0..1. */
  progress: z.number(),
  /** Artifacts with another verdict than before, and past scans with another verdict or other families. */
  changedArtifacts: z.int(),
  changedScans: z.int(),
  startedAt: time,
  finishedAt: time.nullable(),
});
export const retroHuntList = z.object({ items: z.array(retroHunt), nextCursor: z.string().nullable() });

/** What accuses comes first; 1,000 of each at most. */
export const retroHuntChanges = z.object({
  artifacts: z.array(artifactRef.extend({ before: z.enum(ARTIFACT_VERDICTS), after: z.enum(ARTIFACT_VERDICTS) })),
  scans: z.array(
    z.object({
      scanId: id,
      endpoint: z.object({ id, name: z.string() }).nullable(),
      /** When the scan was made: how long ago the endpoint had the code. */
      createdAt: time,
      before: z.enum(PUBLIC_SCAN_VERDICTS),
      after: z.enum(PUBLIC_SCAN_VERDICTS),
      familiesBefore: z.array(z.string()),
      familiesAfter: z.array(z.string()),
    }),
  ),
});
