import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import { appendAudit } from '../accounts/read.ts';
import { findPolicy, type Policy } from './policy-store.ts';
import * as store from './removal-store.ts';

/** Scans and blobs of one transaction. */
const SCANS = 20;
const BLOBS = 500;

export interface Due {
  readonly scans: number;
  readonly artifacts: number;
  readonly bytes: number;
  readonly notifications: number;
}

/** What a policy would remove now. */
export async function dueOf({ db }: Pick<Context, 'db'>, organisation: string, policy: Policy): Promise<Due> {
  const { scanDays, notificationDays, codeDays: days, codeBytes: bytes } = policy;
  return {
    scans: scanDays === null ? 0 : await store.countDueScans(db, organisation, scanDays),
    ...(await store.countDueCode(db, organisation, { days, bytes })),
    notifications:
      notificationDays === null ? 0 : await store.countDueNotifications(db, organisation, notificationDays),
  };
}

async function removeCode(context: Context, organisation: string, bounds: store.CodeBounds): Promise<number> {
  const { db, blobs } = context;
  let removed = 0;
  if (bounds.days !== null || bounds.bytes !== null) {
    for (;;) {
      const marked = await inTransaction(db, async (tx) =>
        (await store.mayRemoveBlobs(tx)) ? await store.markRemoved(tx, organisation, bounds, BLOBS) : 0,
      );
      removed += marked;
      if (marked === 0) break;
    }
  }
  // Step by step, and under the lock: what was delivered anew since stays, and a backup that copies misses no file.
  for (let after: string | undefined = ''; after !== undefined; ) {
    const last: string = after;
    after = await inTransaction(db, async (tx) => {
      const hashes = (await store.mayRemoveBlobs(tx)) ? await store.removedOfLate(tx, organisation, last, BLOBS) : [];
      for (const sha256 of hashes) await blobs.remove({ organisation, sha256 });
      return hashes.at(-1);
    });
  }
  return removed;
}

/** Removes what the organisation's policy says is over, in small steps; what it comes to is in the audit log. */
export async function applyRetention(context: Context, organisation: string): Promise<void> {
  const { db, log } = context;
  const { scanDays, notificationDays, codeDays, codeBytes } = await findPolicy(db, organisation);
  let scans = 0;
  for (let step = SCANS; scanDays !== null && step === SCANS; scans += step)
    step = await inTransaction(db, (tx) => store.emptyScans(tx, organisation, scanDays, SCANS));
  const artifacts = await removeCode(context, organisation, { days: codeDays, bytes: codeBytes });
  const notifications =
    notificationDays === null
      ? 0
      : await inTransaction(db, (tx) => store.removeNotifications(tx, organisation, notificationDays));
  if (scans + artifacts + notifications === 0) return;
  const details = { scans, artifacts, notifications };
  await appendAudit(db, { organisation, actor: 'retention', action: 'retention.apply', subject: null, details });
  log.info({ organisation, ...details }, 'retention removed what was over');
}
