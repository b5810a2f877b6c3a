import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';
import { text } from '../../platform/database.ts';
import type { Account } from './store.ts';

/** Idle for so long, a session is over; its browser asks for something every few seconds while it is open. Minutes. */
const IDLE_MINUTES = 60;
/** However busy it is. Hours. */
const LONGEST_HOURS = 12;

const IS_ALIVE = sql<boolean>`session.expires_at > now()
  and session.last_seen_at > now() - make_interval(mins => ${IDLE_MINUTES})`;

export interface NewSession {
  readonly tokenHash: Uint8Array;
  readonly address: string;
  readonly browser: string;
  readonly method: 'password' | 'provider';
}

/** When it ends at the latest. */
export async function insertSession(tx: Tx, account: Account, session: NewSession): Promise<Date> {
  const { expiresAt } = await tx
    .insertInto('session')
    .values({
      token_hash: session.tokenHash,
      organisation: account.organisation,
      user_id: account.id,
      expires_at: sql<Date>`now() + make_interval(hours => ${LONGEST_HOURS})`,
      address: text(session.address),
      browser: text(session.browser),
      method: session.method,
    })
    .returning('expires_at as expiresAt')
    .executeTakeFirstOrThrow();
  await tx
    .updateTable('user_account')
    .set({ last_sign_in_at: sql<Date>`now()` })
    .where('organisation', '=', account.organisation)
    .where('id', '=', account.id)
    .execute();
  return expiresAt;
}

/** The account and session behind a cookie; null where it is unknown, over, idle, or its user is disabled. */
export async function findSession(db: Database, tokenHash: Uint8Array) {
  const row = await db
    .selectFrom('session')
    .innerJoin('user_account', (join) =>
      join
        .onRef('user_account.organisation', '=', 'session.organisation')
        .onRef('user_account.id', '=', 'session.user_id'),
    )
    .select([
      'user_account.organisation',
      'user_account.id',
      'user_account.name',
      'user_account.roles',
      'user_account.must_change_password as mustChangePassword',
      'session.id as sessionId',
      sql<boolean>`session.last_seen_at < now() - interval '1 minute'`.as('isStale'),
    ])
    .where('session.token_hash', '=', Buffer.from(tokenHash))
    .where('user_account.disabled_at', 'is', null)
    .where(IS_ALIVE)
    .executeTakeFirst();
  if (row?.isStale === true) {
    await db
      .updateTable('session')
      .set({ last_seen_at: sql<Date>`now()` })
      .where('token_hash', '=', Buffer.from(tokenHash))
      .execute();
  }
  return row ?? null;
}

/** Those that still open something, newest first. */
export async function listSessions(db: Database, account: Pick<Account, 'organisation' | 'id'>) {
  return await db
    .selectFrom('session')
    .select([
      'id',
      'created_at as createdAt',
      'last_seen_at as lastSeenAt',
      'expires_at as expiresAt',
      'address',
      'browser',
      'method',
    ])
    .where('organisation', '=', account.organisation)
    .where('user_id', '=', account.id)
    .where(IS_ALIVE)
    .orderBy('created_at', 'desc')
    .limit(1_000)
    .execute();
}

/** How it was begun, or null where there is none. */
export async function deleteSession(db: Database, tokenHash: Uint8Array): Promise<string | null> {
  const row = await db
    .deleteFrom('session')
    .where('token_hash', '=', Buffer.from(tokenHash))
    .returning('method')
    .executeTakeFirst();
  return row?.method ?? null;
}

/** One of his own. False where there is none. */
export async function deleteOwnSession(
  db: Database,
  account: Pick<Account, 'organisation' | 'id'>,
  id: string,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('session')
    .where('organisation', '=', account.organisation)
    .where('user_id', '=', account.id)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** All of a user, but the one that `except` names. */
export async function deleteSessions(
  tx: Tx,
  account: Pick<Account, 'organisation' | 'id'>,
  except?: string,
): Promise<void> {
  await tx
    .deleteFrom('session')
    .where('organisation', '=', account.organisation)
    .where('user_id', '=', account.id)
    .$if(except !== undefined, (query) => query.where('id', '<>', except ?? ''))
    .execute();
}

export async function deleteExpiredSessions(tx: Tx): Promise<void> {
  await tx.deleteFrom('session').where(sql<boolean>`not (${IS_ALIVE})`).execute();
}
