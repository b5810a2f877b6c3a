import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';

export interface Policy {
  readonly scanDays: number | null;
  readonly codeDays: number | null;
  readonly codeBytes: number | null;
  readonly notificationDays: number | null;
}

export interface StoredPolicy extends Policy {
  readonly updatedBy: string | null;
  readonly updatedAt: Date | null;
}

const FOR_EVER: StoredPolicy = {
  scanDays: null,
  codeDays: null,
  codeBytes: null,
  notificationDays: null,
  updatedBy: null,
  updatedAt: null,
};

export async function findPolicy(db: Database | Tx, organisation: string): Promise<StoredPolicy> {
  const row = await db
    .selectFrom('retention')
    .select([
      'scan_days as scanDays',
      'code_days as codeDays',
      'code_bytes as codeBytes',
      'notification_days as notificationDays',
      'updated_by as updatedBy',
      'updated_at as updatedAt',
    ])
    .where('organisation', '=', organisation)
    .executeTakeFirst();
  return row ?? FOR_EVER;
}

/** Organisations that do not keep everything for ever. */
export async function withPolicy(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('retention').select('organisation').execute();
  return rows.map((row) => row.organisation);
}

export async function putPolicy(tx: Tx, organisation: string, policy: Policy, actor: string): Promise<void> {
  const values = {
    scan_days: policy.scanDays,
    code_days: policy.codeDays,
    code_bytes: policy.codeBytes,
    notification_days: policy.notificationDays,
    updated_by: actor,
    updated_at: sql<Date>`now()`,
  };
  await tx
    .insertInto('retention')
    .values({ organisation, ...values })
    .onConflict((conflict) => conflict.column('organisation').doUpdateSet(values))
    .execute();
}

export interface HoldRow {
  readonly id: string;
  readonly kind: 'organisation' | 'endpoint' | 'scan';
  readonly subject: string | null;
  readonly reason: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly liftedBy: string | null;
  readonly liftedAt: Date | null;
}

const holds = (db: Database | Tx, organisation: string) =>
  db
    .selectFrom('legal_hold')
    .select([
      'id',
      'kind',
      'subject',
      'reason',
      'created_by as createdBy',
      'created_at as createdAt',
      'lifted_by as liftedBy',
      'lifted_at as liftedAt',
    ])
    .where('organisation', '=', organisation);

const holdOf = <R extends { readonly kind: string }>(row: R): R & Pick<HoldRow, 'kind'> => ({
  ...row,
  // The table admits no other.
  kind: row.kind as HoldRow['kind'],
});

const MOST_HOLDS = 1_000;

/** The newest first. */
export async function listHolds(db: Database, organisation: string): Promise<readonly HoldRow[]> {
  const rows = await holds(db, organisation).orderBy('created_at', 'desc').limit(MOST_HOLDS).execute();
  return rows.map(holdOf);
}

export async function findHold(db: Database | Tx, organisation: string, id: string): Promise<HoldRow | null> {
  const row = await holds(db, organisation).where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : holdOf(row);
}

export async function countStanding(db: Database | Tx, organisation: string): Promise<number> {
  const row = await db
    .selectFrom('legal_hold')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('organisation', '=', organisation)
    .where('lifted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function insertHold(
  tx: Tx,
  organisation: string,
  hold: Pick<HoldRow, 'id' | 'kind' | 'subject' | 'reason' | 'createdBy'>,
): Promise<void> {
  const { id, kind, subject, reason, createdBy } = hold;
  await tx
    .insertInto('legal_hold')
    .values({ organisation, id, kind, subject, reason, created_by: createdBy })
    .execute();
}

/** False where it was lifted before. */
export async function liftHold(tx: Tx, organisation: string, id: string, actor: string): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('legal_hold')
    .set({ lifted_by: actor, lifted_at: sql<Date>`now()` })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .where('lifted_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** What a hold names is there. */
export async function isThere(
  tx: Tx,
  organisation: string,
  kind: 'endpoint' | 'scan',
  subject: string,
): Promise<boolean> {
  const row = await tx
    .selectFrom(kind)
    .select('id')
    .where('organisation', '=', organisation)
    .where('id', '=', subject)
    .executeTakeFirst();
  return row !== undefined;
}
