import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { notify } from '../notifications/read.ts';
import { orderRun } from './order-run.ts';
import { type HuntKey, markAsked } from './rounds-store.ts';

/** A round begins: whoever starts the scanners is told. There is no agent that would. */
export async function tellDue(
  context: Pick<Context, 'jobs'>,
  tx: Tx,
  hunt: HuntKey & { readonly name: string },
  round: number,
): Promise<void> {
  await notify(context, tx, hunt.organisation, {
    event: 'round.due',
    severity: 'information',
    about: `due:${hunt.id}:${round}`,
    text: `Round ${round} of the hunt "${hunt.name}" begins: start the scanner on its targets`,
    details: { huntId: hunt.id, hunt: hunt.name, round, path: `/hunts/${hunt.id}` },
    huntId: hunt.id,
  });
  await orderRun(context, tx, hunt, round);
  await markAsked(tx, hunt, round);
}
