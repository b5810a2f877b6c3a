import { GLOBAL_ORGANISATION } from '@genehound/contract';
import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';
import type { FailedInQueue } from '../../platform/jobs.ts';

export interface FailedJobRow {
  readonly organisation: string;
  readonly id: string;
  readonly queue: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly tries: number;
  readonly reason: string;
  readonly failedAt: Date;
  readonly decision: 'retried' | 'dismissed' | null;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  /** As PostgreSQL writes it, to the microsecond. */
  readonly position: string;
}

/**
 * Keeps what the queue is about to forget; those that were not known. Work of no organisation, or of one that is gone,
 * is the installation's.
 */
export async function keepFailed(db: Database, jobs: readonly FailedInQueue[]): Promise<readonly string[]> {
  if (jobs.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    insert into failed_job (organisation, id, queue, data, tries, reason, failed_at)
    select coalesce(o.id, ${GLOBAL_ORGANISATION}), j.id, j.queue, j.data, j.tries, left(j.reason, 2000), j.failed_at
    from jsonb_to_recordset(${JSON.stringify(jobs)}::jsonb)
      as j (id uuid, queue text, data jsonb, tries integer, reason text, failed_at timestamptz)
    left join organisation o on o.id::text = coalesce(j.data ->> 'organisation', j.data ->> 'scope')
    on conflict do nothing returning id`.execute(db);
  return rows.map(({ id }) => id);
}

const SELECT = sql`select organisation, id, queue, data, tries, reason, failed_at as "failedAt", decision,
  decided_by as "decidedBy", decided_at as "decidedAt", failed_at::text as position from failed_job`;

/** The newest first. */
export async function listFailed(
  db: Database,
  organisations: readonly string[],
  state: 'open' | 'all',
  limit: number,
  behind: { readonly at: string; readonly id: string } | null,
): Promise<readonly FailedJobRow[]> {
  const open = state === 'open' ? sql`and decision is null` : sql``;
  const after =
    behind === null
      ? sql``
      : sql`and (failed_at < ${behind.at}::timestamptz or (failed_at = ${behind.at}::timestamptz and id > ${behind.id}))`;
  const { rows } = await sql<FailedJobRow>`${SELECT} where organisation = any(${organisations}::uuid[]) ${open} ${after}
    order by failed_at desc, id limit ${limit}`.execute(db);
  return rows;
}

const MOST_COUNTED = 1_000;

export async function countOpenFailed(db: Database, organisations: readonly string[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from (select from failed_job
    where organisation = any(${organisations}::uuid[]) and decision is null limit ${MOST_COUNTED}) f`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Locked until the transaction ends. */
export async function lockFailed(
  tx: Tx,
  organisations: readonly string[],
  id: string,
): Promise<FailedJobRow | undefined> {
  const { rows } = await sql<FailedJobRow>`${SELECT}
    where organisation = any(${organisations}::uuid[]) and id = ${id} for update`.execute(tx);
  return rows[0];
}

export async function decideFailed(
  tx: Tx,
  { organisation, id }: Pick<FailedJobRow, 'organisation' | 'id'>,
  decision: 'retried' | 'dismissed',
  actor: string,
): Promise<FailedJobRow | undefined> {
  await sql`update failed_job set decision = ${decision}, decided_by = ${actor}, decided_at = now()
    where organisation = ${organisation} and id = ${id}`.execute(tx);
  return await lockFailed(tx, [organisation], id);
}
