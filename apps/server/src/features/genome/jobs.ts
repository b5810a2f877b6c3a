import { z } from 'zod';
import type { Queue } from '../../platform/jobs.ts';

/** A sample of this scope was analysed: its labels may begin to speak. */
export const ACTIVATE_LABELS: Queue<{ readonly scope: string }> = {
  name: 'activate-labels',
  data: z.object({ scope: z.uuid() }),
  retries: 20,
  seconds: 3_600,
};
