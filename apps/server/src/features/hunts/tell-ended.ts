import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import { notify } from '../notifications/read.ts';
import { getCoverage } from './round-coverage.ts';
import { findEndedRounds, markTold } from './rounds-store.ts';

/** Below this share of its targets a round's end is a warning. */
const LOW = 0.9;

type Ended = Awaited<ReturnType<typeof findEndedRounds>>[number];

async function tell(context: Pick<Context, 'db' | 'jobs'>, ended: Ended): Promise<void> {
  const { counts, share, verdicts } = await getCoverage(context.db, ended, ended.number);
  const percent = share === null ? 'whoever came' : `${Math.floor(share * 100)} % of the targets`;
  await inTransaction(context.db, async (tx) => {
    await notify(context, tx, ended.organisation, {
      event: 'round.ended',
      severity: share !== null && share < LOW ? 'warning' : 'information',
      about: `ended:${ended.id}:${ended.number}`,
      text: `Round ${ended.number} of the hunt "${ended.name}" has ended: ${percent} reported, ${verdicts.malicious} infected, ${counts.missing} missing${counts.running === 0 ? '' : `, ${counts.running} still under way`}`,
      details: {
        huntId: ended.id,
        hunt: ended.name,
        round: ended.number,
        share,
        counts,
        verdicts,
        path: `/hunts/${ended.id}`,
      },
      huntId: ended.id,
    });
    await markTold(tx, ended, ended.number);
  });
}

/** Rounds that have ended and were not told: who came, and whether that is few. One that fails keeps no other from it. */
export async function tellEnded(context: Pick<Context, 'db' | 'jobs' | 'log'>): Promise<void> {
  for (const ended of await findEndedRounds(context.db)) {
    try {
      await tell(context, ended);
    } catch (error) {
      context.log.error({ err: error, hunt: ended.id, round: ended.number }, 'the end of a round was not told');
    }
  }
}
