import { GLOBAL_ORGANISATION, type Layout } from '@genehound/contract';
import { SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import { type Database, text } from '../../platform/database.ts';

/** A labelled artifact of a family with its stored genome. */
export interface FamilySample {
  /** Whose artifact it is: the reader's own organisation or the global one. */
  readonly organisation: string;
  readonly sha256: string;
  readonly layout: Layout;
  readonly source: string;
  readonly genes: Buffer;
  readonly body: Buffer;
}

/** The newest artifacts whose genes speak for a family of that name, in the scopes that an organisation sees. */
export async function familySamples(
  db: Database,
  organisation: string,
  family: string,
  limit: number,
): Promise<readonly FamilySample[]> {
  const { rows } = await sql<FamilySample>`
    select l.organisation, encode(l.sha256, 'hex') as sha256, l.layout, l.source, g.genes, g.body
    from label l
    join family f on f.organisation = l.organisation and f.id = l.family_id
    join genome g on g.organisation = l.organisation and g.sha256 = l.sha256 and g.layout = l.layout and g.scheme = ${SCHEME}
    where l.organisation in (${GLOBAL_ORGANISATION}, ${organisation}) and lower(f.name) = lower(${text(family)})
      and l.generation is not null and l.basis = 'genes'
      and not exists (select from label_revocation r where r.organisation = l.organisation and r.label_id = l.id)
    order by l.sequence desc limit ${limit}`.execute(db);
  return rows;
}
