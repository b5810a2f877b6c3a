import { z } from 'zod';
import { id, time } from './resources.ts';

/** How long an organisation keeps what, and what must stay. */

const days = z.int().min(1).max(36_500).nullable();

/** null: for ever. */
export const retentionPolicy = z.object({
  /** What was delivered of scans without a threat, but an endpoint's newest. */
  scanDays: days,
  /** Code that is neither accused nor labelled, since it was received. */
  codeDays: days,
  /** Bytes of stored code, before compression; beyond it the oldest goes. */
  codeBytes: z.int().min(1_048_576).max(Number.MAX_SAFE_INTEGER).nullable(),
  /** The log of what was told to whom. */
  notificationDays: days,
});

/** `due`: what this policy removes with its next run, which is every hour. */
export const retention = retentionPolicy.extend({
  updatedBy: z.string().nullable(),
  updatedAt: time.nullable(),
  due: z.object({ scans: z.int(), artifacts: z.int(), bytes: z.int(), notifications: z.int() }),
  /** What no policy removes. */
  forever: z.array(z.string()),
});

const HOLDS = ['organisation', 'endpoint', 'scan'] as const;

export const hold = z.object({
  id,
  kind: z.enum(HOLDS),
  /** The endpoint or scan; null: everything of the organisation. */
  subject: id.nullable(),
  reason: z.string(),
  createdBy: z.string(),
  createdAt: time,
  liftedBy: z.string().nullable(),
  liftedAt: time.nullable(),
});
/** The newest first, 1,000 at most. */
export const holdList = z.object({ items: z.array(hold) });
export const newHold = z
  .object({
    kind: z.enum(HOLDS),
    subject: id.nullable().default(null),
    reason: z.string().trim().min(1).max(2_000),
  })
  .refine(({ kind, subject }) => (kind === 'organisation') === (subject === null), {
    message: 'Name the endpoint or scan, and none for the whole organisation',
  });

/** `name` says again which one is meant. */
export const organisationDeletion = z.object({
  name: z.string().min(1).max(200),
  reason: z.string().trim().min(1).max(2_000),
});
export const deletedOrganisation = z.object({ id, deletedAt: time });
