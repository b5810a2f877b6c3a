import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { RUN_ROUND } from './jobs.ts';
import type { HuntKey } from './rounds-store.ts';
import { addRun } from './run-store.ts';

/** Orders the runner of the hunt, where it has one, for a round that begins; once for each round. */
export async function orderRun(
  { jobs }: Pick<Context, 'jobs'>,
  tx: Tx,
  { organisation, id }: HuntKey,
  round: number,
): Promise<void> {
  if (await addRun(tx, { organisation, id }, round))
    await jobs.enqueue(tx, RUN_ROUND, [{ organisation, hunt: id, round }]);
}
