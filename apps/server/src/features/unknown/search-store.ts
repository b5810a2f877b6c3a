import { sql } from 'kysely';
import { type Database, jsonText, type Tx, text } from '../../platform/database.ts';
import { type ClusterFilter, clusterConditions } from './cluster-read-store.ts';

export interface SearchRow {
  readonly id: string;
  readonly name: string;
  readonly filter: unknown;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly hits: number;
  readonly lastHitAt: Date | null;
}

/** Searches of an organisation that are kept, at most. */
export const MOST_SEARCHES = 100;

export async function listSearches(db: Database | Tx, organisation: string): Promise<readonly SearchRow[]> {
  const { rows } = await sql<SearchRow>`
    select s.id, s.name, s.filter, s.created_by as "createdBy", s.created_at as "createdAt",
      count(h.cluster_id) as hits, max(h.found_at) as "lastHitAt"
    from saved_search s left join saved_search_hit h on h.organisation = s.organisation and h.search_id = s.id
    where s.organisation = ${organisation} and s.removed_at is null
    group by s.organisation, s.id order by s.created_at, s.id limit ${MOST_SEARCHES}`.execute(db);
  return rows;
}

export async function insertSearch(
  tx: Tx,
  organisation: string,
  search: { readonly id: string; readonly name: string; readonly filter: object; readonly by: string },
): Promise<void> {
  await sql`insert into saved_search (organisation, id, name, filter, created_by)
    values (${organisation}, ${search.id}, ${text(search.name)}, ${jsonText(search.filter)}::jsonb,
      ${search.by})`.execute(tx);
}

export async function removeSearch(tx: Tx, organisation: string, id: string): Promise<boolean> {
  const { rows } = await sql`update saved_search set removed_at = now()
    where organisation = ${organisation} and id = ${id} and removed_at is null returning id`.execute(tx);
  return rows.length > 0;
}

export interface NewHit {
  readonly id: string;
  readonly path: string | null;
}

/** Notes the clusters that a search finds and never found; answers them. */
export async function noteHits(
  tx: Tx,
  organisation: string,
  searchId: string,
  filter: ClusterFilter,
): Promise<readonly NewHit[]> {
  const { rows } = await sql<NewHit>`
    with found as (select c.id, c.path from unknown_cluster c where ${clusterConditions(organisation, filter)}),
    noted as (insert into saved_search_hit (organisation, search_id, cluster_id)
      select ${organisation}, ${searchId}, id from found on conflict do nothing returning cluster_id)
    select f.id, f.path from noted n join found f on f.id = n.cluster_id order by f.id`.execute(tx);
  return rows;
}

export interface WeekRow {
  readonly organisation: string;
  readonly week: string;
  readonly scans: number;
  readonly endpoints: number;
  readonly infected: number;
  readonly clusters: number;
  readonly cases: number;
}

/** What was new in each organisation in the last whole week, from Monday to Monday in UTC. */
export async function lastWeek(db: Database): Promise<readonly WeekRow[]> {
  const { rows } = await sql<WeekRow>`
    with span as (select date_trunc('week', now()) - interval '7 days' as from_at, date_trunc('week', now()) as to_at)
    select o.id as organisation, to_char(p.from_at, 'IYYY-"W"IW') as week,
      (select count(*) from scan s where s.organisation = o.id and s.created_at >= p.from_at and s.created_at < p.to_at) as scans,
      (select count(*) from endpoint e where e.organisation = o.id and e.first_seen_at >= p.from_at
        and e.first_seen_at < p.to_at) as endpoints,
      (select count(distinct s.endpoint_id) from scan s where s.organisation = o.id and s.verdict = 'infected'
        and s.created_at >= p.from_at and s.created_at < p.to_at) as infected,
      (select count(*) from unknown_cluster c where c.organisation = o.id and c.endpoints > 0
        and c.first_seen_at >= p.from_at and c.first_seen_at < p.to_at) as clusters,
      (select count(*) from work_case w where w.organisation = o.id and w.state <> 'closed') as cases
    from organisation o cross join span p
    where exists (select from notification_channel n where n.organisation = o.id and n.removed_at is null
      and 'digest.weekly' = any(n.events))`.execute(db);
  return rows;
}
