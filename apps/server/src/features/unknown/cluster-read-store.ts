import type { FindingKind, Layout, SubVerdict } from '@genehound/contract';
import { type RawBuilder, sql } from 'kysely';
import { type Database, text } from '../../platform/database.ts';

export interface ClusterRow {
  readonly id: string;
  readonly path: string | null;
  readonly members: number;
  readonly endpoints: number;
  readonly processes: number;
  readonly firstSeenAt: Date | null;
  readonly lastSeenAt: Date | null;
  readonly findings: readonly FindingKind[];
  readonly genes: number;
  readonly resembles: string | null;
  readonly resemblesShare: number | null;
}

export interface ClusterFilter {
  readonly search?: string | undefined;
  readonly finding?: string | undefined;
  readonly maxEndpoints?: number | undefined;
  readonly since?: Date | undefined;
}

const SELECT = sql`select c.id, c.path, c.members, c.endpoints, c.processes, c.first_seen_at as "firstSeenAt",
  c.last_seen_at as "lastSeenAt", c.findings, c.genes, c.resembles, c.resembles_share as "resemblesShare"
  from unknown_cluster c`;

/** The place of a cluster in the order of rarity. */
export interface ClusterPlace {
  readonly endpoints: number;
  readonly processes: number;
  readonly id: string;
}

/** What a filter asks for of `unknown_cluster c`. */
export function clusterConditions(organisation: string, filter: ClusterFilter): RawBuilder<unknown> {
  const { search, finding, maxEndpoints, since } = filter;
  const all: RawBuilder<unknown>[] = [sql`c.organisation = ${organisation}`, sql`c.endpoints > 0`];
  if (search !== undefined) {
    const part = `%${text(search).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    all.push(sql`(c.path ilike ${part} or c.resembles ilike ${part})`);
  }
  if (finding !== undefined) all.push(sql`${finding} = any(c.findings)`);
  if (maxEndpoints !== undefined) all.push(sql`c.endpoints <= ${maxEndpoints}`);
  if (since !== undefined) all.push(sql`c.first_seen_at >= ${since}`);
  return sql.join(all, sql` and `);
}

/** Rarest first: fewest endpoints, then fewest processes. */
export async function listClusters(
  db: Database,
  organisation: string,
  filter: ClusterFilter,
  limit: number,
  behind: ClusterPlace | null,
): Promise<readonly ClusterRow[]> {
  const all: RawBuilder<unknown>[] = [clusterConditions(organisation, filter)];
  if (behind !== null)
    all.push(sql`(c.endpoints, c.processes, c.id) > (${behind.endpoints}, ${behind.processes}, ${behind.id}::uuid)`);
  const { rows } = await sql<ClusterRow>`${SELECT} where ${sql.join(all, sql` and `)}
    order by c.endpoints, c.processes, c.id limit ${limit}`.execute(db);
  return rows;
}

export async function findCluster(db: Database, organisation: string, id: string): Promise<ClusterRow | null> {
  const { rows } = await sql<ClusterRow>`${SELECT} where c.organisation = ${organisation} and c.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** Endpoints of the fleet that have been scanned. */
export async function fleetSize(db: Database, organisation: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from endpoint
    where organisation = ${organisation}`.execute(db);
  return rows[0]?.count ?? 0;
}

export interface MemberRow {
  readonly sha256: string;
  readonly layout: Layout;
  readonly genes: number;
  readonly subVerdict: SubVerdict;
  readonly path: string | null;
  readonly endpoints: number;
}

export async function clusterMembers(
  db: Database,
  organisation: string,
  id: string,
  limit: number,
): Promise<readonly MemberRow[]> {
  const { rows } = await sql<MemberRow>`
    select encode(m.sha256, 'hex') as sha256, m.layout, coalesce((v.evidence ->> 'geneCount')::int, 0) as genes,
      v.sub_verdict as "subVerdict",
      (select s.path from sighting s where s.organisation = m.organisation and s.sha256 = m.sha256
        and s.layout = m.layout and s.path is not null limit 1) as path,
      (select count(*)::int from artifact_endpoint e where e.organisation = m.organisation and e.sha256 = m.sha256
        and e.layout = m.layout) as endpoints
    from unknown_member m
    join verdict v on v.organisation = m.organisation and v.sha256 = m.sha256 and v.layout = m.layout
    where m.organisation = ${organisation} and m.cluster_id = ${id}
    order by genes desc, m.sha256, m.layout limit ${limit}`.execute(db);
  return rows;
}

export interface SightingRow {
  readonly sha256: string;
  readonly layout: Layout;
  readonly scanId: string;
  readonly endpoint: string | null;
  readonly seenAt: Date;
  readonly pid: number;
  /** Decimal. */
  readonly address: string;
  readonly path: string | null;
  readonly findings: readonly FindingKind[];
}

/** Where its members were seen, newest first. */
export async function clusterSightings(
  db: Database,
  organisation: string,
  id: string,
  limit: number,
): Promise<readonly SightingRow[]> {
  const { rows } = await sql<SightingRow>`
    select encode(g.sha256, 'hex') as sha256, g.layout, g.scan_id as "scanId", e.name as endpoint,
      s.created_at as "seenAt", g.pid, g.address::text as address, g.path, g.findings
    from unknown_member m
    join sighting g on g.organisation = m.organisation and g.sha256 = m.sha256 and g.layout = m.layout
    join scan s on s.organisation = g.organisation and s.id = g.scan_id
    left join endpoint e on e.organisation = s.organisation and e.id = s.endpoint_id
    where m.organisation = ${organisation} and m.cluster_id = ${id}
    order by s.created_at desc, g.scan_id, g.sha256, g.pid, g.address limit ${limit}`.execute(db);
  return rows;
}
