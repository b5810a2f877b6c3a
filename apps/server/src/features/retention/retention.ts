import { type Answer, AppError } from '@genehound/contract';
import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { newId } from '../../platform/ids.ts';
import type { Queue } from '../../platform/jobs.ts';
import { appendAudit } from '../accounts/read.ts';
import { applyRetention, dueOf } from './apply.ts';
import { deleteOrganisation, ERASE, eraseOrganisation } from './erase.ts';
import { toErase } from './erase-store.ts';
import * as store from './policy-store.ts';

const RETAIN: Queue<{ readonly organisation: string }> = {
  name: 'apply-retention',
  data: z.object({ organisation: z.uuid() }),
  retries: 3,
  seconds: 7_200,
  coalesce: { key: ({ organisation }) => organisation, seconds: 1 },
};
const EVERY = 3_600_000;

/** Said to people; docs/operate.md has the same. */
const FOR_EVER: readonly string[] = [
  'the audit log and its chain',
  'receipts of scans, and the public keys that prove them',
  'that a scan was: endpoint, times, verdict, counts, changes of its verdict',
  'scans that accuse, and the newest scan of each endpoint',
  'genes, verdicts and labels, so that the past can be judged again',
  'code that is accused or labelled',
  'hunts, cases, families, decisions, users and keys',
];

async function policyOf({ db }: Context, organisation: string): Promise<Answer<'getRetention'>> {
  const { updatedBy, updatedAt, ...policy } = await store.findPolicy(db, organisation);
  const due = await dueOf({ db }, organisation, policy);
  return { ...policy, updatedBy, updatedAt: updatedAt?.toISOString() ?? null, due, forever: [...FOR_EVER] };
}

const resource = ({ createdAt, liftedAt, ...hold }: store.HoldRow): Answer<'addHold'> => ({
  ...hold,
  createdAt: createdAt.toISOString(),
  liftedAt: liftedAt?.toISOString() ?? null,
});

function defined(change: { readonly [K in keyof store.Policy]?: store.Policy[K] | undefined }): Partial<store.Policy> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

async function changePolicy(
  { db, jobs }: Context,
  { organisation, actor }: Principal,
  change: Partial<store.Policy>,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { updatedBy: _by, updatedAt: _at, ...before } = await store.findPolicy(tx, organisation);
    await store.putPolicy(tx, organisation, { ...before, ...change }, actor);
    const details = { before, change };
    await appendAudit(tx, { organisation, actor, action: 'retention.change', subject: null, details });
    await jobs.enqueue(tx, RETAIN, [{ organisation }]);
  });
}

async function addHold(
  { db }: Context,
  { organisation, actor }: Principal,
  given: Pick<store.HoldRow, 'kind' | 'subject' | 'reason'>,
): Promise<Answer<'addHold'>> {
  const { kind, subject, reason } = given;
  return await inTransaction(db, async (tx) => {
    if (kind !== 'organisation' && !(await store.isThere(tx, organisation, kind, subject ?? '')))
      throw new AppError('not_found', { what: `The ${kind}` });
    const id = newId();
    await store.insertHold(tx, organisation, { id, kind, subject, reason, createdBy: actor });
    const details = { id, kind, reason };
    await appendAudit(tx, { organisation, actor, action: 'hold.add', subject: subject ?? organisation, details });
    const hold = await store.findHold(tx, organisation, id);
    if (hold === null) throw new Error('The hold that was just made is not there');
    return resource(hold);
  });
}

async function liftHold({ db }: Context, { organisation, actor }: Principal, id: string): Promise<Answer<'liftHold'>> {
  return await inTransaction(db, async (tx) => {
    const lifted = await store.liftHold(tx, organisation, id, actor);
    const hold = await store.findHold(tx, organisation, id);
    if (hold === null) throw new AppError('not_found', { what: 'The hold' });
    if (!lifted) throw new AppError('conflict', { details: `It was lifted before by ${hold.liftedBy}` });
    await appendAudit(tx, {
      organisation,
      actor,
      action: 'hold.lift',
      subject: hold.subject ?? organisation,
      details: { id },
    });
    return resource(hold);
  });
}

type Handled = 'getRetention' | 'changeRetention' | 'listHolds' | 'addHold' | 'liftHold' | 'deleteOrganisation';

/** How long what is kept, what must stay, and organisations that leave. */
export function retention(context: Context): Feature<Handled> {
  const { db, jobs, log } = context;
  jobs.work(RETAIN, { concurrency: 1, batch: 1 }, async (items) => {
    for (const { organisation } of items) await applyRetention(context, organisation);
  });
  jobs.work(ERASE, { concurrency: 1, batch: 1 }, async (items) => {
    for (const { organisation } of items) await eraseOrganisation(context, organisation);
  });
  const orderAll = async (): Promise<void> => {
    const named = (ids: readonly string[]) => ids.map((organisation) => ({ organisation }));
    const [keeping, leaving] = [named(await store.withPolicy(db)), named(await toErase(db))];
    await inTransaction(db, async (tx) => {
      await jobs.enqueue(tx, RETAIN, keeping);
      await jobs.enqueue(tx, ERASE, leaving);
    });
  };
  let timer: NodeJS.Timeout | null = null;
  return {
    handlers: {
      getRetention: ({ principal }) => policyOf(context, principal.organisation),
      changeRetention: async ({ principal, body }) => {
        await changePolicy(context, principal, defined(body));
        return await policyOf(context, principal.organisation);
      },
      listHolds: async ({ principal }) => ({
        items: (await store.listHolds(db, principal.organisation)).map(resource),
      }),
      addHold: ({ principal, body }) => addHold(context, principal, body),
      liftHold: ({ principal, params }) => liftHold(context, principal, params.id),
      deleteOrganisation: ({ principal, params, body }) => deleteOrganisation(context, principal, params.id, body),
    },
    start: async () => {
      await orderAll();
      timer = setInterval(() => {
        orderAll().catch((error: unknown) => log.error({ err: error }, 'retention was not ordered'));
      }, EVERY);
      timer.unref();
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer);
    },
  };
}
