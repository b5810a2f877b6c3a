import { GLOBAL_ORGANISATION, type Layout } from '@genehound/contract';
import { SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import type { Database } from '../../platform/database.ts';

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

export async function endRejudging(db: Database, scope: string, until: number): Promise<void> {
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

/** True where any artifact has a verdict that a change of the scope could touch. */
export async function hasVerdicts(db: Database, scope: string): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select exists (select from verdict where ${scope} = ${GLOBAL_ORGANISATION} or organisation = ${scope}) as there`.execute(
    db,
  );
  return rows[0]?.there ?? false;
}
