import { randomBytes } from 'node:crypto';
import { AppError } from '@genehound/contract';
import { type Database, inTransaction } from '../../platform/database.ts';
import { newId, secretHash } from '../../platform/ids.ts';
import { hashPassword, randomPassword, verifyPassword } from './password.ts';
import {
  type Account,
  appendAudit,
  countOrganisations,
  deleteExpiredSessions,
  findAccount,
  insertAccount,
  insertOrganisation,
  insertSession,
  setPassword,
} from './store.ts';
import type { Throttle } from './throttle.ts';

const FIRST_ACCOUNT = 'admin';
const FIRST_ORGANISATION = 'default';
/** A session ends after this, whatever happens. Milliseconds. */
const SESSION_TIME = 12 * 3_600_000;

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
    const account: Account = { organisation, id: newId(), name: FIRST_ACCOUNT, roles: ['administrator', 'operator'] };
    await insertAccount(tx, account, passwordHash);
    await appendAudit(tx, { organisation, actor: 'installation', action: 'account.create', subject: account.name });
    return password;
  });
}

/** A new random password for the account; its sessions end. AppError not_found. */
export async function resetPassword(db: Database, name: string): Promise<string> {
  const account = await findAccount(db, name);
  if (account === null) throw new AppError('not_found', { what: `The account ${name}` });
  const password = randomPassword();
  const passwordHash = await hashPassword(password);
  await inTransaction(db, async (tx) => {
    await setPassword(tx, account, passwordHash);
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

export interface SignedIn {
  readonly account: Account;
  readonly token: string;
  readonly expiresAt: Date;
}

/** AppError bad_credentials for a wrong name and a wrong password alike, too_many_requests after some of them. */
export async function signIn(db: Database, throttle: Throttle, name: string, password: string): Promise<SignedIn> {
  const throttled = name.toLowerCase();
  throttle.check(throttled);
  // Counted before the check, so that many guesses at once do not all slip through.
  throttle.failed(throttled);
  const found = await findAccount(db, name);
  if (!(await verifyPassword(found?.passwordHash ?? null, password)) || found === null)
    throw new AppError('bad_credentials');
  throttle.succeeded(throttled);
  await deleteExpiredSessions(db);
  const token = randomBytes(32).toString('base64url');
  const expiresAt = new Date(Date.now() + SESSION_TIME);
  const { passwordHash: _hash, ...account } = found;
  await insertSession(db, account, secretHash(token), expiresAt);
  const { organisation } = account;
  await appendAudit(db, {
    organisation,
    actor: `user:${account.name}`,
    action: 'session.create',
    subject: account.name,
  });
  return { account, token, expiresAt };
}
