import type { Layout } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest } from '../../platform/database.ts';

export interface Spread {
  readonly sha256: string;
  readonly layout: Layout;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly endpoints: number;
  readonly shown: readonly { readonly id: string; readonly name: string; readonly scanId: string }[];
}

const SHOWN = 50;

/** The same artifacts on endpoints other than this one, those with the most endpoints first. */
export async function spreadOf(
  db: Database,
  organisation: string,
  endpointId: string,
  artifacts: readonly { readonly sha256: string; readonly layout: Layout }[],
): Promise<readonly Spread[]> {
  if (artifacts.length === 0) return [];
  const { rows } = await sql<Spread>`
    with asked as (select * from unnest(${artifacts.map(({ sha256 }) => digest(sha256))}::bytea[],
        ${artifacts.map(({ layout }) => layout)}::text[]) as t(sha256, layout)),
    had as (
      select x.sha256, x.layout, e.id, e.name, l.id as scan_id, f.created_at as first_at, l.created_at as last_at,
        row_number() over (partition by x.sha256, x.layout order by l.created_at desc, e.id) as place
      from asked q join artifact_endpoint x on x.organisation = ${organisation} and x.sha256 = q.sha256
        and x.layout = q.layout and x.endpoint_id <> ${endpointId}
      join endpoint e on e.organisation = x.organisation and e.id = x.endpoint_id
      join scan f on f.organisation = x.organisation and f.id = x.first_scan
      join scan l on l.organisation = x.organisation and l.id = x.last_scan)
    select encode(sha256, 'hex') as sha256, layout, min(first_at) as "firstSeenAt", max(last_at) as "lastSeenAt",
      count(*) as endpoints,
      json_agg(json_build_object('id', id, 'name', name, 'scanId', scan_id) order by place)
        filter (where place <= ${SHOWN}) as shown
    from had group by had.sha256, layout order by count(*) desc, 1, layout`.execute(db);
  return rows;
}
