import { z } from 'zod';
import { id, page, time } from './resources.ts';

/** Background work whose last try failed: nothing of it is done until somebody decides. */

const DECISIONS = ['retried', 'dismissed'] as const;

export const failedJob = z.object({
  id,
  /** `installation`: work for all organisations, which an operator sees. */
  scope: z.enum(['organisation', 'installation']),
  /** What kind of work, such as `analyse-artifact`. */
  queue: z.string(),
  /** What it was about: ids and hashes, never content. */
  about: z.record(z.string(), z.unknown()),
  tries: z.int(),
  /** The last error, as the server put it. */
  reason: z.string(),
  failedAt: time,
  decision: z.enum(DECISIONS).nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
});

export const failedJobQuery = page.extend({
  /** `open`: those that nobody decided about. */
  state: z.enum(['open', 'all']).default('open'),
});
/** The newest first. `open`: how many nobody decided about, 1,000 at most. */
export const failedJobList = z.object({
  items: z.array(failedJob),
  open: z.int(),
  nextCursor: z.string().nullable(),
});
