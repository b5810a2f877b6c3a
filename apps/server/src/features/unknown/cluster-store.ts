import type { Layout } from '@genehound/contract';
import { SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import { type Database, digest, type Tx } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';

/** Rows of clusters of unknown code: how artifacts come in and go, and how figures are counted. */

export interface Newcomer {
  readonly sha256: string;
  readonly layout: Layout;
  /** Encoded; null where it has none. */
  readonly genes: Buffer | null;
}

/** Unknown artifacts that an endpoint had and that are in no cluster. */
export async function newcomers(db: Database, organisation: string, limit: number): Promise<readonly Newcomer[]> {
  const { rows } = await sql<Newcomer>`
    select encode(v.sha256, 'hex') as sha256, v.layout, g.genes
    from verdict v
    left join genome g on g.organisation = v.organisation and g.sha256 = v.sha256 and g.layout = v.layout and g.scheme = ${SCHEME}
    where v.organisation = ${organisation} and v.verdict = 'unknown'
      and not exists (select from unknown_member m
        where m.organisation = v.organisation and m.sha256 = v.sha256 and m.layout = v.layout)
      and exists (select from artifact_endpoint e
        where e.organisation = v.organisation and e.sha256 = v.sha256 and e.layout = v.layout)
    order by v.sha256, v.layout limit ${limit}`.execute(db);
  return rows;
}

/** Takes those out that are not unknown any more, and clusters that are empty then. */
export async function removeKnown(db: Database, organisation: string): Promise<void> {
  await sql`
    with gone as (delete from unknown_member m
      where m.organisation = ${organisation} and not exists (select from verdict v
        where v.organisation = m.organisation and v.sha256 = m.sha256 and v.layout = m.layout and v.verdict = 'unknown')
      returning cluster_id)
    update unknown_cluster c set stale = true
    where c.organisation = ${organisation} and c.id in (select cluster_id from gone)`.execute(db);
  await sql`delete from unknown_cluster c where c.organisation = ${organisation} and c.stale
    and not exists (select from unknown_member m where m.organisation = c.organisation and m.cluster_id = c.id)`.execute(
    db,
  );
}

export interface Kin {
  readonly clusterId: string;
  /** Genes of the sketch that the nearest member of it has, and how many its own sketch has. */
  readonly shared: number;
  readonly size: number;
}

/** The cluster of the member that has the most genes of a sketch, or null. */
export async function nearest(db: Tx, organisation: string, sketch: readonly Buffer[]): Promise<Kin | null> {
  if (sketch.length === 0) return null;
  const { rows } = await sql<Kin>`
    select m.cluster_id as "clusterId", n.shared,
      (select count(*)::int from unknown_gene a where a.organisation = ${organisation} and a.sha256 = n.sha256
        and a.layout = n.layout) as size
    from (select sha256, layout, count(*)::int as shared from unknown_gene
      where organisation = ${organisation} and gene = any(${sketch}::bytea[])
      group by sha256, layout order by count(*) desc, sha256, layout limit 1) n
    join unknown_member m on m.organisation = ${organisation} and m.sha256 = n.sha256 and m.layout = n.layout`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** Puts an artifact into a cluster, or into one of its own. */
export async function insertMember(
  tx: Tx,
  organisation: string,
  member: Newcomer,
  cluster: string | null,
  sketch: readonly Buffer[],
): Promise<void> {
  const id = cluster ?? newId();
  const key = { organisation, sha256: digest(member.sha256), layout: member.layout };
  if (cluster === null) await tx.insertInto('unknown_cluster').values({ organisation, id }).execute();
  else
    await tx
      .updateTable('unknown_cluster')
      .set({ stale: true })
      .where('organisation', '=', organisation)
      .where('id', '=', id)
      .execute();
  await tx
    .insertInto('unknown_member')
    .values({ ...key, cluster_id: id })
    .execute();
  if (sketch.length > 0)
    await tx
      .insertInto('unknown_gene')
      .values(sketch.map((gene) => ({ ...key, gene })))
      .execute();
}

/** Seconds by which a scan may be later in the database than it says. */
const MARGIN = 600;

/**
 * Clusters on more endpoints than this are counted anew only now and then: counting costs what they have, every scan
 * touches them, and one endpoint more says nothing of their rarity.
 */
const COMMON = 500;

/** Marks the clusters that scans touched which were judged since the last sweep. */
export async function markTouched(db: Database, organisation: string): Promise<void> {
  await sql`
    with touched as (select distinct m.cluster_id from scan s
      join sighting g on g.organisation = s.organisation and g.scan_id = s.id
      join unknown_member m on m.organisation = g.organisation and m.sha256 = g.sha256 and m.layout = g.layout
      where s.organisation = ${organisation} and s.finished_at > coalesce((select swept_at from unknown_sweep
        where organisation = ${organisation}), '-infinity'))
    update unknown_cluster c set stale = true
    where c.organisation = ${organisation} and c.id in (select cluster_id from touched)
      and (c.endpoints <= ${COMMON} or random() * c.endpoints <= ${COMMON})`.execute(db);
}

export async function noteSweep(db: Database, organisation: string, at: Date): Promise<void> {
  const sweptAt = new Date(at.getTime() - MARGIN * 1_000);
  await db
    .insertInto('unknown_sweep')
    .values({ organisation, swept_at: sweptAt })
    .onConflict((conflict) => conflict.column('organisation').doUpdateSet({ swept_at: sweptAt }))
    .execute();
}

/** Counts the figures of up to `limit` clusters anew. Returns how many it were. */
export async function countStale(db: Database, organisation: string, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    with chosen as (select id from unknown_cluster where organisation = ${organisation} and stale order by id limit ${limit})
    update unknown_cluster c set stale = false, members = n.members, endpoints = n.endpoints, processes = p.processes,
      first_seen_at = n.first, last_seen_at = n.last, findings = p.findings, path = p.path, genes = g.genes,
      resembles = g.resembles, resembles_share = g.share
    from chosen
    cross join lateral (
      select count(distinct (m.sha256, m.layout))::int as members, count(distinct e.endpoint_id)::int as endpoints,
        min(f.created_at) as first, max(l.created_at) as last
      from unknown_member m
      left join artifact_endpoint e on e.organisation = m.organisation and e.sha256 = m.sha256 and e.layout = m.layout
      left join scan f on f.organisation = e.organisation and f.id = e.first_scan
      left join scan l on l.organisation = e.organisation and l.id = e.last_scan
      where m.organisation = ${organisation} and m.cluster_id = chosen.id) n
    cross join lateral (
      select count(distinct (s.scan_id, s.pid)) filter (where s.pid <> 0)::int as processes,
        mode() within group (order by s.path) as path,
        coalesce((select array_agg(distinct finding order by finding) from unknown_member o
          join sighting t on t.organisation = o.organisation and t.sha256 = o.sha256 and t.layout = o.layout
          cross join unnest(t.findings) as found (finding)
          where o.organisation = ${organisation} and o.cluster_id = chosen.id), '{}') as findings
      from unknown_member m
      join sighting s on s.organisation = m.organisation and s.sha256 = m.sha256 and s.layout = m.layout
      where m.organisation = ${organisation} and m.cluster_id = chosen.id) p
    cross join lateral (
      select coalesce((v.evidence ->> 'geneCount')::int, 0) as genes, v.evidence -> 'families' -> 0 ->> 'name' as resembles,
        (v.evidence -> 'families' -> 0 ->> 'share')::double precision as share
      from unknown_member m
      join verdict v on v.organisation = m.organisation and v.sha256 = m.sha256 and v.layout = m.layout
      where m.organisation = ${organisation} and m.cluster_id = chosen.id
      order by 1 desc, v.sha256 limit 1) g
    where c.organisation = ${organisation} and c.id = chosen.id`.execute(db);
  return Number(numAffectedRows);
}
