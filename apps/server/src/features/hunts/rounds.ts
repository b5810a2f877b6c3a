import type { Context } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import {
  addRound,
  type DueHunt,
  findDue,
  findUnasked,
  type HuntKey,
  lockDue,
  openRoundNumber,
  setNextRound,
} from './rounds-store.ts';
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

async function beginIfDue(context: Beginning, hunt: HuntKey): Promise<boolean> {
  return await inTransaction(context.db, async (tx) => {
    const due = await lockDue(tx, hunt);
    if (due !== null) await beginRound(context, tx, due, new Date());
    return due !== null;
  });
}

/**
 * Begins the rounds whose time has come, and asks for those that were planned for now. Idempotent, and safe beside
 * itself. A hunt that cannot begin keeps no other from it.
 */
export async function beginDueRounds(context: Beginning & Pick<Context, 'log'>): Promise<void> {
  for (const hunt of await findDue(context.db)) {
    try {
      if (await beginIfDue(context, hunt)) context.log.info({ hunt: hunt.id }, 'a round of the hunt begins');
    } catch (error) {
      context.log.error({ err: error, hunt: hunt.id }, 'a round that is due was not begun');
    }
  }
  for (const round of await findUnasked(context.db))
    await inTransaction(context.db, async (tx) => await tellDue(context, tx, round, round.number));
}

/** The round that a scan of this hunt belongs to now, or null outside of one. A round that is due begins. */
export async function currentRound(context: Beginning, hunt: HuntKey): Promise<number | null> {
  await beginIfDue(context, hunt);
  return await openRoundNumber(context.db, hunt);
}
