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
