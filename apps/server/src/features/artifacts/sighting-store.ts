import type { FindingKind, Layout } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest } from '../../platform/database.ts';

export interface SightingRow {
  readonly endpointId: string | null;
  readonly endpointName: string | null;
  readonly scanId: string;
  readonly seenAt: Date;
  readonly pid: number;
  /** Decimal. */
  readonly address: string;
  readonly path: string | null;
  readonly findings: readonly FindingKind[];
}

/** Of each endpoint one place in the newest scan that saw it; the newest first. Endpoints are found by their own list. */
export async function artifactSightings(
  db: Database,
  organisation: string,
  sha256: string,
  layout: Layout,
  limit: number,
): Promise<readonly SightingRow[]> {
  const { rows } = await sql<SightingRow>`
    select e.id as "endpointId", e.name as "endpointName", x.last_scan as "scanId", x.created_at as "seenAt", g.pid,
      g.address::text as address, g.path, g.findings
    -- In order before the places are looked for: the limit ends the look-ups, of which there are as many as endpoints.
    from (select x.*, s.created_at from artifact_endpoint x
      join scan s on s.organisation = x.organisation and s.id = x.last_scan
      where x.organisation = ${organisation} and x.sha256 = ${digest(sha256)} and x.layout = ${layout}
      order by s.created_at desc, x.endpoint_id offset 0) x
    left join endpoint e on e.organisation = x.organisation and e.id = x.endpoint_id
    cross join lateral (select g.pid, g.address, g.path, g.findings from sighting g
      where g.organisation = x.organisation and g.scan_id = x.last_scan and g.sha256 = x.sha256 and g.layout = x.layout
      order by cardinality(g.findings) desc, g.pid desc, g.address limit 1) g
    order by x.created_at desc, x.endpoint_id limit ${limit}`.execute(db);
  return rows;
}

export async function countSightings(
  db: Database,
  organisation: string,
  sha256: string,
  layout: Layout,
): Promise<{ readonly endpoints: number; readonly fleet: number; readonly firstSeenAt: Date | null }> {
  const { rows } = await sql<{ endpoints: number; fleet: number; firstSeenAt: Date | null }>`
    select count(*)::int as endpoints, min(s.created_at) as "firstSeenAt",
      (select count(*)::int from endpoint where organisation = ${organisation}) as fleet
    from artifact_endpoint x
    left join scan s on s.organisation = x.organisation and s.id = x.first_scan
    where x.organisation = ${organisation} and x.sha256 = ${digest(sha256)} and x.layout = ${layout}`.execute(db);
  return rows[0] ?? { endpoints: 0, fleet: 0, firstSeenAt: null };
}
