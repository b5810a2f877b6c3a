import { notifications as contract } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, jsonText, type Tx, text } from '../../platform/database.ts';

export interface ChannelRow {
  readonly id: string;
  readonly name: string;
  readonly settings: unknown;
  readonly events: readonly string[];
  readonly severity: string;
  readonly huntId: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
}

const CHANNEL = [
  'id',
  'name',
  'settings',
  'events',
  'severity',
  'hunt_id as huntId',
  'created_at as createdAt',
  'created_by as createdBy',
] as const;

/** In order of name; those that were removed are not there. */
export async function listChannels(db: Database, organisation: string): Promise<readonly ChannelRow[]> {
  return await db
    .selectFrom('notification_channel')
    .select(CHANNEL)
    .where('organisation', '=', organisation)
    .where('removed_at', 'is', null)
    .orderBy('name')
    .orderBy('id')
    .execute();
}

export async function findChannel(db: Database | Tx, organisation: string, id: string): Promise<ChannelRow | null> {
  const row = await db
    .selectFrom('notification_channel')
    .select(CHANNEL)
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

export interface NewChannel {
  readonly organisation: string;
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly settings: object;
  readonly events: readonly string[];
  readonly severity: string;
  readonly huntId: string | null;
  readonly createdBy: string;
}

export async function insertChannel(tx: Tx, channel: NewChannel): Promise<void> {
  await tx
    .insertInto('notification_channel')
    .values({
      organisation: channel.organisation,
      id: channel.id,
      name: text(channel.name),
      kind: channel.kind,
      settings: jsonText(channel.settings),
      events: [...channel.events],
      severity: channel.severity,
      hunt_id: channel.huntId,
      created_by: channel.createdBy,
    })
    .execute();
}

/** What was secret goes with it; what it was told stays on record. False where there is none. */
export async function removeChannel(tx: Tx, organisation: string, id: string): Promise<boolean> {
  const row = await tx
    .updateTable('notification_channel')
    .set({ removed_at: sql<Date>`now()`, settings: JSON.stringify({}) })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return false;
  await tx
    .updateTable('notification')
    .set({ state: 'failed', problem: 'the channel was removed before it was sent' })
    .where('organisation', '=', organisation)
    .where('channel_id', '=', id)
    .where('state', '=', 'queued')
    .execute();
  return true;
}

export interface Told {
  readonly event: (typeof contract.EVENTS)[number];
  readonly severity: (typeof contract.SEVERITIES)[number];
  readonly about: string;
  readonly text: string;
  readonly details: object;
}

/** One row for each of these channels that was not told of it before; their ids. */
export async function insertNotifications(
  tx: Tx,
  organisation: string,
  rows: readonly { readonly id: string; readonly channelId: string }[],
  told: Told,
): Promise<readonly string[]> {
  if (rows.length === 0) return [];
  const inserted = await tx
    .insertInto('notification')
    .values(
      rows.map(({ id, channelId }) => ({
        organisation,
        id,
        channel_id: channelId,
        event: told.event,
        severity: told.severity,
        about: text(told.about).slice(0, 1_000),
        text: text(told.text).slice(0, 2_000),
        details: jsonText(told.details),
      })),
    )
    .onConflict((conflict) => conflict.columns(['organisation', 'channel_id', 'about']).doNothing())
    .returning('id')
    .execute();
  return inserted.map((row) => row.id);
}

/** Channels that want an event: by its kind, at least this severe, of any hunt or of this one. */
export async function channelsFor(
  tx: Tx,
  organisation: string,
  event: string,
  severity: (typeof contract.SEVERITIES)[number],
  huntId: string | null,
): Promise<readonly string[]> {
  const enough = contract.SEVERITIES.slice(0, contract.SEVERITIES.indexOf(severity) + 1);
  const rows = await tx
    .selectFrom('notification_channel')
    .select('id')
    .where('organisation', '=', organisation)
    .where('removed_at', 'is', null)
    .where('severity', 'in', enough)
    .where(sql<boolean>`${event} = any(events)`)
    .where(sql<boolean>`(hunt_id is null or hunt_id = ${huntId}::uuid)`)
    .execute();
  return rows.map((row) => row.id);
}

export interface Waiting {
  readonly id: string;
  readonly channelId: string;
  readonly event: string;
  readonly severity: string;
  readonly text: string;
  readonly details: unknown;
  readonly createdAt: Date;
  readonly settings: unknown;
}

/** A notification that is still to be sent, with where to; null where it was sent or its channel is gone. */
export async function findWaiting(db: Database, organisation: string, id: string): Promise<Waiting | null> {
  const row = await db
    .selectFrom('notification as n')
    .innerJoin('notification_channel as c', (join) =>
      join.onRef('c.organisation', '=', 'n.organisation').onRef('c.id', '=', 'n.channel_id'),
    )
    .select([
      'n.id',
      'n.channel_id as channelId',
      'n.event',
      'n.severity',
      'n.text',
      'n.details',
      'n.created_at as createdAt',
      'c.settings',
    ])
    .where('n.organisation', '=', organisation)
    .where('n.id', '=', id)
    .where('n.state', '<>', 'sent')
    .where('c.removed_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

/** Notes what a try came to. */
export async function noteTry(
  db: Database,
  organisation: string,
  id: string,
  state: 'queued' | 'sent' | 'failed',
  problem: string | null,
): Promise<void> {
  await db
    .updateTable('notification')
    .set((row) => ({
      state,
      problem: problem === null ? null : text(problem).slice(0, 1_000),
      tries: row('tries', '+', state === 'failed' ? 0 : 1),
      ...(state === 'sent' ? { sent_at: sql<Date>`now()` } : {}),
    }))
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .execute();
}

export interface NotificationRow {
  readonly id: string;
  readonly channelId: string;
  readonly channel: string;
  readonly event: string;
  readonly severity: string;
  readonly text: string;
  readonly createdAt: Date;
  readonly state: string;
  readonly tries: number;
  readonly problem: string | null;
  readonly sentAt: Date | null;
}

/** Newest first, after the id `after`: ids are in order of time. */
export async function listNotifications(
  db: Database,
  organisation: string,
  filter: {
    readonly channelId: string | null;
    readonly after: string | null;
    readonly limit: number;
    /** That one alone. */
    readonly id: string | null;
  },
): Promise<readonly NotificationRow[]> {
  const { rows } = await sql<NotificationRow>`select n.id, n.channel_id as "channelId", c.name as channel, n.event,
      n.severity, n.text, n.created_at as "createdAt", n.state, n.tries, n.problem, n.sent_at as "sentAt"
    from notification n
    join notification_channel c on c.organisation = n.organisation and c.id = n.channel_id
    where n.organisation = ${organisation}
      and (${filter.channelId}::uuid is null or n.channel_id = ${filter.channelId})
      and (${filter.after}::uuid is null or n.id < ${filter.after})
      and (${filter.id}::uuid is null or n.id = ${filter.id})
    order by n.id desc limit ${filter.limit}`.execute(db);
  return rows;
}
