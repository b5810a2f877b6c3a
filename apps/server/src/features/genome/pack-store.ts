import type { Layout } from '@genehound/contract';
import { SCHEME } from '@genehound/genes';
import { type RawBuilder, sql } from 'kysely';
import { type Database, type Tx, text } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';

/** Genes and labels of packs, in and out. */

export interface PackPart {
  /** As in genome. */
  readonly genes: Uint8Array;
  /** The place of each gene's set and the sets, by the numbers of the families. */
  readonly sets: Uint8Array;
}

export async function insertPart(
  tx: Tx,
  source: { readonly organisation: string; readonly id: string },
  part: number,
  { genes, sets }: PackPart,
): Promise<void> {
  await tx
    .insertInto('pack_genes')
    .values({
      organisation: source.organisation,
      source_id: source.id,
      part,
      genes: Buffer.from(genes.buffer, genes.byteOffset, genes.length),
      sets: Buffer.from(sets.buffer, sets.byteOffset, sets.length),
    })
    .execute();
}

export interface PackLabelRow {
  readonly sha256: Uint8Array;
  readonly layout: Layout;
  readonly family: string;
}

/** Labels of a pack: they name exact artifacts, whose genes, if they are here, do not speak through them. */
export async function insertPackLabels(
  tx: Tx,
  source: { readonly organisation: string; readonly id: string; readonly name: string; readonly actor: string },
  labels: readonly PackLabelRow[],
): Promise<void> {
  const { organisation, id, name, actor } = source;
  const hashes = labels.map(({ sha256 }) => Buffer.from(sha256));
  const layouts = labels.map(({ layout }) => layout);
  await sql`
    insert into artifact (organisation, sha256, layout, size, stored, state)
    select distinct ${organisation}::uuid, h, l, 0, false, 'done'
    from unnest(${hashes}::bytea[], ${layouts}::text[]) as t (h, l)
    on conflict do nothing`.execute(tx);
  await sql`
    insert into label (organisation, id, sha256, layout, family_id, source, created_by, basis, source_id)
    select ${organisation}::uuid, i, h, l, f, ${text(name)}, ${text(actor)}, 'hash', ${id}::uuid
    from unnest(${labels.map(() => newId())}::uuid[], ${hashes}::bytea[], ${layouts}::text[],
      ${labels.map(({ family }) => family)}::uuid[]) as t (i, h, l, f)`.execute(tx);
}

export interface SpeakingPack {
  readonly id: string;
  readonly generation: number;
}

/** Packs that began to speak in (after, until] and were not revoked by `asOf`, in that order. */
export async function speakingPacks(
  db: Database,
  organisation: string,
  range: { readonly after: number; readonly until: number },
  asOf: number,
): Promise<readonly SpeakingPack[]> {
  const { rows } = await sql<SpeakingPack>`
    select id, generation from source
    where organisation = ${organisation} and kind = 'pack'
      and generation > ${range.after} and generation <= ${range.until}
      and (revoked_generation is null or revoked_generation > ${asOf})
    order by generation`.execute(db);
  return rows;
}

/** Parts of a pack behind part `behind`. */
export async function packParts(
  db: Database,
  organisation: string,
  source: string,
  behind: number,
  limit: number,
): Promise<readonly (PackPart & { readonly part: number })[]> {
  return await db
    .selectFrom('pack_genes')
    .select(['part', 'genes', 'sets'])
    .where('organisation', '=', organisation)
    .where('source_id', '=', source)
    .where('part', '>', behind)
    .orderBy('part')
    .limit(limit)
    .execute();
}

/** Which labels an export takes: all that speak, or those of one family or source. */
export interface LabelFilter {
  readonly family?: string | undefined;
  readonly source?: string | undefined;
}

/** Of labels `l` of families `f` those that a filter names; a source by what the label says, or by its name. */
export function chosenLabels({ family, source }: LabelFilter): RawBuilder<unknown> {
  const ofFamily = family === undefined ? sql`true` : sql`lower(f.name) = lower(${text(family)})`;
  const ofSource =
    source === undefined
      ? sql`true`
      : sql`(l.source = ${text(source)} or exists (select from source s where s.organisation = l.organisation
          and s.id = l.source_id and lower(s.name) = lower(${text(source)})))`;
  return sql`${ofFamily} and ${ofSource}`;
}

export interface ExportedLabel {
  readonly sequence: number;
  readonly sha256: Buffer;
  readonly layout: Layout;
  readonly family: number;
}

export async function exportedLabels(
  db: Database,
  organisation: string,
  generation: number,
  filter: LabelFilter,
  behind: number,
  limit: number,
): Promise<readonly ExportedLabel[]> {
  const { rows } = await sql<ExportedLabel>`
    select l.sequence, l.sha256, l.layout, f.number as family
    from label l join family f on f.organisation = l.organisation and f.id = l.family_id
    where l.organisation = ${organisation} and l.generation <= ${generation} and l.sequence > ${behind}
      and ${chosenLabels(filter)}
      and not exists (select from label_revocation r
        where r.organisation = l.organisation and r.label_id = l.id and r.generation <= ${generation})
    order by l.sequence limit ${limit}`.execute(db);
  return rows;
}

/** Ids of the sources under which the labels of an export were imported. */
export async function sourcesOfLabels(
  db: Database,
  organisation: string,
  filter: LabelFilter,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    select distinct l.source_id as id from label l join family f on f.organisation = l.organisation and f.id = l.family_id
    where l.organisation = ${organisation} and l.source_id is not null and ${chosenLabels(filter)}`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** Instruction sets of the code that labels of a scope name. */
export async function labelledInstructionSets(db: Database, organisation: string): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct g.instruction_set as name from genome g
    where g.organisation = ${organisation} and g.scheme = ${SCHEME} and g.instruction_set is not null
      and exists (select from label l where l.organisation = g.organisation and l.sha256 = g.sha256 and l.layout = g.layout)
    order by name`.execute(db);
  return rows.map(({ name }) => name);
}
