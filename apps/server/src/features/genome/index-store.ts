import { SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import type { Database } from '../../platform/database.ts';

/** What the index keeper reads: labels in the order in which they began to speak, with their samples' genes. */

export interface LabelledRow {
  readonly id: string;
  readonly generation: number;
  readonly sequence: number;
  readonly family: number;
  /** Encoded; null where the sample has none. */
  readonly genes: Buffer | null;
}

/** Labels of (after, until], not revoked by `until`, behind the place (generation, sequence) = `behind`. */
export async function labelledRows(
  db: Database,
  organisation: string,
  range: { readonly after: number; readonly until: number },
  behind: { readonly generation: number; readonly sequence: number },
  limit: number,
): Promise<readonly LabelledRow[]> {
  const { rows } = await sql<LabelledRow>`
    select l.id, l.generation, l.sequence, f.number as family, g.genes
    from label l
    join family f on f.organisation = l.organisation and f.id = l.family_id
    left join genome g on g.organisation = l.organisation and g.sha256 = l.sha256 and g.layout = l.layout and g.scheme = ${SCHEME}
      and l.basis = 'genes'
    where l.organisation = ${organisation} and l.generation > ${range.after} and l.generation <= ${range.until}
      and (l.generation, l.sequence) > (${behind.generation}, ${behind.sequence})
      and not exists (select from label_revocation r
        where r.organisation = l.organisation and r.label_id = l.id and r.generation <= ${range.until})
    order by l.generation, l.sequence limit ${limit}`.execute(db);
  return rows;
}

/** True where a label that `after` had was revoked by `until`: its genes cannot be taken out, only left out. */
export async function wasRevoked(db: Database, organisation: string, after: number, until: number): Promise<boolean> {
  const row = await db
    .selectFrom('label_revocation')
    .select('label_id')
    .where('organisation', '=', organisation)
    .where('generation', '>', after)
    .where('generation', '<=', until)
    .executeTakeFirst();
  return row !== undefined;
}

/** True where the label began to speak at or before that generation. */
export async function knowsLabel(db: Database, organisation: string, id: string, generation: number): Promise<boolean> {
  const row = await db
    .selectFrom('label')
    .select('id')
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .where('generation', '<=', generation)
    .executeTakeFirst();
  return row !== undefined;
}

/** Encoded genes of the labels that began or ceased to speak in (after, until]: what a change may touch. */
export async function changedGenes(
  db: Database,
  organisation: string,
  range: { readonly after: number; readonly until: number },
  behind: number,
  limit: number,
): Promise<readonly { readonly sequence: number; readonly genes: Buffer | null }[]> {
  const { rows } = await sql<{ sequence: number; genes: Buffer | null }>`
    select l.sequence, g.genes
    from label l
    left join genome g on g.organisation = l.organisation and g.sha256 = l.sha256 and g.layout = l.layout and g.scheme = ${SCHEME}
      and l.basis = 'genes'
    where l.organisation = ${organisation} and l.sequence > ${behind}
      and (l.generation > ${range.after} and l.generation <= ${range.until}
        or exists (select from label_revocation r where r.organisation = l.organisation and r.label_id = l.id
             and r.generation > ${range.after} and r.generation <= ${range.until}))
    order by l.sequence limit ${limit}`.execute(db);
  return rows;
}
