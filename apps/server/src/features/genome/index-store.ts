import { SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import type { Database } from '../../platform/database.ts';
import { chosenLabels, type LabelFilter } from './pack-store.ts';

/** What the index keeper reads: labels in the order in which they began to speak, with their samples' genes. */

export interface LabelledRow {
  readonly id: string;
  readonly generation: number;
  readonly sequence: number;
  readonly family: number;
  /** Encoded; null where the sample has none. */
  readonly genes: Buffer | null;
}

/** Labels of (after, until], not revoked by `asOf`, behind the place (generation, sequence) = `behind`. */
export async function labelledRows(
  db: Database,
  organisation: string,
  range: { readonly after: number; readonly until: number; readonly asOf: number },
  behind: { readonly generation: number; readonly sequence: number },
  limit: number,
  filter: LabelFilter = {},
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
        where r.organisation = l.organisation and r.label_id = l.id and r.generation <= ${range.asOf})
      and ${chosenLabels(filter)}
    order by l.generation, l.sequence limit ${limit}`.execute(db);
  return rows;
}

/** True where a label or pack that `after` had was revoked by `until`: its genes cannot be taken out, only left out. */
export async function wasRevoked(db: Database, organisation: string, after: number, until: number): Promise<boolean> {
  const { rows } = await sql<{ was: boolean }>`
    select exists (select from label_revocation r
        join label l on l.organisation = r.organisation and l.id = r.label_id and l.basis = 'genes'
        where r.organisation = ${organisation} and r.generation > ${after} and r.generation <= ${until})
      or exists (select from source
        where organisation = ${organisation} and revoked_generation > ${after} and revoked_generation <= ${until}) as was`.execute(
    db,
  );
  return rows[0]?.was ?? false;
}

/** True where the label or pack began to speak at or before that generation. */
export async function knowsLabel(db: Database, organisation: string, id: string, generation: number): Promise<boolean> {
  const { rows } = await sql<{ knows: boolean }>`
    select exists (select from label where organisation = ${organisation} and id = ${id} and generation <= ${generation})
      or exists (select from source
        where organisation = ${organisation} and id = ${id} and generation <= ${generation}) as knows`.execute(db);
  return rows[0]?.knows ?? false;
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
    (select l.sequence, g.genes
    from label l
    left join genome g on g.organisation = l.organisation and g.sha256 = l.sha256 and g.layout = l.layout and g.scheme = ${SCHEME}
      and l.basis = 'genes'
    where l.organisation = ${organisation} and l.sequence > ${behind}
      and (l.generation > ${range.after} and l.generation <= ${range.until}
        or exists (select from label_revocation r where r.organisation = l.organisation and r.label_id = l.id
             and r.generation > ${range.after} and r.generation <= ${range.until}))
    order by l.sequence limit ${limit})
    union all
    (select p.sequence, p.genes
    from pack_genes p join source s on s.organisation = p.organisation and s.id = p.source_id
    where p.organisation = ${organisation} and p.sequence > ${behind}
      and (s.generation > ${range.after} and s.generation <= ${range.until}
        or s.revoked_generation > ${range.after} and s.revoked_generation <= ${range.until})
    order by p.sequence limit ${limit})
    order by sequence limit ${limit}`.execute(db);
  return rows;
}
