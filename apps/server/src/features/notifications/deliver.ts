import type { BlockList } from 'node:net';
import { notifications as contract } from '@genehound/contract';
import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { sendEmail } from './email.ts';
import type { Message } from './message.ts';
import { findWaiting, noteTry } from './store.ts';
import { sendSyslog } from './syslog.ts';
import { sendWebhook } from './webhook.ts';

/** What is kept of a channel: what it was made of, and the secret of a webhook. */
export const channelSettings = z.intersection(
  contract.newChannel.shape.to,
  z.object({ secret: z.string().optional() }),
);
export type ChannelSettings = z.output<typeof channelSettings>;

async function send(to: ChannelSettings, message: Message, allowed: BlockList): Promise<void> {
  if (to.kind === 'webhook') {
    // Signed with nothing, anybody could have sent it.
    if (to.secret === undefined) throw new Error('the channel has no secret to sign with; add it anew');
    await sendWebhook({ ...to, secret: to.secret }, message, allowed);
  } else if (to.kind === 'email') await sendEmail(to, message, allowed);
  else await sendSyslog(to, message, allowed);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Sends one notification. Throws an Error where it was not taken, after noting why; the queue tries again. */
export async function deliver(
  { db, config }: Pick<Context, 'db' | 'config'>,
  organisation: string,
  id: string,
): Promise<void> {
  const waiting = await findWaiting(db, organisation, id);
  if (waiting === null) return;
  const { event, severity, text, createdAt: at, details } = waiting;
  try {
    const to = channelSettings.parse(waiting.settings);
    await send(to, { id, event, severity, text, at, details }, config.notifyNetworks);
    await noteTry(db, organisation, id, 'sent', null);
  } catch (error) {
    await noteTry(db, organisation, id, 'queued', reasonOf(error));
    throw error;
  }
}

/** The last try failed. */
export async function giveUp({ db }: Pick<Context, 'db'>, organisation: string, id: string, error: unknown) {
  await noteTry(db, organisation, id, 'failed', reasonOf(error));
}
