import type { Scope, SourceKind, Tlp } from '@genehound/contract';
import { GLOBAL_ORGANISATION } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, type Tx, text } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { lockGeneration } from './label-store.ts';

/** Rows of sources of knowledge and of whose packs are taken. */

export interface SourceRow {
  readonly organisation: string;
  readonly id: string;
  readonly kind: SourceKind;
  readonly name: string;
  readonly licence: string;
  readonly tlp: Tlp;
  readonly attribution: string;
  readonly dated: Date | null;
  readonly signer: Buffer | null;
  readonly sha256: Buffer | null;
  readonly genes: number;
  readonly labels: number;
  readonly files: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly revokedBy: string | null;
  readonly revokedAt: Date | null;
  readonly revokedReason: string | null;
}

const COLUMNS = sql`organisation, id, kind, name, licence, tlp, attribution, dated, signer, sha256, genes,
  case when kind = 'import' then (select count(*) from label l
    where l.organisation = source.organisation and l.source_id = source.id) else labels end as labels, files,
  created_by as "createdBy", created_at as "createdAt", revoked_by as "revokedBy", revoked_at as "revokedAt",
  revoked_reason as "revokedReason"`;

export async function listSources(db: Database | Tx, organisations: readonly string[]): Promise<readonly SourceRow[]> {
  const { rows } = await sql<SourceRow>`
    select ${COLUMNS} from source where organisation = any(${organisations}::uuid[])
    order by created_at desc, id`.execute(db);
  return rows;
}

export async function findSource(
  db: Database | Tx,
  organisations: readonly string[],
  id: string,
): Promise<SourceRow | null> {
  const { rows } = await sql<SourceRow>`
    select ${COLUMNS} from source where organisation = any(${organisations}::uuid[]) and id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** The source of that name that was not revoked. */
export async function standingSource(db: Database | Tx, organisation: string, name: string): Promise<SourceRow | null> {
  const { rows } = await sql<SourceRow>`
    select ${COLUMNS} from source
    where organisation = ${organisation} and lower(name) = lower(${text(name)}) and revoked_at is null`.execute(db);
  return rows[0] ?? null;
}

export type NewSource = Pick<
  SourceRow,
  'organisation' | 'kind' | 'name' | 'licence' | 'tlp' | 'attribution' | 'dated' | 'signer' | 'sha256' | 'createdBy'
>;

export async function insertSource(tx: Tx, source: NewSource): Promise<string> {
  const id = newId();
  const { organisation, kind, name, licence, tlp, attribution, dated, signer, sha256, createdBy } = source;
  await tx
    .insertInto('source')
    .values({
      organisation,
      id,
      kind,
      name: text(name),
      licence: text(licence),
      tlp,
      attribution: text(attribution),
      dated,
      signer,
      sha256,
      created_by: text(createdBy),
    })
    .execute();
  return id;
}

/** Lets a source speak from the next generation on, which is returned, with its labels. */
export async function activateSource(
  tx: Tx,
  organisation: string,
  id: string,
  counts: { readonly genes: number; readonly labels: number },
): Promise<number> {
  const next = (await lockGeneration(tx, organisation)) + 1;
  await tx
    .updateTable('source')
    .set({ generation: next, genes: counts.genes, labels: counts.labels })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .execute();
  await tx
    .updateTable('label')
    .set({ generation: next })
    .where('organisation', '=', organisation)
    .where('source_id', '=', id)
    .execute();
  await tx.updateTable('generation').set({ value: next }).where('organisation', '=', organisation).execute();
  return next;
}

/** Lets labels of a source speak that wait for nothing, from the next generation on. */
export async function activateLabelsOf(tx: Tx, organisation: string, id: string, count: number): Promise<void> {
  const next = (await lockGeneration(tx, organisation)) + 1;
  await tx
    .updateTable('label')
    .set({ generation: next })
    .where('organisation', '=', organisation)
    .where('source_id', '=', id)
    .where('generation', 'is', null)
    .execute();
  await sql`update source set labels = labels + ${count} where organisation = ${organisation} and id = ${id}`.execute(
    tx,
  );
  await tx.updateTable('generation').set({ value: next }).where('organisation', '=', organisation).execute();
}

/** Records that a source holds no longer, with all its labels, as one generation. False where it was revoked before. */
export async function revokeSource(
  tx: Tx,
  organisation: string,
  id: string,
  actor: string,
  reason: string | null,
): Promise<boolean> {
  const next = (await lockGeneration(tx, organisation)) + 1;
  const why = reason === null ? null : text(reason);
  const { numUpdatedRows } = await tx
    .updateTable('source')
    .set({
      revoked_generation: next,
      revoked_by: text(actor),
      revoked_at: sql<Date>`now()`,
      revoked_reason: why,
    })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await sql`
    insert into label_revocation (organisation, label_id, reason, created_by, generation)
    select organisation, id, ${why}, ${text(actor)}, ${next} from label
    where organisation = ${organisation} and source_id = ${id}
    on conflict do nothing`.execute(tx);
  await tx.updateTable('generation').set({ value: next }).where('organisation', '=', organisation).execute();
  return true;
}

export interface SignerRow {
  readonly organisation: string;
  readonly publicKey: Buffer;
  readonly name: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export async function listSigners(db: Database | Tx, organisations: readonly string[]): Promise<readonly SignerRow[]> {
  return await db
    .selectFrom('pack_signer')
    .select(['organisation', 'public_key as publicKey', 'name', 'created_by as createdBy', 'created_at as createdAt'])
    .where('organisation', 'in', organisations)
    .orderBy('created_at')
    .execute();
}

/** Again for a key that is taken changes nothing. */
export async function addSigner(
  tx: Tx,
  signer: { readonly organisation: string; readonly publicKey: Buffer; readonly name: string; readonly actor: string },
): Promise<void> {
  await tx
    .insertInto('pack_signer')
    .values({
      organisation: signer.organisation,
      public_key: signer.publicKey,
      name: text(signer.name),
      created_by: text(signer.actor),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function removeSigner(tx: Tx, organisation: string, publicKey: Buffer): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('pack_signer')
    .where('organisation', '=', organisation)
    .where('public_key', '=', publicKey)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export function scopeOf(organisation: string): Scope {
  return organisation === GLOBAL_ORGANISATION ? 'global' : 'organisation';
}
