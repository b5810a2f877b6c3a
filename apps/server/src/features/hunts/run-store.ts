import type { runners } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, type Tx, text } from '../../platform/database.ts';
import type { HuntKey } from './rounds-store.ts';

/** Rows of runs: what the runner of a hunt did for each round. */

export interface RunRow {
  readonly round: number;
  readonly runner: string;
  readonly state: (typeof runners.RUN_STATES)[number];
  readonly exitCode: number | null;
  readonly problem: string | null;
  readonly output: string;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** True where the hunt has a runner and none was ordered for the round. */
export async function addRun(tx: Tx, { organisation, id }: HuntKey, round: number): Promise<boolean> {
  const { rows } = await sql`insert into hunt_run (organisation, hunt_id, round, runner)
    select organisation, id, ${round}, runner from hunt
    where organisation = ${organisation} and id = ${id} and runner is not null
    on conflict do nothing returning round`.execute(tx);
  return rows.length > 0;
}

/** Newest first. */
export async function listRuns(db: Database, { organisation, id }: HuntKey, limit: number): Promise<readonly RunRow[]> {
  const { rows } = await sql<RunRow>`select round, runner, state, exit_code as "exitCode", problem, output,
      started_at as "startedAt", finished_at as "finishedAt"
    from hunt_run where organisation = ${organisation} and hunt_id = ${id} order by round desc limit ${limit}`.execute(
    db,
  );
  return rows;
}

export interface BegunRun {
  readonly runner: string;
  /** The hunt is closed, or the round has ended. */
  readonly isOver: boolean;
}

/** Takes a run; null where somebody began it before. */
export async function beginRun(db: Database, { organisation, id }: HuntKey, round: number): Promise<BegunRun | null> {
  const { rows } = await sql<BegunRun>`update hunt_run u set state = 'running', started_at = now()
    from hunt h join hunt_round r on r.organisation = h.organisation and r.hunt_id = h.id
    where u.organisation = ${organisation} and u.hunt_id = ${id} and u.round = ${round} and u.state = 'queued'
      and h.organisation = u.organisation and h.id = u.hunt_id and r.number = u.round
    returning u.runner, h.closed_at is not null or coalesce(r.closes_at <= now(), false) as "isOver"`.execute(db);
  return rows[0] ?? null;
}

export interface EndOfRun {
  readonly state: 'done' | 'failed';
  readonly exitCode: number | null;
  readonly problem: string | null;
  readonly output: string;
}

/** Only of a run that is not over. */
export async function endRun(
  db: Database,
  { organisation, id }: HuntKey,
  round: number,
  { state, exitCode, problem, output }: EndOfRun,
): Promise<void> {
  await sql`update hunt_run set state = ${state}, exit_code = ${exitCode},
      problem = ${problem === null ? null : text(problem)}, output = ${text(output)}, finished_at = now()
    where organisation = ${organisation} and hunt_id = ${id} and round = ${round} and state in ('queued', 'running')`.execute(
    db,
  );
}

export async function targetNames(db: Database, { organisation, id }: HuntKey): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select name from hunt_target
    where organisation = ${organisation} and hunt_id = ${id} order by name`.execute(db);
  return rows.map(({ name }) => name);
}
