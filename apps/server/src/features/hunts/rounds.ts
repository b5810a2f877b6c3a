import type { Context } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { addRound, type DueHunt, type HuntKey, lockDue, openRoundNumber, setNextRound } from './rounds-store.ts';
import { latestDue, nextRound } from './schedule.ts';
import { tellDue } from './tell-due.ts';

type Beginning = Pick<Context, 'db' | 'jobs'>;

/** The next beginning, or null where the hunt's time is over by then. */
export function nextWithin(schedule: { cron: string; timeZone: string }, after: Date, until: Date | null): Date | null {
  const next = nextRound(schedule, after);
  return next === null || (until !== null && next >= until) ? null : next;
}

async function beginRound(context: Beginning, tx: Tx, hunt: DueHunt, now: Date): Promise<void> {
  const opensAt = latestDue(hunt, hunt.nextRoundAt, now) ?? hunt.nextRoundAt;
  const round = await addRound(tx, hunt, { opensAt, seconds: hunt.roundSeconds });
  await setNextRound(tx, hunt, nextWithin(hunt, now, hunt.untilAt));
  await tellDue(context, tx, hunt, round);
}

/** Begins the rounds whose time has come. Idempotent, and safe beside itself. Returns the hunts concerned. */
export async function beginDueRounds(context: Beginning, only: HuntKey | null = null): Promise<readonly HuntKey[]> {
  return await inTransaction(context.db, async (tx) => {
    const due = await lockDue(tx, only);
    for (const hunt of due) await beginRound(context, tx, hunt, new Date());
    return due;
  });
}

/** The round that a scan of this hunt belongs to now, or null outside of one. A round that is due begins. */
export async function currentRound(context: Beginning, hunt: HuntKey): Promise<number | null> {
  await beginDueRounds(context, hunt);
  return await openRoundNumber(context.db, hunt);
}
