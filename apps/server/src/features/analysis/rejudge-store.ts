import { GLOBAL_ORGANISATION, type Layout } from '@genehound/contract';
import { SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';

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
  /** True where a label that began or ceased to speak in the range names exactly this artifact. */
  readonly named: boolean;
}

/**
 * Artifacts with a verdict that did not know the scope's generation `until`, in the order of their numbers behind
 * `behind`. The global genome concerns every organisation, an organisation's labels only itself.
 */
export async function judgedBefore(
  db: Database,
  scope: string,
  range: RejudgeRange,
  behind: number,
  limit: number,
): Promise<readonly JudgedRow[]> {
  const global = scope === GLOBAL_ORGANISATION;
  const { rows } = await sql<JudgedRow>`
    select a.number, a.organisation, encode(a.sha256, 'hex') as sha256, a.layout, g.genes,
      exists (select from label l
        left join label_revocation r on r.organisation = l.organisation and r.label_id = l.id
        where l.organisation = ${scope} and l.sha256 = a.sha256 and l.layout = a.layout
          and (l.generation > ${range.after} and l.generation <= ${range.until}
            or r.generation > ${range.after} and r.generation <= ${range.until})) as named
    from artifact a
    join verdict v using (organisation, sha256, layout)
    left join genome g on g.organisation = a.organisation and g.sha256 = a.sha256 and g.layout = a.layout and g.scheme = ${SCHEME}
    where a.number > ${behind} and (${global} or a.organisation = ${scope})
      and case when ${global} then v.global_generation else v.organisation_generation end < ${range.until}
    order by a.number limit ${limit}`.execute(db);
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
