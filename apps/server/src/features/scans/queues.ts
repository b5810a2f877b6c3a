import { z } from 'zod';
import type { Queue } from '../../platform/jobs.ts';

export interface ConcludeJob {
  readonly organisation: string;
  readonly scanId: string;
}

/** A scan has ended, or one of its artifacts was judged: see whether it can be judged itself. */
export const CONCLUDE_SCAN: Queue<ConcludeJob> = {
  name: 'conclude-scan',
  data: z.object({ organisation: z.uuid(), scanId: z.uuid() }),
  retries: 5,
  seconds: 600,
};

/**
 * Knowledge changed something in a scan that is judged: judge it again. Changes come in batches, one for each few
 * artifacts; the scan waits for some of them, so that it is not judged again for each.
 */
export const JUDGE_AGAIN: Queue<ConcludeJob> = {
  name: 'judge-scan-again',
  data: z.object({ organisation: z.uuid(), scanId: z.uuid() }),
  retries: 5,
  seconds: 600,
  coalesce: { key: (job) => `${job.organisation}/${job.scanId}`, seconds: 4 },
};
