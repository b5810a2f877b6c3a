import {
  type Answer,
  type Layout,
  type PublicScanVerdict,
  parseJson,
  SCAN_MESSAGES,
  type ScanReport,
  type ScanSurroundings,
} from '@genehound/contract';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { type Database, text } from '../../platform/database.ts';
import { publicVerdict } from './build-report.ts';
import { unpackDocument } from './parts-store.ts';

export { publicVerdict };

/** What other features may know of scans. */
export interface ScanSummary {
  readonly id: string;
  readonly state: 'receiving' | 'analysing' | 'done' | 'failed';
  readonly endpoint: { readonly id: string; readonly name: string } | null;
  readonly huntId: string | null;
  readonly verdict: PublicScanVerdict | null;
  readonly families: readonly string[];
  readonly artifacts: ScanReport['artifacts'] | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly finishedAt: Date | null;
  /** When retention removed what was delivered. */
  readonly removedAt: Date | null;
  readonly pending: number;
  readonly operatingSystem: string | null;
  readonly scannerVersion: string | null;
  /** Seconds since 1970, as the endpoint claims. */
  readonly claimedStart: number | null;
  readonly claimedEnd: number | null;
  /** Where the list goes on after this one. */
  readonly cursor: string;
}

/** Everything of a judged scan that is kept as one document. */
export interface ScanBody {
  readonly report: ScanReport;
  readonly processes: Answer<'listScanProcesses'>['items'];
  /** Absent from scans that an earlier version judged. */
  readonly surroundings?: ScanSurroundings;
  readonly artifacts: readonly {
    readonly sha256: string;
    readonly layout: Layout;
    readonly verdict: ScanReport['notTrusted'][number]['verdict'] | 'trusted';
    readonly subVerdict: ScanReport['notTrusted'][number]['subVerdict'];
    readonly places: readonly { readonly pid: number; readonly path: string | null }[];
  }[];
}

interface Row {
  id: string;
  state: ScanSummary['state'];
  endpoint_id: string | null;
  endpoint_name: string | null;
  operating_system: string | null;
  hunt_id: string | null;
  verdict: 'no_threats' | 'incomplete' | 'suspicious' | 'infected' | null;
  families: string[];
  counts: ScanReport['artifacts'] | null;
  scanner_version: string | null;
  created_at: Date;
  ended_at: Date | null;
  finished_at: Date | null;
  claimed_start: number | null;
  claimed_end: number | null;
  removed_at: Date | null;
  pending: number;
  position: string;
}

const SELECT = sql`select s.id, s.state, s.endpoint_id, e.name as endpoint_name, e.operating_system, s.hunt_id, s.verdict,
  s.families, s.counts, s.scanner_version, s.created_at, s.ended_at, s.finished_at, s.claimed_start, s.claimed_end, s.removed_at,
  case when s.state in ('receiving', 'analysing') then (
    select count(*) from scan_artifact x join artifact a
      on a.organisation = x.organisation and a.sha256 = x.sha256 and a.layout = x.layout
    where x.organisation = s.organisation and x.scan_id = s.id and a.state in ('queued', 'running')) else 0 end as pending,
  s.created_at::text as position
  from scan s left join endpoint e on e.organisation = s.organisation and e.id = s.endpoint_id`;

function summary(row: Row): ScanSummary {
  const named = row.endpoint_id !== null && row.endpoint_name !== null;
  return {
    id: row.id,
    state: row.state,
    endpoint: named ? { id: row.endpoint_id ?? '', name: row.endpoint_name ?? '' } : null,
    huntId: row.hunt_id,
    verdict: row.verdict === null ? null : publicVerdict(row.verdict),
    families: row.families,
    artifacts: row.counts,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    finishedAt: row.finished_at,
    removedAt: row.removed_at,
    pending: row.pending,
    operatingSystem: row.operating_system,
    scannerVersion: row.scanner_version,
    claimedStart: row.claimed_start,
    claimedEnd: row.claimed_end,
    cursor: Buffer.from(`${row.position}|${row.id}`).toString('base64url'),
  };
}

const uuid = z.uuid();

/** The place after which a list goes on, or null for a cursor that was not ours. */
export function positionOf(cursor: string): { at: string; id: string } | null {
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('|');
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,6})?\+00$/.exec(at);
  // The form alone is no time: PostgreSQL refuses a thirtieth of February.
  const seconds = `${parts?.[1]}T${parts?.[2]}`;
  const time = new Date(`${seconds}Z`);
  const valid = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(seconds) && uuid.safeParse(id).success;
  return valid ? { at, id } : null;
}

/** Which scans are asked for; what is absent or empty asks for all. */
export interface ScanFilter {
  /** As the public contract names them. */
  readonly verdicts?: readonly string[] | undefined;
  /** Names of endpoints, whole, in any case. */
  readonly endpoints?: readonly string[] | undefined;
  /** A part of the endpoint's name, in any case. */
  readonly search?: string | undefined;
  readonly endpointId?: string | undefined;
  readonly huntId?: string | undefined;
  readonly families?: readonly string[] | undefined;
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
}

const STORED_VERDICT: Readonly<Record<string, string>> = { malicious: 'infected' };

const lowered = (names: readonly string[]): string[] => names.map((name) => text(name).toLowerCase());

/** `%`, `_` and the backslash stand for themselves. */
const literally = (part: string): string => text(part).replaceAll(/[\\%_]/g, String.raw`\$&`);

function conditions(organisation: string, filter: ScanFilter): readonly RawBuilder<unknown>[] {
  const { verdicts = [], endpoints = [], families = [], search, endpointId, huntId, from, to } = filter;
  const all: RawBuilder<unknown>[] = [sql`s.organisation = ${organisation}`];
  if (verdicts.length > 0)
    all.push(sql`s.verdict = any(${verdicts.map((name) => STORED_VERDICT[name] ?? name)}::text[])`);
  if (endpoints.length > 0) all.push(sql`lower(e.name) = any(${lowered(endpoints)}::text[])`);
  if (search !== undefined) all.push(sql`e.name ilike ${`%${literally(search)}%`}`);
  if (endpointId !== undefined) all.push(sql`s.endpoint_id = ${endpointId}`);
  if (huntId !== undefined) all.push(sql`s.hunt_id = ${huntId}`);
  if (families.length > 0) all.push(sql`s.families && ${families.map(text)}::text[]`);
  if (from !== undefined) all.push(sql`s.created_at >= ${from}`);
  if (to !== undefined) all.push(sql`s.created_at < ${to}`);
  return all;
}

const ORDER = sql`order by s.created_at desc, s.id`;

/** Newest first. A cursor that is not ours starts at the beginning. */
export async function listScans(
  db: Database,
  organisation: string,
  limit: number,
  cursor: string | null,
  filter: ScanFilter = {},
): Promise<readonly ScanSummary[]> {
  const position = cursor === null ? null : positionOf(cursor);
  const all = [...conditions(organisation, filter)];
  if (position !== null) {
    const { at, id } = position;
    all.push(sql`(s.created_at < ${at}::timestamptz or (s.created_at = ${at}::timestamptz and s.id > ${id}))`);
  }
  const { rows } = await sql<Row>`${SELECT} where ${sql.join(all, sql` and `)} ${ORDER} limit ${limit}`.execute(db);
  return rows.map(summary);
}

/** Judged scans, newest first, and how many there are in all. */
export async function scanHistory(
  db: Database,
  organisation: string,
  filter: ScanFilter & { readonly limit: number; readonly offset: number },
): Promise<{ readonly total: number; readonly items: readonly ScanSummary[] }> {
  const where = sql.join([...conditions(organisation, filter), sql`s.state = 'done'`], sql` and `);
  const { rows } =
    await sql<Row>`${SELECT} where ${where} ${ORDER} limit ${filter.limit} offset ${filter.offset}`.execute(db);
  const counted = await sql<{ total: number }>`select count(*) as total from scan s
    left join endpoint e on e.organisation = s.organisation and e.id = s.endpoint_id where ${where}`.execute(db);
  return { total: counted.rows[0]?.total ?? 0, items: rows.map(summary) };
}

export async function findScan(db: Database, organisation: string, id: string): Promise<ScanSummary | null> {
  const { rows } = await sql<Row>`${SELECT} where s.organisation = ${organisation} and s.id = ${id}`.execute(db);
  return rows[0] === undefined ? null : summary(rows[0]);
}

/** The stored document of a judged scan, or null where it is not judged (yet). */
export async function readScanBody(db: Database, organisation: string, id: string): Promise<ScanBody | null> {
  const row = await db
    .selectFrom('scan')
    .select('report')
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .where('state', '=', 'done')
    .executeTakeFirst();
  if (row?.report === undefined || row.report === null) return null;
  // Written by concludeScan alone, in this shape.
  return parseJson((await unpackDocument(row.report)).toString('utf8')) as ScanBody;
}

/** Privileges that the scanner lacked, as it says; null where it does not say. */
export async function readMissingPrivileges(
  db: Database,
  organisation: string,
  id: string,
): Promise<readonly string[] | null> {
  const row = await db
    .selectFrom('scan_part')
    .innerJoin('content', (join) =>
      join
        .onRef('content.organisation', '=', 'scan_part.organisation')
        .onRef('content.sha256', '=', 'scan_part.content'),
    )
    .select('content.body')
    .where('scan_part.organisation', '=', organisation)
    .where('scan_part.scan_id', '=', id)
    .where('scan_part.message', '=', 'coverage_info')
    .orderBy('scan_part.part')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  const message = parseJson((await unpackDocument(row.body)).toString('utf8'));
  const read = SCAN_MESSAGES.coverage_info.schema.safeParse(message);
  return read.success ? read.data.coverage_info.privileges.missing : null;
}
