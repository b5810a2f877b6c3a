import type { ArtifactVerdict, FindingKind, Layout } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest } from '../../platform/database.ts';

export interface PlaceRow {
  readonly scanId: string;
  readonly sha256: string;
  readonly layout: Layout;
  readonly verdict: ArtifactVerdict;
  readonly path: string | null;
  readonly pid: number;
  readonly findings: readonly FindingKind[];
  readonly why: string | null;
}

/** Of each of these scans the code that accuses it most, with one of its places. */
export async function worstPlaces(
  db: Database,
  organisation: string,
  scans: readonly string[],
): Promise<readonly PlaceRow[]> {
  const { rows } = await sql<PlaceRow>`
    select x.id as "scanId", p.* from unnest(${scans}::uuid[]) as x (id)
    cross join lateral (
      select encode(g.sha256, 'hex') as sha256, g.layout, v.verdict, g.path, g.pid, g.findings,
        v.evidence -> 'reasons' ->> 0 as why
      from sighting g
      join verdict v on v.organisation = g.organisation and v.sha256 = g.sha256 and v.layout = g.layout
      where g.organisation = ${organisation} and g.scan_id = x.id and v.verdict in ('malicious', 'suspicious')
      order by v.verdict = 'malicious' desc, cardinality(g.findings) desc, g.sha256, g.layout, g.pid, g.address
      limit 1) p`.execute(db);
  return rows;
}

const FOREIGN = sql`v.verdict in ('malicious', 'suspicious') and v.evidence -> 'findings' ? 'foreign-code'`;

export async function countOpen(
  db: Database,
  organisation: string,
): Promise<{ clusters: number; recent: number; rarest: number | null; foreign: number; conflicts: number }> {
  const { rows } = await sql<{
    clusters: number;
    recent: number;
    rarest: number | null;
    foreign: number;
    conflicts: number;
  }>`
    select c.*,
      (select count(*)::int from verdict v where v.organisation = ${organisation} and ${FOREIGN}) as foreign,
      (select count(*)::int from acquittal_conflict where organisation = ${organisation} and resolved_at is null) as conflicts
    from (select count(*)::int as clusters,
        count(*) filter (where first_seen_at > now() - interval '7 days')::int as recent, min(endpoints) as rarest
      from unknown_cluster where organisation = ${organisation} and endpoints > 0) c`.execute(db);
  return rows[0] ?? { clusters: 0, recent: 0, rarest: null, foreign: 0, conflicts: 0 };
}

export interface Day {
  readonly day: string;
  readonly scans: number;
  readonly accusing: number;
  readonly unknown: number;
}

/** The last fourteen days in UTC, the oldest first. */
export async function lastDays(db: Database, organisation: string): Promise<readonly Day[]> {
  const { rows } = await sql<Day>`
    with judged as (
      select created_at::date as day, count(*)::int as scans,
        count(*) filter (where verdict in ('infected', 'suspicious'))::int as accusing
      from scan where organisation = ${organisation} and state = 'done' and created_at >= current_date - 13 group by 1),
    clusters as (
      select first_seen_at::date as day, count(*)::int as unknown from unknown_cluster
      where organisation = ${organisation} and endpoints > 0 and first_seen_at >= current_date - 13 group by 1)
    select to_char(d.day, 'YYYY-MM-DD') as day, coalesce(j.scans, 0) as scans, coalesce(j.accusing, 0) as accusing,
      coalesce(c.unknown, 0) as unknown
    from generate_series(current_date - 13, current_date, interval '1 day') as d (day)
    left join judged j on j.day = d.day::date left join clusters c on c.day = d.day::date order by d.day`.execute(db);
  return rows;
}

const MOST_QUEUED = 10_000;

/** What is under way for this organisation. Retro-hunts are also those of the global genome. */
export async function countActivity(
  db: Database,
  organisation: string,
  scopes: readonly string[],
): Promise<{ receiving: number; analysing: number; artifacts: number; retroHunts: number }> {
  const { rows } = await sql<{ receiving: number; analysing: number; artifacts: number; retroHunts: number }>`
    select
      (select count(*)::int from scan where organisation = ${organisation} and state = 'receiving') as receiving,
      (select count(*)::int from scan where organisation = ${organisation} and state = 'analysing') as analysing,
      (select count(*)::int from (select from artifact where organisation = ${organisation}
        and state in ('queued', 'running') limit ${MOST_QUEUED}) q) as artifacts,
      (select count(*)::int from retro_hunt where organisation = any(${scopes}::uuid[]) and state = 'running')
        as "retroHunts"`.execute(db);
  return rows[0] ?? { receiving: 0, analysing: 0, artifacts: 0, retroHunts: 0 };
}

export interface ForeignRow {
  readonly sha256: string;
  readonly layout: Layout;
  readonly verdict: ArtifactVerdict;
  readonly family: string | null;
  readonly path: string | null;
  readonly why: string | null;
  readonly endpoints: number;
  readonly judgedAt: Date;
  /** The same to the microsecond, for a place in the list. */
  readonly at: string;
}

/** A place in the list: behind what was judged then, and has this hash and layout. */
export interface ForeignPlace {
  readonly at: string;
  readonly sha256: string;
  readonly layout: string;
}

/** The newest first. */
export async function listForeign(
  db: Database,
  organisation: string,
  limit: number,
  behind: ForeignPlace | null,
): Promise<readonly ForeignRow[]> {
  const after =
    behind === null
      ? sql``
      : sql`and (v.judged_at < ${behind.at}::timestamptz or v.judged_at = ${behind.at}::timestamptz
          and (v.sha256, v.layout) > (${digest(behind.sha256)}, ${behind.layout}))`;
  const { rows } = await sql<ForeignRow>`
    select encode(v.sha256, 'hex') as sha256, v.layout, v.verdict, v.judged_at as "judgedAt",
      to_char(v.judged_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
      (select f ->> 'name' from jsonb_array_elements(v.evidence -> 'families') f
        where f ->> 'type' not in ('malware', 'malicious_packer') order by (f ->> 'share')::float8 desc limit 1) as family,
      v.evidence -> 'reasons' ->> 0 as why,
      (select g.path from sighting g where g.organisation = v.organisation and g.sha256 = v.sha256
        and g.layout = v.layout and g.path is not null limit 1) as path,
      (select count(*)::int from artifact_endpoint x where x.organisation = v.organisation and x.sha256 = v.sha256
        and x.layout = v.layout) as endpoints
    from verdict v where v.organisation = ${organisation} and ${FOREIGN} ${after}
    order by v.judged_at desc, v.sha256, v.layout limit ${limit}`.execute(db);
  return rows;
}
