import type { Answer, fleet } from '@genehound/contract';
import { type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import { type Database, text } from '../../platform/database.ts';

type Artifacts = Answer<'getScan'>['artifacts'];
export type Standing = (typeof fleet.ENDPOINT_STANDINGS)[number];

export interface StandingRow {
  readonly id: string;
  readonly name: string;
  readonly operatingSystem: string | null;
  readonly identity: 'confirmed' | 'name_only';
  readonly standing: Standing;
  readonly families: readonly string[];
  readonly scanId: string | null;
  readonly scanAt: Date | null;
  readonly artifacts: Artifacts;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

/** `%`, `_` and the backslash stand for themselves. */
export const partOf = (part: string): string => `%${text(part).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;

/**
 * The scan by which each endpoint `e` stands: its newest judged one; behind an incomplete one that accuses nobody the
 * last whole one, where that accuses.
 */
const STANDING = sql`
  left join lateral (select s.id, s.created_at, s.verdict, s.families, s.counts from scan s
    where s.organisation = e.organisation and s.endpoint_id = e.id and s.state = 'done'
    order by s.created_at desc limit 1) n on true
  left join lateral (select s.id, s.created_at, s.verdict, s.families, s.counts from scan s
    where n.verdict = 'incomplete' and s.organisation = e.organisation and s.endpoint_id = e.id and s.state = 'done'
      and s.verdict <> 'incomplete' order by s.created_at desc limit 1) w on w.verdict in ('infected', 'suspicious')`;
const VERDICT = sql`coalesce(w.verdict, n.verdict)`;
const WORD = sql`case when n.id is null then 'not_judged' when ${VERDICT} = 'infected' then 'malicious' else ${VERDICT} end`;
const COLUMNS = sql`e.id, e.name, e.operating_system as "operatingSystem", e.identity, ${WORD} as standing,
  coalesce(w.families, n.families, '{}') as families, coalesce(w.id, n.id) as "scanId",
  coalesce(w.created_at, n.created_at) as "scanAt", case when w.id is null then n.counts else w.counts end as artifacts,
  e.first_seen_at as "firstSeenAt", e.last_seen_at as "lastSeenAt"`;

export type EndpointQuery = z.output<typeof fleet.endpointQuery>;

const RANK = sql`array_position(array['infected', 'suspicious', 'incomplete', 'no_threats'], ${VERDICT})`;
const ORDERS: Readonly<Record<EndpointQuery['sort'], RawBuilder<unknown>>> = {
  name: sql`lower(e.name), e.id`,
  seen: sql`e.last_seen_at desc, e.id`,
  standing: sql`${RANK} nulls last, coalesce(w.created_at, n.created_at) desc, e.id`,
};

const stored = (standing: Standing): string => (standing === 'malicious' ? 'infected' : standing);

/** Conditions on the standing, which has to be looked up for every endpoint first. */
function standingConditions({ standing = [], family }: EndpointQuery): readonly RawBuilder<unknown>[] {
  const all: RawBuilder<unknown>[] = [];
  if (standing.length > 0) all.push(sql`coalesce(${VERDICT}, 'not_judged') = any(${standing.map(stored)}::text[])`);
  if (family !== undefined) all.push(sql`${text(family)} = any(coalesce(w.families, n.families))`);
  return all;
}

/** A page, and how many there are in all. Only what needs the standing of every endpoint looks at every endpoint. */
export async function listEndpoints(
  db: Database,
  organisation: string,
  query: EndpointQuery,
): Promise<{ readonly items: readonly StandingRow[]; readonly total: number }> {
  const own: RawBuilder<unknown>[] = [sql`e.organisation = ${organisation}`];
  if (query.search !== undefined) {
    const part = partOf(query.search);
    own.push(sql`(e.name ilike ${part} or e.operating_system ilike ${part})`);
  }
  const where = sql.join(own, sql` and `);
  const late = standingConditions(query);
  const order = ORDERS[query.sort];
  const page = sql`order by ${order} limit ${query.limit} offset ${query.offset}`;
  const filtered = sql`from endpoint e ${late.length === 0 ? sql`` : STANDING} where ${sql.join([...own, ...late], sql` and `)}`;
  const rows =
    late.length === 0 && query.sort !== 'standing'
      ? sql<StandingRow>`select ${COLUMNS} from (select e.* from endpoint e where ${where} ${page}) e ${STANDING} order by ${order}`
      : sql<StandingRow>`select ${COLUMNS} from endpoint e ${STANDING} where ${sql.join([...own, ...late], sql` and `)} ${page}`;
  const counted = sql<{ total: number }>`select count(*)::int as total ${filtered}`;
  const [found, count] = await Promise.all([rows.execute(db), counted.execute(db)]);
  return { items: found.rows, total: count.rows[0]?.total ?? 0 };
}

export async function findStanding(db: Database, organisation: string, id: string): Promise<StandingRow | null> {
  const { rows } = await sql<StandingRow>`select ${COLUMNS} from endpoint e ${STANDING}
    where e.organisation = ${organisation} and e.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** Endpoints by standing. */
export async function countStandings(db: Database, organisation: string): Promise<ReadonlyMap<Standing, number>> {
  const { rows } = await sql<{ standing: Standing; count: number }>`
    select ${WORD} as standing, count(*)::int as count from endpoint e ${STANDING}
    where e.organisation = ${organisation} group by 1`.execute(db);
  return new Map(rows.map(({ standing, count }) => [standing, count]));
}

const MOST_IDENTITIES = 50;

export async function identitiesOf(
  db: Database,
  organisation: string,
  id: string,
): Promise<readonly { readonly kind: string; readonly value: string; readonly seenAt: Date }[]> {
  const { rows } = await sql<{ kind: string; value: string; seenAt: Date }>`
    select kind, value, seen_at as "seenAt" from endpoint_identity
    where organisation = ${organisation} and endpoint_id = ${id} order by seen_at desc, kind, value
    limit ${MOST_IDENTITIES}`.execute(db);
  return rows;
}

export async function countScans(db: Database, organisation: string, id: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from scan
    where organisation = ${organisation} and endpoint_id = ${id}`.execute(db);
  return rows[0]?.count ?? 0;
}
