import type { ArtifactVerdict, Layout } from '@genehound/contract';
import { sql } from 'kysely';
import type { Database } from '../../platform/database.ts';

export interface ComparedScan {
  readonly id: string;
  readonly createdAt: Date;
}

/** The judged scan of the same endpoint before this one. */
export async function scanBefore(db: Database, organisation: string, id: string): Promise<ComparedScan | null> {
  const { rows } = await sql<ComparedScan>`
    select p.id, p.created_at as "createdAt" from scan s
    join scan p on p.organisation = s.organisation and p.endpoint_id = s.endpoint_id and p.state = 'done'
      and (p.created_at, p.id) < (s.created_at, s.id)
    where s.organisation = ${organisation} and s.id = ${id} order by p.created_at desc, p.id desc limit 1`.execute(db);
  return rows[0] ?? null;
}

export interface ChangedRow {
  readonly sha256: string;
  readonly layout: Layout;
  readonly verdict: ArtifactVerdict | null;
  readonly path: string | null;
  readonly pid: number;
}

/** Code that was sighted in `scan` and not in `other`: the worst first, at most `limit`; and how much in all. */
export async function sightedOnlyIn(
  db: Database,
  organisation: string,
  scan: string,
  other: string,
  limit: number,
): Promise<{ readonly total: number; readonly items: readonly ChangedRow[] }> {
  const { rows } = await sql<ChangedRow & { total: number }>`
    with only_here as (
      select distinct on (g.sha256, g.layout) g.sha256, g.layout, g.path, g.pid from sighting g
      where g.organisation = ${organisation} and g.scan_id = ${scan} and not exists (
        select from sighting o where o.organisation = g.organisation and o.scan_id = ${other}
          and o.sha256 = g.sha256 and o.layout = g.layout)
      order by g.sha256, g.layout, g.pid, g.address)
    select encode(h.sha256, 'hex') as sha256, h.layout, v.verdict, h.path, h.pid, count(*) over ()::int as total
    from only_here h
    left join verdict v on v.organisation = ${organisation} and v.sha256 = h.sha256 and v.layout = h.layout
    order by array_position(array['malicious', 'suspicious', 'unknown', 'trusted'], v.verdict) nulls last,
      h.path nulls first, h.sha256, h.layout limit ${limit}`.execute(db);
  return { total: rows[0]?.total ?? 0, items: rows.map(({ total: _, ...row }) => row) };
}
