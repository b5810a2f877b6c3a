import type { Database, Tx } from '../../platform/database.ts';

export interface Account {
  readonly organisation: string;
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

export async function countOrganisations(db: Database | Tx): Promise<number> {
  const row = await db
    .selectFrom('organisation')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('id', '<>', '00000000-0000-0000-0000-000000000000')
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function insertOrganisation(tx: Tx, id: string, name: string): Promise<void> {
  await tx.insertInto('organisation').values({ id, name }).execute();
  await tx.insertInto('generation').values({ organisation: id }).execute();
}

export async function insertAccount(tx: Tx, account: Account, passwordHash: string): Promise<void> {
  const { organisation, id, name, roles } = account;
  await tx
    .insertInto('user_account')
    .values({ organisation, id, name, roles: [...roles], password_hash: passwordHash })
    .execute();
}

export async function findAccount(
  db: Database,
  name: string,
): Promise<(Account & { readonly passwordHash: string }) | null> {
  const row = await db
    .selectFrom('user_account')
    .select(['organisation', 'id', 'name', 'roles', 'password_hash as passwordHash'])
    .where((where) => where(where.fn<string>('lower', ['name']), '=', name.toLowerCase()))
    .executeTakeFirst();
  return row ?? null;
}

/** Sets the hash and ends every session of the account: whoever had the old password is out. */
export async function setPassword(tx: Tx, account: Account, passwordHash: string): Promise<void> {
  await tx
    .updateTable('user_account')
    .set({ password_hash: passwordHash })
    .where('organisation', '=', account.organisation)
    .where('id', '=', account.id)
    .execute();
  await tx
    .deleteFrom('session')
    .where('organisation', '=', account.organisation)
    .where('user_id', '=', account.id)
    .execute();
}

export async function insertSession(
  db: Database,
  account: Account,
  tokenHash: Uint8Array,
  expiresAt: Date,
): Promise<void> {
  await db
    .insertInto('session')
    .values({ token_hash: tokenHash, organisation: account.organisation, user_id: account.id, expires_at: expiresAt })
    .execute();
}

export async function deleteSession(db: Database, tokenHash: Uint8Array): Promise<void> {
  await db.deleteFrom('session').where('token_hash', '=', Buffer.from(tokenHash)).execute();
}

export async function deleteExpiredSessions(db: Database): Promise<void> {
  await db
    .deleteFrom('session')
    .where('expires_at', '<', (now) => now.fn<Date>('now'))
    .execute();
}

export async function appendAudit(
  db: Database | Tx,
  record: { organisation: string; actor: string; action: string; subject: string | null; details?: object },
): Promise<void> {
  const { organisation, actor, action, subject, details = {} } = record;
  await db
    .insertInto('audit')
    .values({ organisation, actor, action, subject, details: JSON.stringify(details) })
    .execute();
}
