import { z } from 'zod';
import { ARTIFACT_VERDICTS, SUB_VERDICTS } from '../vocabulary.ts';
import { time } from './resources.ts';

/** How an artifact was judged over time. */

/**
 * first: nothing was said before. rules: the rules of judging changed. scheme: genes are made another way. knowledge: what
 * everybody's genome knows. own_knowledge: a decision or source of the organisation. scans: where and how it was seen.
 */
const VERDICT_CHANGES = ['first', 'rules', 'scheme', 'knowledge', 'own_knowledge', 'scans'] as const;

export type VerdictChange = (typeof VERDICT_CHANGES)[number];

export const verdictHistory = z.object({
  /** Newest first, the present one at the front; 100 at most. */
  items: z.array(
    z.object({
      verdict: z.enum(ARTIFACT_VERDICTS),
      subVerdict: z.enum(SUB_VERDICTS),
      /** Sentences of its evidence, 20 at most. */
      reasons: z.array(z.string()),
      /** What is other than at the verdict before it. */
      because: z.enum(VERDICT_CHANGES),
      /** When it was said last: at the front, until now; else, until another judgement took its place. */
      judgedAt: time,
    }),
  ),
});
