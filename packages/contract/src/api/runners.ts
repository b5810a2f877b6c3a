import { z } from 'zod';
import { KIT_TOOLS, runnerName } from './hunts.ts';
import { time } from './resources.ts';

/** Commands of the operator's own that start the scanners of a round. */

export const runnerList = z.object({
  items: z.array(
    z.object({
      name: runnerName,
      /** Of the kit that it gets; null where it gets none. */
      tool: z.enum(KIT_TOOLS).nullable(),
      /** After which it is ended. */
      minutes: z.number(),
    }),
  ),
});

export const RUN_STATES = ['queued', 'running', 'done', 'failed'] as const;

export const huntRun = z.object({
  round: z.int(),
  runner: z.string(),
  state: z.enum(RUN_STATES),
  /** Null where it has not ended by itself. */
  exitCode: z.int().nullable(),
  /** Why it failed, or what was left out. */
  problem: z.string().nullable(),
  /** The last 64 KiB of what it wrote. */
  output: z.string(),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
});
/** Newest first, 100 at most. */
export const huntRunList = z.object({ items: z.array(huntRun) });
