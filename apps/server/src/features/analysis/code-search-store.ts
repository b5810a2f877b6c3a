import type { ArtifactVerdict, codeSearches, Layout } from '@genehound/contract';
import { SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import type { z } from 'zod';
import { type Database, digest, jsonText, type Tx } from '../../platform/database.ts';

/** Rows of searches over stored code, and of what they found. */

export type CodeQuestion = z.output<typeof codeSearches.newCodeSearch>;

/** What a question is resolved to. */
export interface ResolvedQuestion {
  readonly question: CodeQuestion;
  /** Encoded set. */
  readonly genes: Uint8Array | null;
  readonly least: number;
  /** In hexadecimal. */
  readonly functionGene: string | null;
}

export interface SearchRow {
  readonly id: string;
  readonly question: CodeQuestion;
  readonly genes: Buffer | null;
  readonly least: number;
  readonly functionGene: string | null;
  readonly state: (typeof codeSearches.CODE_SEARCH_STATES)[number];
  readonly problem: string | null;
  readonly until: number | null;
  readonly behind: number;
  readonly candidates: number;
  readonly searched: number;
  readonly unread: number;
  readonly broke: number;
  readonly hits: number;
  readonly cut: boolean;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

const SELECT = sql`select id, question, genes, least, function_gene as "functionGene", state, problem, until, behind,
  candidates, searched, unread, broke, hits, cut, created_by as "createdBy", created_at as "createdAt",
  finished_at as "finishedAt" from code_search`;

/** Searches of an organisation that are kept: the oldest that are over make room. */
const MOST_KEPT = 100;

/** Adds a search. False where `mostOpen` of the organisation are still open. */
export async function insertSearch(
  tx: Tx,
  organisation: string,
  search: ResolvedQuestion & { readonly id: string; readonly by: string },
  mostOpen: number,
): Promise<boolean> {
  // Two at once would both find the last place free.
  await sql`select from organisation where id = ${organisation} for update`.execute(tx);
  const { rows } = await sql<{ open: number }>`select count(*)::int as open from code_search
    where organisation = ${organisation} and state in ('queued', 'running')`.execute(tx);
  if ((rows[0]?.open ?? 0) >= mostOpen) return false;
  const { question, genes, least, functionGene } = search;
  await sql`insert into code_search (organisation, id, kind, question, genes, least, function_gene, created_by)
    values (${organisation}, ${search.id}, ${question.by}, ${jsonText(question)}::jsonb, ${genes}, ${least},
      ${functionGene}, ${search.by})`.execute(tx);
  await sql`delete from code_search where organisation = ${organisation} and state in ('done', 'failed')
    and id in (select id from code_search where organisation = ${organisation}
      order by id desc offset ${MOST_KEPT})`.execute(tx);
  return true;
}

/** Newest first, behind the one with id `behind`. */
export async function listSearches(
  db: Database,
  organisation: string,
  limit: number,
  behind: string | null,
): Promise<readonly SearchRow[]> {
  // Ids are UUIDv7: their order is that of time.
  const after = behind === null ? sql`` : sql`and id < ${behind}::uuid`;
  const { rows } = await sql<SearchRow>`${SELECT} where organisation = ${organisation} ${after}
    order by id desc limit ${limit}`.execute(db);
  return rows;
}

export async function findSearch(db: Database | Tx, organisation: string, id: string): Promise<SearchRow | null> {
  const { rows } = await sql<SearchRow>`${SELECT} where organisation = ${organisation} and id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export async function removeSearch(tx: Tx, organisation: string, id: string): Promise<boolean> {
  const { rows } = await sql`delete from code_search where organisation = ${organisation} and id = ${id}
    returning id`.execute(tx);
  return rows.length > 0;
}

/** Those that a killed run may have left without a job. */
export async function openSearches(db: Database): Promise<readonly { organisation: string; id: string }[]> {
  const { rows } = await sql<{ organisation: string; id: string }>`select organisation, id from code_search
    where state in ('queued', 'running') order by id`.execute(db);
  return rows;
}

/** The number of the newest artifact. */
export async function lastNumber(db: Database): Promise<number> {
  const { rows } = await sql<{ last: number }>`select coalesce(max(number), 0) as last from artifact`.execute(db);
  return rows[0]?.last ?? 0;
}

/** How many artifacts of an organisation have a number up to `until`, or one of `numbers`. */
export async function countArtifacts(
  db: Database,
  organisation: string,
  which: { readonly until: number } | { readonly numbers: readonly number[] },
): Promise<number> {
  const those = 'until' in which ? sql`number <= ${which.until}` : sql`number = any(${which.numbers}::bigint[])`;
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from artifact
    where organisation = ${organisation} and ${those}`.execute(db);
  return rows[0]?.count ?? 0;
}

export async function beginSearch(
  db: Database,
  organisation: string,
  id: string,
  { until, candidates }: { readonly until: number; readonly candidates: number },
): Promise<void> {
  await sql`update code_search set state = 'running', until = ${until}, candidates = ${candidates}
    where organisation = ${organisation} and id = ${id}`.execute(db);
}

export interface CodeHit {
  readonly number: number;
  readonly matched: number;
  readonly whole: boolean | null;
}

/** What one step looked at. */
export interface SearchStep {
  /** The last number that was looked at. */
  readonly behind: number;
  readonly searched: number;
  readonly unread: number;
  readonly broke: number;
  readonly hits: readonly CodeHit[];
}

/** Notes a step; answers how many hits there are now, or null where the search was removed. */
export async function noteStep(tx: Tx, organisation: string, id: string, step: SearchStep): Promise<number | null> {
  const { rows } = await sql<{ hits: number }>`
    update code_search set behind = ${step.behind}, searched = searched + ${step.searched},
      unread = unread + ${step.unread}, broke = broke + ${step.broke}, hits = hits + ${step.hits.length}
    where organisation = ${organisation} and id = ${id} returning hits`.execute(tx);
  const [row] = rows;
  if (row === undefined) return null;
  const { hits } = step;
  await sql`insert into code_search_hit (organisation, search_id, number, matched, whole)
    select ${organisation}, ${id}, h.number, h.matched, h.whole
    from unnest(${hits.map((one) => one.number)}::bigint[], ${hits.map((one) => one.matched)}::int[],
      ${hits.map((one) => one.whole)}::boolean[]) as h (number, matched, whole)`.execute(tx);
  return row.hits;
}

export async function endSearch(
  tx: Database | Tx,
  organisation: string,
  id: string,
  end: { readonly problem: string } | { readonly cut: boolean },
): Promise<void> {
  const problem = 'problem' in end ? end.problem : null;
  await sql`update code_search set state = ${problem === null ? 'done' : 'failed'}, problem = ${problem},
      cut = ${'cut' in end && end.cut}, finished_at = now()
    where organisation = ${organisation} and id = ${id} and state in ('queued', 'running')`.execute(tx);
}

/** The encoded genes of the organisation's artifacts with these numbers, in their order. */
export async function ownGenes(
  db: Database,
  organisation: string,
  numbers: readonly number[],
): Promise<readonly { readonly number: number; readonly genes: Buffer | null }[]> {
  const { rows } = await sql<{ number: number; genes: Buffer | null }>`
    select a.number, g.genes from artifact a
    left join genome g on g.organisation = a.organisation and g.sha256 = a.sha256 and g.layout = a.layout
      and g.scheme = ${SCHEME}
    where a.organisation = ${organisation} and a.number = any(${numbers}::bigint[]) order by a.number`.execute(db);
  return rows;
}

/** The next artifacts, and how many genes their verdicts give the family; null where they do not name it. */
export async function familyCounts(
  db: Database,
  organisation: string,
  family: string,
  range: { readonly behind: number; readonly until: number; readonly limit: number },
): Promise<readonly { readonly number: number; readonly matched: number | null; readonly judged: boolean }[]> {
  const { rows } = await sql<{ number: number; matched: number | null; judged: boolean }>`
    select a.number, v.verdict is not null as judged, (select max(one.matched) from (
      select (f ->> 'reusedGenes')::int as matched, f ->> 'name' as name
        from jsonb_array_elements(v.evidence -> 'families') f
      union all select 0, s ->> 'family' from jsonb_array_elements(coalesce(v.evidence -> 'signatures', '[]')) s
      union all select 0, v.evidence -> 'label' ->> 'family') one where lower(one.name) = lower(${family})) as matched
    from artifact a left join verdict v using (organisation, sha256, layout)
    where a.organisation = ${organisation} and a.number > ${range.behind} and a.number <= ${range.until}
    order by a.number limit ${range.limit}`.execute(db);
  return rows;
}

export interface StoredBytes {
  readonly number: number;
  readonly sha256: string;
  readonly layout: Layout;
  readonly size: number;
  readonly stored: boolean;
}

export async function nextArtifacts(
  db: Database,
  organisation: string,
  range: { readonly behind: number; readonly until: number; readonly limit: number },
): Promise<readonly StoredBytes[]> {
  const { rows } = await sql<StoredBytes>`
    select number, encode(sha256, 'hex') as sha256, layout, size, stored from artifact
    where organisation = ${organisation} and number > ${range.behind} and number <= ${range.until}
    order by number limit ${range.limit}`.execute(db);
  return rows;
}

export interface HitRow {
  readonly sha256: string;
  readonly layout: Layout;
  readonly matched: number;
  readonly whole: boolean | null;
  readonly size: number;
  readonly verdict: ArtifactVerdict | null;
  readonly path: string | null;
  readonly endpoints: number;
}

/** In the order of the artifacts' arrival, behind that one. */
export async function listHits(
  db: Database,
  organisation: string,
  id: string,
  limit: number,
  behind: { readonly sha256: string; readonly layout: string } | null,
): Promise<readonly HitRow[]> {
  const after =
    behind === null
      ? sql``
      : sql`and h.number > (select number from artifact where organisation = ${organisation}
          and sha256 = ${digest(behind.sha256)} and layout = ${behind.layout})`;
  const { rows } = await sql<HitRow>`
    select encode(a.sha256, 'hex') as sha256, a.layout, h.matched, h.whole, a.size, v.verdict,
      (select s.path from sighting s where s.organisation = a.organisation and s.sha256 = a.sha256
        and s.layout = a.layout and s.path is not null limit 1) as path,
      (select count(*)::int from artifact_endpoint e where e.organisation = a.organisation and e.sha256 = a.sha256
        and e.layout = a.layout) as endpoints
    from code_search_hit h
    join artifact a on a.organisation = h.organisation and a.number = h.number
    left join verdict v on v.organisation = a.organisation and v.sha256 = a.sha256 and v.layout = a.layout
    where h.organisation = ${organisation} and h.search_id = ${id} ${after}
    order by h.number limit ${limit}`.execute(db);
  return rows;
}
