import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { DELIVER_NOTIFICATION } from './jobs.ts';
import { channelsFor, insertNotifications, type Told } from './store.ts';

/**
 * Tells whoever wants to know, with the transaction: the messages are there when it commits. `about` names what
 * happened, so that a job that runs again tells nobody twice.
 */
export async function notify(
  { jobs }: Pick<Context, 'jobs'>,
  tx: Tx,
  organisation: string,
  told: Told & { readonly huntId: string | null },
): Promise<void> {
  const channels = await channelsFor(tx, organisation, told.event, told.severity, told.huntId);
  const rows = channels.map((channelId) => ({ id: newId(), channelId }));
  const ids = await insertNotifications(tx, organisation, rows, told);
  await jobs.enqueue(
    tx,
    DELIVER_NOTIFICATION,
    ids.map((id) => ({ organisation, id })),
  );
}
