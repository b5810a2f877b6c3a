import { GLOBAL_ORGANISATION, type Layout } from '@genehound/contract';
import { SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';
import { concernedByTrust } from '../publishers/read.ts';

export interface RejudgeRange {
  /** Judged up to here. */
  readonly after: number;
  readonly until: number;
}

/** How far a scope's changes have been judged again. */
export async function rejudgedUntil(db: Database, scope: string): Promise<number> {
  const row = await db.selectFrom('generation').select('rejudged').where('organisation', '=', scope).executeTakeFirst();
  return row?.rejudged ?? 0;
}

/** From now on no verdict of a generation before `until` is stored; waits for those that are being stored. */
export async function beginRejudging(db: Database, scope: string, until: number): Promise<void> {
  await sql`update generation set rejudging = greatest(rejudging, ${until}) where organisation = ${scope}`.execute(db);
}

export async function endRejudging(db: Tx, scope: string, until: number): Promise<void> {
  await sql`update generation set rejudged = greatest(rejudged, ${until}) where organisation = ${scope}`.execute(db);
}

export interface JudgedRow {
  readonly number: number;
  readonly organisation: string;
  readonly sha256: string;
  readonly layout: Layout;
  readonly genes: Buffer | null;
}

/** A verdict that did not know the scope's generation `until`. The global genome concerns every organisation. */
function isBefore(scope: string, until: number) {
  const global = scope === GLOBAL_ORGANISATION;
  return sql`(${global} or v.organisation = ${scope})
    and case when ${global} then v.global_generation else v.organisation_generation end < ${until}`;
}

/** Of the artifacts with these numbers those whose verdict did not know the scope's generation `until`. */
export async function judgedAmong(
  db: Database,
  scope: string,
  until: number,
  numbers: readonly number[],
): Promise<readonly JudgedRow[]> {
  const { rows } = await sql<JudgedRow>`
    select a.number, a.organisation, encode(a.sha256, 'hex') as sha256, a.layout, g.genes
    from artifact a
    join verdict v using (organisation, sha256, layout)
    join genome g on g.organisation = a.organisation and g.sha256 = a.sha256 and g.layout = a.layout and g.scheme = ${SCHEME}
    where a.number = any(${numbers}::bigint[]) and ${isBefore(scope, until)}`.execute(db);
  return rows;
}

/**
 * Artifacts of which exactly a label, a publisher or a catalog speaks that began or ceased to speak in the range, and whose verdict did not know
 * that; in the order of their numbers behind `behind`.
 */
export async function namedBefore(
  db: Database,
  scope: string,
  range: RejudgeRange,
  behind: number,
  limit: number,
): Promise<readonly JudgedRow[]> {
  const { rows } = await sql<JudgedRow>`
    select distinct a.number, a.organisation, encode(a.sha256, 'hex') as sha256, a.layout, null::bytea as genes
    from (select null::uuid as organisation, l.sha256, l.layout from label l
        where l.organisation = ${scope} and l.generation > ${range.after} and l.generation <= ${range.until}
      union
      select null, l.sha256, l.layout from label_revocation r
        join label l on l.organisation = r.organisation and l.id = r.label_id
        where r.organisation = ${scope} and r.generation > ${range.after} and r.generation <= ${range.until}
      union
      select t.organisation, t.sha256, 'file' from (${concernedByTrust(scope, range)}) t) named
    join artifact a on a.sha256 = named.sha256 and a.layout = named.layout
      and (named.organisation is null or named.organisation = a.organisation)
    join verdict v on v.organisation = a.organisation and v.sha256 = a.sha256 and v.layout = a.layout
    where a.number > ${behind} and ${isBefore(scope, range.until)}
    order by a.number limit ${limit}`.execute(db);
  return rows;
}

/** Numbers of the organisations' artifacts whose genes are stored, ascending, behind `behind`. */
export async function genomeNumbers(db: Database, behind: number, limit: number): Promise<readonly number[]> {
  const { rows } = await sql<{ number: number }>`
    select a.number from artifact a
    where a.number > ${behind} and a.organisation <> ${GLOBAL_ORGANISATION} and exists (select from genome g
      where g.organisation = a.organisation and g.sha256 = a.sha256 and g.layout = a.layout and g.scheme = ${SCHEME})
    order by a.number limit ${limit}`.execute(db);
  return rows.map((row) => row.number);
}

/** The encoded gene sets of the artifacts with these numbers. */
export async function encodedGenes(
  db: Database,
  numbers: readonly number[],
): Promise<readonly { readonly number: number; readonly genes: Buffer }[]> {
  const { rows } = await sql<{ number: number; genes: Buffer }>`
    select a.number, g.genes from artifact a
    join genome g on g.organisation = a.organisation and g.sha256 = a.sha256 and g.layout = a.layout and g.scheme = ${SCHEME}
    where a.number = any(${numbers}::bigint[])`.execute(db);
  return rows;
}

export interface ChangedVerdict {
  readonly organisation: string;
  readonly sha256: string;
  readonly layout: Layout;
}

/**
 * Artifacts that were judged since the range began and whose verdict is another than before it, or than one that they
 * had in between (of an artifact that is new, the scans know that one): another word, or other reasons where the word
 * accuses. Those that were seen with findings are always among them, for a scan judges them by more than their stored
 * verdict. Derived from what is stored, so that a kill in between loses none.
 */
export async function changedVerdicts(db: Tx, scope: string, range: RejudgeRange): Promise<readonly ChangedVerdict[]> {
  const global = scope === GLOBAL_ORGANISATION;
  const { rows } = await sql<ChangedVerdict>`
    select v.organisation, encode(v.sha256, 'hex') as sha256, v.layout
    from verdict v
    where (${global} or v.organisation = ${scope})
      and case when ${global} then v.global_generation else v.organisation_generation end > ${range.after}
      and (exists (select from verdict_history h
          where h.organisation = v.organisation and h.sha256 = v.sha256 and h.layout = v.layout
            and h.number >= coalesce((select max(b.number) from verdict_history b
              where b.organisation = v.organisation and b.sha256 = v.sha256 and b.layout = v.layout
                and case when ${global} then b.global_generation else b.organisation_generation end <= ${range.after}), 0)
            and (h.verdict <> v.verdict or h.sub_verdict <> v.sub_verdict
              or v.verdict in ('malicious', 'suspicious') and h.evidence -> 'reasons' <> v.evidence -> 'reasons'))
        or exists (select from sighting s where s.organisation = v.organisation and s.sha256 = v.sha256
             and s.layout = v.layout and s.findings <> '{}'))`.execute(db);
  return rows;
}

/** True where any artifact has a verdict that a change of the scope could touch. */
export async function hasVerdicts(db: Database, scope: string): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select exists (select from verdict where ${scope} = ${GLOBAL_ORGANISATION} or organisation = ${scope}) as there`.execute(
    db,
  );
  return rows[0]?.there ?? false;
}
