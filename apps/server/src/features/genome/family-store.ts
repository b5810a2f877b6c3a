import {
  type ArtifactVerdict,
  type FamilyType,
  GLOBAL_ORGANISATION,
  type Layout,
  type SubVerdict,
} from '@genehound/contract';
import { SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import { type Database, text } from '../../platform/database.ts';

export interface FamilyFacts {
  readonly organisation: string;
  readonly id: string;
  readonly name: string;
  readonly type: FamilyType;
  readonly createdAt: Date;
  readonly samples: number;
}

const HOLDS = sql`not exists (select from label_revocation r
  where r.organisation = l.organisation and r.label_id = l.id)`;

export async function familyFacts(db: Database, organisation: string, id: string): Promise<FamilyFacts | null> {
  const { rows } = await sql<FamilyFacts>`
    select f.organisation, f.id, f.name, f.type, f.created_at as "createdAt",
      (select count(*)::int from label l where l.organisation = f.organisation and l.family_id = f.id and ${HOLDS}) as samples
    from family f where f.organisation = any(${[organisation, GLOBAL_ORGANISATION]}::uuid[]) and f.id = ${id}`.execute(
    db,
  );
  return rows[0] ?? null;
}

export interface Member {
  readonly labelId: string;
  readonly sha256: string;
  readonly layout: Layout;
  readonly source: string;
  readonly basis: 'genes' | 'hash';
  readonly genes: number | null;
  readonly createdAt: Date;
  readonly createdBy: string;
}

/** Labels that hold, the newest first. */
export async function familyMembers(
  db: Database,
  { organisation, id }: FamilyFacts,
  limit: number,
): Promise<readonly Member[]> {
  const { rows } = await sql<Member>`
    select l.id as "labelId", encode(l.sha256, 'hex') as sha256, l.layout, l.source, l.basis, g.gene_count as genes,
      l.created_at as "createdAt", l.created_by as "createdBy"
    from label l
    left join genome g on g.organisation = l.organisation and g.sha256 = l.sha256 and g.layout = l.layout
      and g.scheme = ${SCHEME}
    where l.organisation = ${organisation} and l.family_id = ${id} and ${HOLDS}
    order by l.sequence desc limit ${limit}`.execute(db);
  return rows;
}

export interface NamedArtifact {
  readonly sha256: string;
  readonly layout: Layout;
  readonly verdict: ArtifactVerdict;
  readonly subVerdict: SubVerdict;
  readonly path: string | null;
}

/** Accused artifacts of an organisation whose evidence names the family, the newest first. */
export async function artifactsNaming(
  db: Database,
  organisation: string,
  family: string,
  limit: number,
): Promise<readonly NamedArtifact[]> {
  const { rows } = await sql<NamedArtifact>`
    select encode(v.sha256, 'hex') as sha256, v.layout, v.verdict, v.sub_verdict as "subVerdict",
      (select g.path from sighting g where g.organisation = v.organisation and g.sha256 = v.sha256
        and g.layout = v.layout and g.path is not null limit 1) as path
    from verdict v where v.organisation = ${organisation} and v.verdict in ('malicious', 'suspicious')
      and v.evidence -> 'families' @> jsonb_build_array(jsonb_build_object('name', ${text(family)}::text))
    order by v.judged_at desc, v.sha256, v.layout limit ${limit}`.execute(db);
  return rows;
}
