import { z } from 'zod';
import type { Queue } from '../../platform/jobs.ts';

/** Tries two seconds apart and doubling: a receiver may be away for some hours. */
const RETRIES = 13;

export const DELIVER_NOTIFICATION: Queue<{ readonly organisation: string; readonly id: string }> = {
  name: 'deliver-notification',
  data: z.object({ organisation: z.uuid(), id: z.uuid() }),
  retries: RETRIES,
  seconds: 60,
};
