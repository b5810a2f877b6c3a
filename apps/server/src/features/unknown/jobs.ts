import { z } from 'zod';
import type { Queue } from '../../platform/jobs.ts';

/** Scans of this organisation were judged: bring its clusters of unknown code up to date. */
export const SWEEP_UNKNOWN: Queue<{ readonly organisation: string }> = {
  name: 'sweep-unknown',
  data: z.object({ organisation: z.uuid() }),
  retries: 10,
  seconds: 3_600,
  coalesce: { key: ({ organisation }) => organisation, seconds: 5 },
};
