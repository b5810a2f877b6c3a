import { sql } from 'kysely';
import type { Database } from '../../platform/database.ts';

export interface QueueLength {
  readonly queue: string;
  readonly state: string;
  readonly jobs: number;
}

/** Jobs that wait, run, or failed within the last hour, by their queue. */
export async function queueLengths(db: Database): Promise<readonly QueueLength[]> {
  const { rows } = await sql<QueueLength>`select name as queue, state::text as state, count(*)::int as jobs
    from pgboss.job where state in ('created', 'retry', 'active', 'failed') group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}

/** Scans that are not judged yet, by their state, and failed jobs that nobody decided about. */
export async function openWork(
  db: Database,
): Promise<{ readonly receiving: number; readonly analysing: number; readonly failedJobs: number }> {
  const { rows } = await sql<{ receiving: number; analysing: number; failedJobs: number }>`select
    (select count(*)::int from scan where state = 'receiving') as receiving,
    (select count(*)::int from scan where state = 'analysing') as analysing,
    (select count(*)::int from failed_job where decision is null) as "failedJobs"`.execute(db);
  return rows[0] ?? { receiving: 0, analysing: 0, failedJobs: 0 };
}
