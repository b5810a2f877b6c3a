import { GLOBAL_ORGANISATION } from '@genehound/contract';
import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';
import { jsonText, text } from '../../platform/database.ts';

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
    .where('id', '<>', GLOBAL_ORGANISATION)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** False where the name is taken. */
export async function insertOrganisation(tx: Tx, id: string, name: string): Promise<boolean> {
  const row = await tx
    .insertInto('organisation')
    .values({ id, name: text(name) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return false;
  await tx.insertInto('generation').values({ organisation: id }).execute();
  return true;
}

/** Without the reserved one, oldest first. */
export async function listOrganisations(db: Database) {
  return await db
    .selectFrom('organisation')
    .leftJoin('user_account', 'user_account.organisation', 'organisation.id')
    .select(['organisation.id', 'organisation.name', 'organisation.created_at as createdAt'])
    .select(['requests_per_minute as requestsPerMinute', 'bytes_per_hour as bytesPerHour'])
    .select(['scans_per_month as scansPerMonth', 'files_per_month as filesPerMonth'])
    .select((select) => select.fn.count<number>('user_account.id').as('users'))
    .where('organisation.id', '<>', GLOBAL_ORGANISATION)
    .groupBy('organisation.id')
    .orderBy('organisation.created_at')
    .limit(10_000)
    .execute();
}

export type OrganisationRow = Awaited<ReturnType<typeof listOrganisations>>[number];

export interface NewAccount extends Account {
  readonly passwordHash: string;
  readonly createdBy: string;
  readonly mustChangePassword: boolean;
}

/** False where the name is taken, in any organisation: it is what its user signs in by. */
export async function insertAccount(tx: Tx, account: NewAccount): Promise<boolean> {
  const row = await tx
    .insertInto('user_account')
    .values({
      organisation: account.organisation,
      id: account.id,
      name: text(account.name),
      roles: [...account.roles],
      password_hash: account.passwordHash,
      created_by: account.createdBy,
      must_change_password: account.mustChangePassword,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

const USER = [
  'user_account.organisation',
  'user_account.id',
  'user_account.name',
  'user_account.roles',
  'user_account.created_at as createdAt',
  'user_account.created_by as createdBy',
  'user_account.disabled_at as disabledAt',
  'user_account.last_sign_in_at as lastSignInAt',
  'user_account.must_change_password as mustChangePassword',
] as const;

function users(db: Database | Tx, organisation: string) {
  return db
    .selectFrom('user_account')
    .select(USER)
    .select(sql<boolean>`totp_confirmed_at is not null`.as('secondFactor'))
    .select(
      sql<number>`(select count(*) from session where session.organisation = user_account.organisation
        and session.user_id = user_account.id and session.expires_at > now())`.as('sessions'),
    )
    .where('user_account.organisation', '=', organisation);
}

/** By name; at most 10,000. */
export async function listUsers(db: Database, organisation: string) {
  return await users(db, organisation).orderBy('name').limit(10_000).execute();
}

export type UserRow = Awaited<ReturnType<typeof listUsers>>[number];

export async function findUser(db: Database | Tx, organisation: string, id: string): Promise<UserRow | null> {
  return (await users(db, organisation).where('user_account.id', '=', id).executeTakeFirst()) ?? null;
}

export async function findAccount(db: Database, name: string) {
  const row = await db
    .selectFrom('user_account')
    .select(['organisation', 'id', 'name', 'roles', 'password_hash as passwordHash'])
    .select(['totp_secret as totpSecret', 'totp_confirmed_at as totpConfirmedAt', 'totp_step as totpStep'])
    .select('must_change_password as mustChangePassword')
    // Both sides by the database: JavaScript ends a word of Greek capitals with another letter than PostgreSQL does.
    .where(sql<boolean>`lower(name) = lower(${text(name)})`)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

export type FoundAccount = NonNullable<Awaited<ReturnType<typeof findAccount>>>;

/** One change of the accounts at a time, so that two do not each take the last administrator away. */
export async function lockAccounts(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('accounts', 0))`.execute(tx);
}

/** Enabled users who have the role: of one organisation, or of the whole installation. */
export async function countWithRole(tx: Tx, role: string, organisation: string | null): Promise<number> {
  const row = await tx
    .selectFrom('user_account')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('disabled_at', 'is', null)
    .where(sql<boolean>`${role} = any(roles)`)
    .$if(organisation !== null, (query) => query.where('organisation', '=', organisation ?? ''))
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function setRoles(tx: Tx, account: Account, roles: readonly string[]): Promise<void> {
  await tx
    .updateTable('user_account')
    .set({ roles: [...roles] })
    .where('organisation', '=', account.organisation)
    .where('id', '=', account.id)
    .execute();
}

export async function setDisabled(tx: Tx, account: Account, disabled: 'disabled' | 'enabled'): Promise<void> {
  await tx
    .updateTable('user_account')
    .set({ disabled_at: disabled === 'disabled' ? sql<Date>`coalesce(disabled_at, now())` : null })
    .where('organisation', '=', account.organisation)
    .where('id', '=', account.id)
    .execute();
}

/** `kind` initial: it must be replaced at the next sign-in. */
export async function setPassword(
  tx: Tx,
  account: Pick<Account, 'organisation' | 'id'>,
  passwordHash: string,
  kind: 'initial' | 'own',
): Promise<void> {
  await tx
    .updateTable('user_account')
    .set({ password_hash: passwordHash, must_change_password: kind === 'initial' })
    .where('organisation', '=', account.organisation)
    .where('id', '=', account.id)
    .execute();
}

export async function appendAudit(
  db: Database | Tx,
  record: { organisation: string; actor: string; action: string; subject: string | null; details?: object },
): Promise<void> {
  const { organisation, actor, action, details = {} } = record;
  const subject = record.subject === null ? null : text(record.subject);
  await db
    .insertInto('audit')
    .values({ organisation, actor, action, subject, details: jsonText(details) })
    .execute();
}
