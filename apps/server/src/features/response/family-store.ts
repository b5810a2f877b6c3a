import { GLOBAL_ORGANISATION } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, jsonText, type Tx, text } from '../../platform/database.ts';

export interface FamilyRow {
  readonly id: string;
  readonly organisation: string;
  readonly name: string;
  readonly type: string;
}

/** A family that an organisation sees, by its id. */
export async function familyById(db: Database | Tx, organisation: string, id: string): Promise<FamilyRow | null> {
  const { rows } = await sql<FamilyRow>`select id, organisation, name, type from family
    where id = ${id} and organisation in (${organisation}, ${GLOBAL_ORGANISATION})
    order by organisation = ${organisation} desc limit 1`.execute(db);
  return rows[0] ?? null;
}

export interface FactsRow {
  readonly aliases: readonly string[];
  readonly links: unknown;
  readonly notes: string;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

export async function familyFacts(
  db: Database | Tx,
  organisation: string,
  family: FamilyRow,
): Promise<FactsRow | null> {
  const row = await db
    .selectFrom('family_facts')
    .select(['aliases', 'links', 'notes', 'updated_by as updatedBy', 'updated_at as updatedAt'])
    .where('organisation', '=', organisation)
    .where('family_organisation', '=', family.organisation)
    .where('family_id', '=', family.id)
    .executeTakeFirst();
  return row ?? null;
}

export async function putFacts(
  tx: Tx,
  organisation: string,
  family: FamilyRow,
  facts: { readonly aliases: readonly string[]; readonly links: readonly object[]; readonly notes: string },
  actor: string,
): Promise<void> {
  await sql`insert into family_facts (organisation, family_organisation, family_id, aliases, links, notes, updated_by)
    values (${organisation}, ${family.organisation}, ${family.id}, ${facts.aliases.map(text)}::text[],
      ${jsonText(facts.links)}::jsonb, ${text(facts.notes)}, ${actor})
    on conflict (organisation, family_organisation, family_id) do update set aliases = excluded.aliases,
      links = excluded.links, notes = excluded.notes, updated_by = excluded.updated_by, updated_at = now()`.execute(tx);
}
