import { z } from 'zod';
import type { Queue } from '../../platform/jobs.ts';

export interface RunOrder {
  readonly organisation: string;
  readonly hunt: string;
  readonly round: number;
}

/** The hunt's runner starts the scanners of a round. Begun at most once: what was cut off is not begun again. */
export const RUN_ROUND: Queue<RunOrder> = {
  name: 'run-round',
  data: z.object({ organisation: z.uuid(), hunt: z.uuid(), round: z.int() }),
  retries: 3,
  // The longest that the queue admits; a runner has an hour less.
  seconds: 86_400,
};
