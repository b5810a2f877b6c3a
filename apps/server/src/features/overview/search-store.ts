import type { Answer, Layout } from '@genehound/contract';
import { type RawBuilder, sql } from 'kysely';
import { type Database, digest, text } from '../../platform/database.ts';
import { partOf } from '../endpoints/read.ts';

export type Found = Answer<'search'>['items'][number];

/** Of each kind. */
const MOST = 10;

interface Row {
  readonly id: string;
  readonly layout?: Layout;
  readonly name: string;
  readonly note: string | null;
}

async function found(db: Database, kind: Found['kind'], query: RawBuilder<Row>): Promise<Found[]> {
  const { rows } = await query.execute(db);
  return rows.map(({ id, layout = null, name, note }) => ({ kind, id, layout, name, note }));
}

const fits = (value: string) => sql`${partOf(value)}`;

/** Endpoints by their name, by their address or machine id. Those that begin so come first. */
export function findEndpoints(db: Database, organisation: string, q: string): Promise<Found[]> {
  const asked = text(q).toLowerCase();
  return found(
    db,
    'endpoint',
    sql<Row>`select id, name, note from (
      select e.id, e.name, e.operating_system as note, 0 as rank, e.last_seen_at from endpoint e
      where e.organisation = ${organisation} and e.name ilike ${fits(q)}
      union all
      select e.id, e.name, i.value, 1, e.last_seen_at from endpoint_identity i
      join endpoint e on e.organisation = i.organisation and e.id = i.endpoint_id
      where i.organisation = ${organisation} and i.kind in ('address', 'machine_id', 'domain')
        and starts_with(i.value, ${asked})) f
      order by starts_with(lower(name), ${asked}) desc, rank, last_seen_at desc, id limit ${MOST}`,
  );
}

/** Whatever has this id. */
export async function findById(
  db: Database,
  organisation: string,
  scopes: readonly string[],
  id: string,
): Promise<Found[]> {
  const own = sql`organisation = ${organisation} and id = ${id}`;
  const all = await Promise.all([
    found(
      db,
      'scan',
      sql<Row>`select s.id, coalesce(e.name, '') as name, s.created_at::text as note from scan s
      left join endpoint e on e.organisation = s.organisation and e.id = s.endpoint_id
      where s.organisation = ${organisation} and s.id = ${id}`,
    ),
    found(db, 'endpoint', sql<Row>`select id, name, operating_system as note from endpoint where ${own}`),
    found(db, 'hunt', sql<Row>`select id, name, owner as note from hunt where ${own}`),
    found(
      db,
      'cluster',
      sql<Row>`select id, coalesce(path, '') as name, resembles as note from unknown_cluster where ${own}`,
    ),
    found(
      db,
      'family',
      sql<Row>`select id, name, type as note from family
      where organisation = any(${scopes}::uuid[]) and id = ${id}`,
    ),
  ]);
  return all.flat();
}

/** Artifacts by a hash or its beginning: of SHA-256 eight digits are enough; MD5 and SHA-1 are asked for whole. */
export function findByHash(db: Database, organisation: string, hex: string): Promise<Found[]> {
  const whole = digest(hex);
  const start = digest(hex.slice(0, hex.length - (hex.length % 2)));
  const end = Buffer.concat([start, Buffer.alloc(Math.max(0, 32 - start.length), 0xff)]);
  const other: RawBuilder<unknown> =
    hex.length === 32 ? sql`or a.md5 = ${whole}` : hex.length === 40 ? sql`or a.sha1 = ${whole}` : sql``;
  return found(
    db,
    'artifact',
    sql<Row>`select encode(a.sha256, 'hex') as id, a.layout,
        coalesce((select g.path from sighting g where g.organisation = a.organisation and g.sha256 = a.sha256
          and g.layout = a.layout and g.path is not null limit 1), '') as name,
        (select v.verdict from verdict v where v.organisation = a.organisation and v.sha256 = a.sha256
          and v.layout = a.layout) as note
      from artifact a where a.organisation = ${organisation} and ((a.sha256 between ${start} and ${end}
        and starts_with(encode(a.sha256, 'hex'), ${hex})) ${other})
      order by a.sha256, a.layout limit ${MOST}`,
  );
}

export function findFamilies(db: Database, scopes: readonly string[], q: string): Promise<Found[]> {
  return found(
    db,
    'family',
    sql<Row>`select id, name, type as note from family
      where organisation = any(${scopes}::uuid[]) and name ilike ${fits(q)}
      order by starts_with(lower(name), ${text(q).toLowerCase()}) desc, lower(name), id limit ${MOST}`,
  );
}

export function findHunts(db: Database, organisation: string, q: string): Promise<Found[]> {
  return found(
    db,
    'hunt',
    sql<Row>`select id, name, nullif(owner, '') as note from hunt
      where organisation = ${organisation} and name ilike ${fits(q)} order by created_at desc, id limit ${MOST}`,
  );
}

export function findClusters(db: Database, organisation: string, q: string): Promise<Found[]> {
  return found(
    db,
    'cluster',
    sql<Row>`select id, coalesce(path, '') as name, resembles as note from unknown_cluster
      where organisation = ${organisation} and endpoints > 0 and (path ilike ${fits(q)} or resembles ilike ${fits(q)})
      order by endpoints, id limit ${MOST}`,
  );
}

const QUERY_CANCELLED = '57014';

/**
 * Artifacts that lay under such a path, one place of each looked at. There is no index over all paths of all scans,
 * so that the search ends after `milliseconds`: null then.
 */
export async function findPaths(
  db: Database,
  organisation: string,
  q: string,
  milliseconds: number,
): Promise<Found[] | null> {
  try {
    return await db.transaction().execute(async (tx) => {
      await sql`select set_config('statement_timeout', ${String(milliseconds)}, true)`.execute(tx);
      return await found(
        tx,
        'artifact',
        sql<Row>`select encode(a.sha256, 'hex') as id, a.layout, g.path as name, v.verdict as note
          from artifact a
          cross join lateral (select g.path from sighting g where g.organisation = a.organisation
            and g.sha256 = a.sha256 and g.layout = a.layout and g.path is not null limit 1) g
          left join verdict v on v.organisation = a.organisation and v.sha256 = a.sha256 and v.layout = a.layout
          where a.organisation = ${organisation} and g.path ilike ${fits(q)} limit ${MOST}`,
      );
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === QUERY_CANCELLED) return null;
    throw error;
  }
}
