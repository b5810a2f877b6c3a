import { randomBytes } from 'node:crypto';
import { AppError } from '@genehound/contract';
import { type Database, inTransaction } from '../../platform/database.ts';
import { newId, secretHash } from '../../platform/ids.ts';
import type { Door } from './door.ts';
import { hashPassword, randomPassword, verifyPassword } from './password.ts';
import { checkSecondFactor, guessedName } from './second-factor.ts';
import { removeFactor } from './second-factor-store.ts';
import { deleteExpiredSessions, deleteSessions, insertSession, type NewSession } from './session-store.ts';
import {
  type Account,
  appendAudit,
  countOrganisations,
  type FoundAccount,
  findAccount,
  insertAccount,
  insertOrganisation,
  setPassword,
} from './store.ts';
import { codesOf, passwordsOf } from './throttle.ts';
import { forgetGuesses } from './throttle-store.ts';

const FIRST_ACCOUNT = 'admin';
const FIRST_ORGANISATION = 'default';

/**
 * On an empty database: one organisation, one administrator. Returns his password, which exists nowhere else, or
 * null where there are accounts already.
 */
export async function createFirstAccount(db: Database): Promise<string | null> {
  if ((await countOrganisations(db)) > 0) return null;
  const password = randomPassword();
  const passwordHash = await hashPassword(password);
  return await inTransaction(db, async (tx) => {
    if ((await countOrganisations(tx)) > 0) return null;
    const organisation = newId();
    await insertOrganisation(tx, organisation, FIRST_ORGANISATION);
    await insertAccount(tx, {
      organisation,
      id: newId(),
      name: FIRST_ACCOUNT,
      roles: ['administrator', 'operator'],
      passwordHash,
      createdBy: 'installation',
      // Random, and shown to whoever starts the server: he may keep it.
      mustChangePassword: false,
    });
    await appendAudit(tx, { organisation, actor: 'installation', action: 'account.create', subject: FIRST_ACCOUNT });
    return password;
  });
}

/** A new random password for the account, without a second factor; its sessions end. AppError not_found. */
export async function resetPassword(db: Database, name: string): Promise<string> {
  const account = await findAccount(db, name);
  if (account === null) throw new AppError('not_found', { what: `The account ${name}` });
  const password = randomPassword();
  const passwordHash = await hashPassword(password);
  await inTransaction(db, async (tx) => {
    await setPassword(tx, account, passwordHash, 'own');
    await removeFactor(tx, account);
    await forgetGuesses(tx, [passwordsOf(account.id), codesOf(account.id)]);
    await deleteSessions(tx, account);
    const { organisation } = account;
    await appendAudit(tx, {
      organisation,
      actor: 'installation',
      action: 'account.reset-password',
      subject: account.name,
    });
  });
  return password;
}

export interface SignedIn<A extends Account = Account> {
  readonly account: A;
  readonly token: string;
  readonly expiresAt: Date;
}

export interface Attempt {
  readonly name: string;
  readonly password: string;
  readonly address: string;
  readonly browser: string;
  readonly code?: string | undefined;
}

/** Begins a session; `token` is kept nowhere but in the browser. */
export async function beginSession<A extends Account>(
  db: Database,
  account: A,
  from: Omit<NewSession, 'tokenHash'>,
): Promise<SignedIn<A>> {
  const token = randomBytes(32).toString('base64url');
  const expiresAt = await inTransaction(db, async (tx) => {
    await deleteExpiredSessions(tx);
    const { organisation } = account;
    await appendAudit(tx, {
      organisation,
      actor: `user:${account.name}`,
      action: 'session.create',
      subject: account.name,
      details: { address: from.address, method: from.method },
    });
    return await insertSession(tx, account, { ...from, tokenHash: secretHash(token) });
  });
  return { account, token, expiresAt };
}

/**
 * In the log of the organisation whose account it was. Nobody waits for it: for a name that nobody has there is nothing
 * to record, and the time would tell. As many as the throttle lets through: about 300 a day for an account.
 */
function recordRefusal({ db }: Door, account: FoundAccount, { address }: Attempt, why: 'password' | 'code'): void {
  const { organisation, name } = account;
  const record = { organisation, actor: 'nobody', action: 'session.refused', subject: name, details: { address, why } };
  void appendAudit(db, record).catch(() => undefined);
}

/**
 * AppError bad_credentials for a wrong name and a wrong password alike, too_many_requests after some of them;
 * second_factor_needed for who knows the password and gives no code.
 */
export async function signIn(door: Door, attempt: Attempt): Promise<SignedIn> {
  const { name, password, address, browser } = attempt;
  const found = await findAccount(door.db, name);
  const throttled = guessedName(found, name);
  await door.throttle.guess(throttled);
  const fits = await verifyPassword(found?.passwordHash ?? null, password);
  if (found === null) throw new AppError('bad_credentials');
  if (!fits) {
    recordRefusal(door, found, attempt, 'password');
    throw new AppError('bad_credentials');
  }
  try {
    await checkSecondFactor(door, found, attempt.code);
  } catch (error) {
    if (error instanceof AppError && error.code === 'bad_credentials') recordRefusal(door, found, attempt, 'code');
    throw error;
  }
  await door.throttle.succeeded(throttled);
  return await beginSession(door.db, found, { address, browser, method: 'password' });
}
