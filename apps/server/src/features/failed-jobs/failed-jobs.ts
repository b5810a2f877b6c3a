import { type Answer, AppError, GLOBAL_ORGANISATION } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import type { Feature } from '../../platform/feature.ts';
import { isOnlyOperator, type Principal } from '../../platform/http/principal.ts';
import { appendAudit } from '../accounts/read.ts';
import * as store from './store.ts';

/** Milliseconds between two looks at the queue. It keeps what failed for an hour. */
const EVERY = 30_000;

/** An organisation's own work; an operator's is the installation's, and of no organisation unless he is more than that. */
function scopesOf(principal: Principal): readonly string[] {
  const scopes: string[] = isOnlyOperator(principal) ? [] : [principal.organisation];
  if (principal.roles.includes('operator')) scopes.push(GLOBAL_ORGANISATION);
  return scopes;
}

function resource(row: store.FailedJobRow): Answer<'retryFailedJob'> {
  const { organisation: _organisation, ...about } = row.data;
  return {
    id: row.id,
    scope: row.organisation === GLOBAL_ORGANISATION ? 'installation' : 'organisation',
    queue: row.queue,
    about,
    tries: row.tries,
    reason: row.reason,
    failedAt: row.failedAt.toISOString(),
    decision: row.decision,
    decidedBy: row.decidedBy,
    decidedAt: row.decidedAt?.toISOString() ?? null,
  };
}

function positionOf(cursor: string): { readonly at: string; readonly id: string } {
  const parts = /^(\d{4}-[0-9 :.+-]+)\|([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (parts?.[1] === undefined || parts[2] === undefined)
    throw new AppError('bad_request', { details: 'cursor: not one of ours' });
  return { at: parts[1], id: parts[2] };
}

async function decide(
  { db, jobs }: Context,
  principal: Principal,
  id: string,
  decision: 'retried' | 'dismissed',
): Promise<Answer<'retryFailedJob'>> {
  return await inTransaction(db, async (tx) => {
    const found = await store.lockFailed(tx, scopesOf(principal), id);
    if (found === undefined) throw new AppError('not_found', { what: 'The failed job' });
    if (found.decision !== null)
      throw new AppError('conflict', { details: `The job was ${found.decision} already by ${found.decidedBy}` });
    if (decision === 'retried' && !(await jobs.again(tx, found.queue, found.data)))
      throw new AppError('conflict', { details: `This version has no work "${found.queue}"; dismiss it` });
    await appendAudit(tx, {
      organisation: principal.organisation,
      actor: principal.actor,
      action: `failed-job.${decision}`,
      subject: id,
      details: { queue: found.queue },
    });
    const decided = await store.decideFailed(tx, found, decision, principal.actor);
    if (decided === undefined) throw new AppError('not_found', { what: 'The failed job' });
    return resource(decided);
  });
}

/** Work whose last try failed: kept with its reason until somebody has it tried again or dismisses it. */
export function failedJobs(context: Context): Feature<'listFailedJobs' | 'retryFailedJob' | 'dismissFailedJob'> {
  const { db, jobs, log } = context;
  const keep = async (): Promise<void> => {
    const known = await store.keepFailed(db, await jobs.failed());
    if (known.length > 0) log.warn({ jobs: known.length }, 'jobs failed for good and wait for a decision');
  };
  let timer: NodeJS.Timeout | null = null;
  return {
    handlers: {
      listFailedJobs: async ({ principal, query }) => {
        await keep();
        const scopes = scopesOf(principal);
        const behind = query.cursor === undefined ? null : positionOf(query.cursor);
        const found = await store.listFailed(db, scopes, query.state, query.limit + 1, behind);
        const shown = found.slice(0, query.limit);
        const last = found.length > query.limit ? shown.at(-1) : undefined;
        const nextCursor = last === undefined ? null : Buffer.from(`${last.position}|${last.id}`).toString('base64url');
        return { items: shown.map(resource), open: await store.countOpenFailed(db, scopes), nextCursor };
      },
      retryFailedJob: ({ principal, params }) => decide(context, principal, params.id, 'retried'),
      dismissFailedJob: ({ principal, params }) => decide(context, principal, params.id, 'dismissed'),
    },
    start: async () => {
      await keep();
      timer = setInterval(() => {
        keep().catch((error: unknown) => log.error({ err: error }, 'failed jobs were not kept'));
      }, EVERY);
      timer.unref();
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer);
    },
  };
}
