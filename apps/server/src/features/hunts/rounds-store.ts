import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';

export interface HuntKey {
  readonly organisation: string;
  readonly id: string;
}

export interface RoundRow {
  readonly number: number;
  readonly opensAt: Date;
  readonly closesAt: Date | null;
  readonly scans: number;
}

const COLUMNS = sql`r.number, r.opens_at as "opensAt", r.closes_at as "closesAt", (select count(*) from scan s
  where s.organisation = r.organisation and s.hunt_id = r.hunt_id and s.round = r.number) as scans`;

/** Newest first; at most 1,000. */
export async function listRounds(db: Database, hunt: HuntKey): Promise<readonly RoundRow[]> {
  const { rows } = await sql<RoundRow>`select ${COLUMNS} from hunt_round r
    where r.organisation = ${hunt.organisation} and r.hunt_id = ${hunt.id} order by r.number desc limit 1000`.execute(
    db,
  );
  return rows;
}

/** The round of this number, or the newest. */
export async function findRound(db: Database | Tx, hunt: HuntKey, number: number | null): Promise<RoundRow | null> {
  const { rows } = await sql<RoundRow>`select ${COLUMNS} from hunt_round r
    where r.organisation = ${hunt.organisation} and r.hunt_id = ${hunt.id} and (${number}::integer is null or r.number = ${number})
    order by r.number desc limit 1`.execute(db);
  return rows[0] ?? null;
}

/** The newest round that is open at this moment. */
export async function openRoundNumber(db: Database | Tx, hunt: HuntKey): Promise<number | null> {
  const row = await db
    .selectFrom('hunt_round')
    .select('number')
    .where('organisation', '=', hunt.organisation)
    .where('hunt_id', '=', hunt.id)
    .where(sql<boolean>`opens_at <= now() and (closes_at is null or closes_at > now())`)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.number ?? null;
}

export interface NewRound {
  readonly opensAt: Date | null;
  /** Seconds; null: until the hunt is closed. */
  readonly seconds: number | null;
  readonly closesAt?: Date | null;
}

/** Ends what is open or still to come. What never began is over at once, and its end is no news. */
async function endBy(tx: Tx, { organisation, id }: HuntKey, at: Date | null): Promise<void> {
  const end = sql`coalesce(${at}::timestamptz, now())`;
  await sql`update hunt_round set opens_at = least(opens_at, ${end}), closes_at = ${end}, told = told or opens_at > ${end}
    where organisation = ${organisation} and hunt_id = ${id} and (closes_at is null or closes_at > ${end})`.execute(tx);
}

/** Adds the next round; those that are open end as it begins. The caller has locked the hunt. */
export async function addRound(tx: Tx, { organisation, id }: HuntKey, round: NewRound): Promise<number> {
  const opensAt = round.opensAt ?? null;
  await endBy(tx, { organisation, id }, opensAt);
  const { rows } = await sql<{
    number: number;
  }>`insert into hunt_round (organisation, hunt_id, number, opens_at, closes_at)
    select ${organisation}, ${id}, coalesce(max(number), 0) + 1, coalesce(${opensAt}::timestamptz, now()),
      coalesce(${round.closesAt ?? null}::timestamptz,
        coalesce(${opensAt}::timestamptz, now()) + make_interval(secs => ${round.seconds}))
    from hunt_round where organisation = ${organisation} and hunt_id = ${id} returning number`.execute(tx);
  return rows[0]?.number ?? 1;
}

/** All rounds that are open or still to come end now. */
export async function endRounds(tx: Tx, hunt: HuntKey): Promise<void> {
  await endBy(tx, hunt, null);
}

export interface DueHunt extends HuntKey {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly roundSeconds: number;
  readonly nextRoundAt: Date;
  readonly untilAt: Date | null;
}

/** Hunts whose next round is due, the longest first; 100 at a time. */
export async function findDue(db: Database): Promise<readonly HuntKey[]> {
  return await db
    .selectFrom('hunt')
    .select(['organisation', 'id'])
    .where('next_round_at', '<=', sql<Date>`now()`)
    .where('closed_at', 'is', null)
    .where('cron', 'is not', null)
    .orderBy('next_round_at')
    .limit(100)
    .execute();
}

/** The hunt if its next round is due, locked until the transaction ends. Waits for whoever begins it at this moment. */
export async function lockDue(tx: Tx, { organisation, id }: HuntKey): Promise<DueHunt | null> {
  const { rows } = await sql<DueHunt>`select organisation, id, name, cron, time_zone as "timeZone",
      round_seconds as "roundSeconds", next_round_at as "nextRoundAt", until_at as "untilAt"
    from hunt where organisation = ${organisation} and id = ${id}
      and next_round_at <= now() and closed_at is null and cron is not null for update`.execute(tx);
  return rows[0] ?? null;
}

export async function setNextRound(tx: Tx, { organisation, id }: HuntKey, at: Date | null): Promise<void> {
  await tx
    .updateTable('hunt')
    .set({ next_round_at: at })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .execute();
}

/** Rounds that have begun and are not asked for yet, of hunts that were to begin later; 100 at a time. */
export async function findUnasked(
  db: Database,
): Promise<readonly (HuntKey & { readonly name: string; readonly number: number })[]> {
  return await db
    .selectFrom('hunt_round as r')
    .innerJoin('hunt as h', (join) =>
      join.onRef('h.organisation', '=', 'r.organisation').onRef('h.id', '=', 'r.hunt_id'),
    )
    .select(['r.organisation', 'h.id', 'h.name', 'r.number'])
    .where('r.asked', '=', false)
    .where('r.opens_at', '<=', sql<Date>`now()`)
    .where(sql<boolean>`(r.closes_at is null or r.closes_at > now())`)
    .orderBy('r.opens_at')
    .limit(100)
    .execute();
}

export async function markAsked(tx: Tx, { organisation, id }: HuntKey, number: number): Promise<void> {
  await tx
    .updateTable('hunt_round')
    .set({ asked: true })
    .where('organisation', '=', organisation)
    .where('hunt_id', '=', id)
    .where('number', '=', number)
    .execute();
}

/** Rounds that have ended and whose end was not told; 100 at a time. */
export async function findEndedRounds(
  db: Database,
): Promise<readonly (HuntKey & { readonly name: string; readonly number: number })[]> {
  return await db
    .selectFrom('hunt_round as r')
    .innerJoin('hunt as h', (join) =>
      join.onRef('h.organisation', '=', 'r.organisation').onRef('h.id', '=', 'r.hunt_id'),
    )
    .select(['r.organisation', 'h.id', 'h.name', 'r.number'])
    .where('r.told', '=', false)
    .where('r.closes_at', '<=', sql<Date>`now()`)
    .orderBy('r.closes_at')
    .limit(100)
    .execute();
}

export async function markTold(tx: Tx, { organisation, id }: HuntKey, number: number): Promise<void> {
  await tx
    .updateTable('hunt_round')
    .set({ told: true })
    .where('organisation', '=', organisation)
    .where('hunt_id', '=', id)
    .where('number', '=', number)
    .execute();
}
