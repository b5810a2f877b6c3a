import type { AnalysisState, DecisionBasis, FamilyType, Layout } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest, type Tx, text } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';

/** Rows of families, samples and labels. `organisation` is the scope: the nil organisation is the global genome. */

export interface FamilyRow {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly type: FamilyType;
  readonly organisation: string;
}

/** The column's check is the contract's list; every writer goes through it. */
function familyRow(row: { id: string; number: number; name: string; type: string; organisation: string }): FamilyRow {
  return { ...row, type: row.type as FamilyType };
}

/** The family of that name, made where it is missing; its type may be another than the one asked for. */
export async function putFamily(tx: Tx, organisation: string, name: string, type: FamilyType): Promise<FamilyRow> {
  await tx
    .insertInto('family')
    .values({ organisation, id: newId(), name: text(name), type })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await tx
    .selectFrom('family')
    .select(['id', 'number', 'name', 'type', 'organisation'])
    .where('organisation', '=', organisation)
    .where(sql`lower(name)`, '=', sql`lower(${text(name)})`)
    .executeTakeFirstOrThrow();
  return familyRow(row);
}

export async function familiesOf(db: Database, organisations: readonly string[]): Promise<readonly FamilyRow[]> {
  const rows = await db
    .selectFrom('family')
    .select(['id', 'number', 'name', 'type', 'organisation'])
    .where('organisation', 'in', organisations)
    .execute();
  return rows.map(familyRow);
}

export interface SampleKey {
  readonly organisation: string;
  readonly sha256: string;
  readonly layout: Layout;
}

/** The artifact of a sample whose bytes are stored; one that was judged without bytes is analysed now. */
export async function putSample(tx: Tx, key: SampleKey, size: number): Promise<AnalysisState> {
  const row = await tx
    .insertInto('artifact')
    .values({ organisation: key.organisation, sha256: digest(key.sha256), layout: key.layout, size, stored: true })
    .onConflict((conflict) =>
      conflict.columns(['organisation', 'sha256', 'layout']).doUpdateSet((eb) => ({
        stored: true,
        // Of bytes that were not here the size is hearsay: a pack does not say it, an endpoint may lie.
        size: eb.case().when('artifact.stored', '=', true).then(eb.ref('artifact.size')).else(size).end(),
        state: eb.case().when('artifact.stored', '=', true).then(eb.ref('artifact.state')).else('queued').end(),
      })),
    )
    .returning('state')
    .executeTakeFirstOrThrow();
  return row.state as AnalysisState;
}

export interface NewLabel {
  readonly key: SampleKey;
  readonly family: string;
  readonly source: string;
  readonly reason: string | null;
  readonly actor: string;
  /** Else genes: the sample's genes speak, not only its hash. */
  readonly basis?: DecisionBasis;
  /** The decision that made it. */
  readonly decision?: string;
  /** The source of knowledge that it was imported under. */
  readonly sourceId?: string | undefined;
}

/** The id of the label by which these genes speak for the family, and which was not revoked; or null. */
export async function findLabel(tx: Tx, key: SampleKey, family: string): Promise<string | null> {
  const row = await tx
    .selectFrom('label')
    .leftJoin('label_revocation as r', (join) =>
      join.onRef('r.organisation', '=', 'label.organisation').onRef('r.label_id', '=', 'label.id'),
    )
    .select('label.id')
    .where('label.organisation', '=', key.organisation)
    .where('label.sha256', '=', digest(key.sha256))
    .where('label.layout', '=', key.layout)
    .where('label.family_id', '=', family)
    .where('label.basis', '=', 'genes')
    .where('r.label_id', 'is', null)
    .executeTakeFirst();
  return row?.id ?? null;
}

export async function insertLabel(tx: Tx, label: NewLabel): Promise<string> {
  const id = newId();
  await tx
    .insertInto('label')
    .values({
      organisation: label.key.organisation,
      id,
      sha256: digest(label.key.sha256),
      layout: label.key.layout,
      family_id: label.family,
      source: text(label.source),
      reason: label.reason === null ? null : text(label.reason),
      created_by: text(label.actor),
      basis: label.basis ?? 'genes',
      decision_id: label.decision ?? null,
      source_id: label.sourceId ?? null,
    })
    .execute();
  return id;
}

/** Which of the hashes carry a label of that family, by name, through which their genes speak. */
export async function knownSamples(
  db: Database,
  organisation: string,
  family: string,
  layout: Layout,
  hashes: readonly string[],
): Promise<readonly string[]> {
  if (hashes.length === 0) return [];
  const { rows } = await sql<{ sha256: string }>`
    select distinct encode(l.sha256, 'hex') as sha256
    from label l join family f on f.organisation = l.organisation and f.id = l.family_id
    where l.organisation = ${organisation} and lower(f.name) = lower(${text(family)}) and l.layout = ${layout} and l.basis = 'genes'
      and l.sha256 = any(${hashes.map(digest)}::bytea[])
      and not exists (select from label_revocation r where r.organisation = l.organisation and r.label_id = l.id)`.execute(
    db,
  );
  return rows.map((row) => row.sha256);
}

/** Labels whose samples are analysed but which do not speak yet, and those whose samples are still to be analysed. */
export async function waitingLabels(db: Database, organisation: string): Promise<{ ready: number; pending: number }> {
  const { rows } = await sql<{ ready: number; pending: number }>`
    select count(*) filter (where a.state in ('done', 'failed', 'unsupported'))::int as ready,
           count(*) filter (where a.state in ('queued', 'running'))::int as pending
    from label l join artifact a using (organisation, sha256, layout)
    where l.organisation = ${organisation} and l.generation is null`.execute(db);
  return rows[0] ?? { ready: 0, pending: 0 };
}

export async function scopesWithWaitingLabels(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('label').select('organisation').distinct().where('generation', 'is', null).execute();
  return rows.map((row) => row.organisation);
}

/**
 * Lets up to `limit` labels speak whose samples are analysed, as one generation. Locks the counter first, so that
 * generations are committed in their order. Returns the generation, null where no label was ready.
 */
export async function activateLabels(tx: Tx, organisation: string, limit: number): Promise<number | null> {
  const next = (await lockGeneration(tx, organisation)) + 1;
  const { numAffectedRows } = await sql`
    update label set generation = ${next}
    where organisation = ${organisation} and id in (
      select l.id from label l join artifact a using (organisation, sha256, layout)
      where l.organisation = ${organisation} and l.generation is null and a.state in ('done', 'failed', 'unsupported')
      order by l.sequence limit ${limit})`.execute(tx);
  if ((numAffectedRows ?? 0n) === 0n) return null;
  await tx.updateTable('generation').set({ value: next }).where('organisation', '=', organisation).execute();
  return next;
}

/** Locks the counter of a scope, so that generations are committed in their order; it is advanced by who calls. */
export async function lockGeneration(tx: Tx, organisation: string): Promise<number> {
  await tx
    .insertInto('generation')
    .values({ organisation })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await tx
    .selectFrom('generation')
    .select('value')
    .where('organisation', '=', organisation)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return row.value;
}

/** The scope reaches its next generation, by something else than labels. */
export async function advanceGeneration(tx: Tx, organisation: string): Promise<number> {
  const next = (await lockGeneration(tx, organisation)) + 1;
  await tx.updateTable('generation').set({ value: next }).where('organisation', '=', organisation).execute();
  return next;
}

/** Records that labels no longer hold, as one generation. Answers how many of them were not revoked before. */
export async function revokeLabels(
  tx: Tx,
  organisation: string,
  labels: readonly string[],
  actor: string,
  reason: string | null,
): Promise<number> {
  if (labels.length === 0) return 0;
  const next = (await lockGeneration(tx, organisation)) + 1;
  const { numAffectedRows = 0n } = await sql`
    insert into label_revocation (organisation, label_id, created_by, reason, generation)
    select ${organisation}, id, ${text(actor)}, ${reason === null ? null : text(reason)}, ${next}
    from unnest(${labels}::uuid[]) as row (id)
    on conflict do nothing`.execute(tx);
  if (numAffectedRows === 0n) return 0;
  await tx.updateTable('generation').set({ value: next }).where('organisation', '=', organisation).execute();
  return Number(numAffectedRows);
}

export async function generationOf(db: Database, organisation: string): Promise<number> {
  const row = await db
    .selectFrom('generation')
    .select('value')
    .where('organisation', '=', organisation)
    .executeTakeFirst();
  return row?.value ?? 0;
}

export interface ScopeCounts {
  readonly families: number;
  readonly samples: number;
}

export async function scopeCounts(db: Database, organisations: readonly string[]): Promise<ScopeCounts> {
  const { rows } = await sql<ScopeCounts>`
    select (select count(*)::int from family where organisation = any(${organisations}::uuid[])) as families,
           (select count(*)::int from label l where organisation = any(${organisations}::uuid[])
              and not exists (select from label_revocation r where r.organisation = l.organisation and r.label_id = l.id)) as samples`.execute(
    db,
  );
  return rows[0] ?? { families: 0, samples: 0 };
}

export interface CountedFamily extends FamilyRow {
  readonly samples: number;
}

export async function countedFamilies(
  db: Database,
  organisations: readonly string[],
): Promise<readonly CountedFamily[]> {
  const { rows } = await sql<FamilyRow & { samples: number }>`
    select f.id, f.number, f.name, f.type, f.organisation, count(l.id)::int as samples
    from family f
    left join label l on l.organisation = f.organisation and l.family_id = f.id
      and not exists (select from label_revocation r where r.organisation = l.organisation and r.label_id = l.id)
    where f.organisation = any(${organisations}::uuid[])
    group by f.organisation, f.id order by lower(f.name), f.organisation`.execute(db);
  return rows;
}
