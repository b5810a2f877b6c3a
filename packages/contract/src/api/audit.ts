import { z } from 'zod';

/** Who did what, chained by hash, so that a record that was changed, removed or put between others is noticed. */

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);

export const auditLink = z.object({
  /** From 1 on, without a gap. */
  position: z.int().positive(),
  /** JSON array: organisation, number, time (UTC, microseconds), actor, action, subject, details. */
  record: z.string(),
  /** SHA-256 of the bytes of the digest before (32 zero bytes before the first) and the record in UTF-8. */
  digest: hex32,
});
export type AuditLink = z.infer<typeof auditLink>;

export const auditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  /** Position behind which the list goes on. */
  cursor: z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).default(0),
});
export const auditList = z.object({ items: z.array(auditLink), nextCursor: z.int().nullable() });
