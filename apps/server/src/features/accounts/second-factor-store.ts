import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';
import type { Account } from './store.ts';

type Whose = Pick<Account, 'organisation' | 'id'>;

/** Bytes of a secret that lies open, as all did once. */
const OPEN_BYTES = 20;

/** Secrets that were kept before there was a vault, or by a server that knew none. */
export async function openSecrets(db: Database): Promise<readonly (Whose & { readonly secret: Buffer })[]> {
  const rows = await db
    .selectFrom('user_account')
    .select(['organisation', 'id', 'totp_secret as secret'])
    .where(sql<boolean>`octet_length(totp_secret) = ${OPEN_BYTES}`)
    .execute();
  return rows.flatMap(({ secret, ...whose }) => (secret === null ? [] : [{ ...whose, secret }]));
}

/** In the place of the open one, unless it was replaced meanwhile. */
export async function replaceSecret(db: Database, account: Whose, open: Uint8Array, sealed: Uint8Array): Promise<void> {
  await db
    .updateTable('user_account')
    .set({ totp_secret: Buffer.from(sealed) })
    .where('organisation', '=', account.organisation)
    .where('id', '=', account.id)
    .where('totp_secret', '=', Buffer.from(open))
    .execute();
}

/** Kept, sealed, until it is confirmed; one that is confirmed already stays. False there. */
export async function offerSecret(tx: Tx, account: Whose, secret: Uint8Array): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('user_account')
    .set({ totp_secret: Buffer.from(secret), totp_step: 0 })
    .where('organisation', '=', account.organisation)
    .where('id', '=', account.id)
    .where('totp_confirmed_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Takes a step's code, once: false where it, or a later one, was taken before. `confirm` makes the factor demanded. */
export async function takeStep(
  db: Database | Tx,
  account: Whose,
  step: number,
  how: 'confirm' | 'use',
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('user_account')
    .set({ totp_step: step, ...(how === 'confirm' ? { totp_confirmed_at: sql<Date>`now()` } : {}) })
    .where('organisation', '=', account.organisation)
    .where('id', '=', account.id)
    .where('totp_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** In place of all that were there. */
export async function replaceRecoveryCodes(tx: Tx, account: Whose, hashes: readonly Uint8Array[]): Promise<void> {
  const { organisation, id } = account;
  await tx.deleteFrom('recovery_code').where('organisation', '=', organisation).where('user_id', '=', id).execute();
  await tx
    .insertInto('recovery_code')
    .values(hashes.map((hash) => ({ organisation, user_id: id, code_hash: Buffer.from(hash) })))
    .execute();
}

/** False where it is none, or was used. */
export async function takeRecoveryCode(db: Database | Tx, account: Whose, hash: Uint8Array): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('recovery_code')
    .where('organisation', '=', account.organisation)
    .where('user_id', '=', account.id)
    .where('code_hash', '=', Buffer.from(hash))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function countRecoveryCodes(db: Database, account: Whose): Promise<number> {
  const { count } = await db
    .selectFrom('recovery_code')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('organisation', '=', account.organisation)
    .where('user_id', '=', account.id)
    .executeTakeFirstOrThrow();
  return count;
}

export async function removeFactor(tx: Tx, account: Whose): Promise<void> {
  await tx
    .updateTable('user_account')
    .set({ totp_secret: null, totp_confirmed_at: null, totp_step: 0 })
    .where('organisation', '=', account.organisation)
    .where('id', '=', account.id)
    .execute();
  await tx
    .deleteFrom('recovery_code')
    .where('organisation', '=', account.organisation)
    .where('user_id', '=', account.id)
    .execute();
}
