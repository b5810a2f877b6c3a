import { randomBytes } from 'node:crypto';
import { type Answer, AppError, notifications as contract } from '@genehound/contract';
import type { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { type Database, inTransaction } from '../../platform/database.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { newId } from '../../platform/ids.ts';
import { appendAudit } from '../accounts/read.ts';
import { findHunt } from '../hunts/read.ts';
import { type ChannelSettings, channelSettings, deliver, giveUp } from './deliver.ts';
import { DELIVER_NOTIFICATION } from './jobs.ts';
import * as store from './store.ts';

type Channel = Answer<'listChannels'>['items'][number];
type NewChannel = z.output<typeof contract.newChannel>;

const notFound = (): AppError => new AppError('not_found', { what: 'The channel' });

function addressOf(to: ChannelSettings): string {
  if (to.kind === 'email') return `${to.to.join(', ')} by ${to.host}:${to.port}`;
  if (to.kind === 'syslog') return `${to.host}:${to.port}${to.tls ? ' (TLS)' : ''}`;
  // A webhook's path is often its password.
  return new URL(to.url).origin;
}

function channelOf(row: store.ChannelRow): Channel {
  const to = channelSettings.parse(row.settings);
  return {
    id: row.id,
    name: row.name,
    kind: to.kind,
    address: addressOf(to),
    events: contract.channel.shape.events.parse(row.events),
    severity: contract.channel.shape.severity.parse(row.severity),
    huntId: row.huntId,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
  };
}

async function addChannel({ db }: Context, principal: Principal, body: NewChannel): Promise<Answer<'addChannel'>> {
  const { organisation, actor } = principal;
  if (body.huntId !== undefined && (await findHunt(db, organisation, body.huntId)) === null)
    throw new AppError('not_found', { what: 'The hunt' });
  const secret = body.to.kind === 'webhook' ? `whsec_${randomBytes(24).toString('base64')}` : null;
  const id = newId();
  await inTransaction(db, async (tx) => {
    await store.insertChannel(tx, {
      organisation,
      id,
      name: body.name,
      kind: body.to.kind,
      settings: secret === null ? body.to : { ...body.to, secret },
      events: body.events,
      severity: body.severity,
      huntId: body.huntId ?? null,
      createdBy: actor,
    });
    const details = { name: body.name, kind: body.to.kind, address: addressOf(body.to) };
    await appendAudit(tx, { organisation, actor, action: 'add-channel', subject: id, details });
  });
  const row = await store.findChannel(db, organisation, id);
  if (row === null) throw notFound();
  return { ...channelOf(row), secret };
}

async function removeChannel({ db }: Context, { organisation, actor }: Principal, id: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    if (!(await store.removeChannel(tx, organisation, id))) throw notFound();
    await appendAudit(tx, { organisation, actor, action: 'remove-channel', subject: id, details: {} });
  });
}

/** Sends at once, so that who set the channel up sees what became of it. AppError conflict says why it was not taken. */
async function testChannel(
  context: Context,
  { organisation, actor }: Principal,
  channelId: string,
): Promise<Answer<'testChannel'>> {
  const { db } = context;
  const id = newId();
  await inTransaction(db, async (tx) => {
    if ((await store.findChannel(tx, organisation, channelId)) === null) throw notFound();
    await store.insertNotifications(tx, organisation, [{ id, channelId }], {
      event: 'test',
      severity: 'information',
      about: `test:${id}`,
      text: 'This is a test: messages of Genehound arrive here',
      details: { askedBy: actor },
    });
  });
  try {
    await deliver(context, organisation, id);
  } catch (error) {
    await giveUp(context, organisation, id, error);
  }
  // By its id: a threat that is told in between is newer.
  const [row] = await list(db, organisation, { channelId, after: null, limit: 1, id });
  if (row === undefined) throw notFound();
  return row;
}

async function list(
  db: Database,
  organisation: string,
  filter: Parameters<typeof store.listNotifications>[2],
): Promise<Answer<'listNotifications'>['items']> {
  const rows = await store.listNotifications(db, organisation, filter);
  return rows.map((row) =>
    contract.notification.parse({
      ...row,
      createdAt: row.createdAt.toISOString(),
      sentAt: row.sentAt?.toISOString() ?? null,
    }),
  );
}

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function notifications(
  context: Context,
): Feature<'listChannels' | 'addChannel' | 'removeChannel' | 'testChannel' | 'listNotifications'> {
  const { db, jobs } = context;
  jobs.work(
    DELIVER_NOTIFICATION,
    {
      concurrency: 2,
      batch: 1,
      onGivenUp: async ({ organisation, id }, error) => await giveUp(context, organisation, id, error),
    },
    async (items) => {
      for (const { organisation, id } of items) await deliver(context, organisation, id);
    },
  );
  return {
    handlers: {
      listChannels: async ({ principal }) => ({
        items: (await store.listChannels(db, principal.organisation)).map(channelOf),
      }),
      addChannel: async ({ principal, body }) => await addChannel(context, principal, body),
      removeChannel: async ({ principal, params }) => {
        await removeChannel(context, principal, params.id);
        return {};
      },
      testChannel: async ({ principal, params }) => await testChannel(context, principal, params.id),
      listNotifications: async ({ principal, query }) => {
        const after = query.cursor === undefined || !ID.test(query.cursor) ? null : query.cursor;
        const filter = { channelId: query.channelId ?? null, after, limit: query.limit + 1, id: null };
        const items = await list(db, principal.organisation, filter);
        const shown = items.slice(0, query.limit);
        return { items: shown, nextCursor: items.length > shown.length ? (shown.at(-1)?.id ?? null) : null };
      },
    },
  };
}
