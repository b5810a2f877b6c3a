import { z } from 'zod';
import { CASE_STATES } from './cases.ts';
import { id, SCAN_STATES } from './resources.ts';

/**
 * What GET /api/v1/events tells while it happens (text/event-stream): that something is new, and where; what it is, the
 * routes say. Every message has an id; after a break the browser names the last one, and gets what it missed, or `reset`
 * where the server does not know that any more: then everything is to be asked for again.
 */
export const liveEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reset') }),
  z.object({ kind: z.literal('scan'), scanId: id, state: z.enum(SCAN_STATES), huntId: id.nullable() }),
  z.object({
    kind: z.literal('threat'),
    scanId: id,
    endpoint: z.string(),
    verdict: z.enum(['suspicious', 'infected']),
  }),
  z.object({ kind: z.literal('case'), caseId: id, state: z.enum(CASE_STATES) }),
  z.object({ kind: z.literal('job'), job: z.literal('retro-hunt'), state: z.enum(['running', 'done']) }),
]);
export type LiveEvent = z.infer<typeof liveEvent>;
