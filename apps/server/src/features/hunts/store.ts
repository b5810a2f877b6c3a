import { sql } from 'kysely';
import { type Database, type Tx, text } from '../../platform/database.ts';
import type { Target } from './coverage.ts';
import type { HuntKey } from './rounds-store.ts';

export interface HuntRow {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly createdAt: Date;
  readonly closedAt: Date | null;
  readonly anyone: boolean;
  readonly targets: number;
  readonly scans: number;
  readonly scansPerEndpoint: string;
  readonly cron: string | null;
  readonly timeZone: string | null;
  readonly roundSeconds: number | null;
  readonly nextRoundAt: Date | null;
  readonly limits: unknown;
  readonly runner: string | null;
}

/** Newest first; at most 1,000. With an id: that one alone. */
export async function selectHunts(db: Database, organisation: string, id: string | null): Promise<readonly HuntRow[]> {
  const { rows } = await sql<HuntRow>`select h.id, h.name, h.owner, h.created_at as "createdAt",
      h.closed_at as "closedAt", h.anyone, h.scans_per_endpoint as "scansPerEndpoint", h.cron,
      h.time_zone as "timeZone", h.round_seconds as "roundSeconds", h.next_round_at as "nextRoundAt", h.limits, h.runner,
      (select count(*) from hunt_target t where t.organisation = h.organisation and t.hunt_id = h.id) as targets,
      (select count(*) from scan s where s.organisation = h.organisation and s.hunt_id = h.id) as scans
    from hunt h where h.organisation = ${organisation} and (${id}::uuid is null or h.id = ${id})
    order by h.created_at desc, h.id limit 1000`.execute(db);
  return rows;
}

/** Locks the hunt for this transaction. False where there is none; null where it is closed. */
export async function lockHunt(tx: Tx, { organisation, id }: HuntKey): Promise<boolean | null> {
  const row = await tx
    .selectFrom('hunt')
    .select('closed_at')
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return false;
  return row.closed_at === null ? true : null;
}

export interface NewHunt extends HuntKey {
  readonly name: string;
  readonly owner: string;
  readonly createdBy: string;
  readonly anyone: boolean;
  readonly scansPerEndpoint: 'one' | 'any';
  readonly cron: string | null;
  readonly timeZone: string | null;
  readonly roundSeconds: number | null;
  readonly nextRoundAt: Date | null;
  readonly untilAt: Date | null;
  readonly limits: object;
  readonly runner: string | null;
}

export async function insertHunt(tx: Tx, hunt: NewHunt): Promise<void> {
  await tx
    .insertInto('hunt')
    .values({
      organisation: hunt.organisation,
      id: hunt.id,
      name: text(hunt.name),
      owner: text(hunt.owner),
      created_by: hunt.createdBy,
      anyone: hunt.anyone,
      scans_per_endpoint: hunt.scansPerEndpoint,
      cron: hunt.cron,
      time_zone: hunt.timeZone,
      round_seconds: hunt.roundSeconds,
      next_round_at: hunt.nextRoundAt,
      until_at: hunt.untilAt,
      limits: JSON.stringify(hunt.limits),
      runner: hunt.runner,
    })
    .execute();
}

/** A target that is there already takes the group that is named now; the same name in other case is the same target. */
export async function addTargets(tx: Tx, { organisation, id }: HuntKey, targets: readonly Target[]): Promise<void> {
  // Of several spellings the first stays.
  const distinct = new Map([...targets].reverse().map((target) => [text(target.name.trim()).toLowerCase(), target]));
  distinct.delete('');
  if (distinct.size === 0) return;
  const all = [...distinct.values()];
  await sql`insert into hunt_target as known (organisation, hunt_id, name, group_name)
    select ${organisation}, ${id}, coalesce((select t.name from hunt_target t
      where t.organisation = ${organisation} and t.hunt_id = ${id} and lower(t.name) = lower(row.name)), row.name), row.group_name
    from unnest(${all.map(({ name }) => text(name.trim()))}::text[],
      ${all.map(({ group }) => (group === null ? null : text(group)))}::text[]) as row (name, group_name)
    on conflict (organisation, hunt_id, name) do update set group_name = coalesce(excluded.group_name, known.group_name)`.execute(
    tx,
  );
}

export async function removeTargets(tx: Tx, { organisation, id }: HuntKey, names: readonly string[]): Promise<void> {
  await sql`delete from hunt_target where organisation = ${organisation} and hunt_id = ${id}
    and lower(name) = any(${names.map((name) => text(name.trim()).toLowerCase())}::text[])`.execute(tx);
}

/** Whoever comes is welcome where nobody is named. */
export async function settleAnyone(tx: Tx, { organisation, id }: HuntKey): Promise<void> {
  await sql`update hunt set anyone = true where organisation = ${organisation} and id = ${id} and not exists (
    select from hunt_target t where t.organisation = hunt.organisation and t.hunt_id = hunt.id)`.execute(tx);
}

export async function setClosed(tx: Tx, { organisation, id }: HuntKey): Promise<void> {
  await tx
    .updateTable('hunt')
    .set({ closed_at: sql<Date>`now()`, next_round_at: null })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .execute();
}
