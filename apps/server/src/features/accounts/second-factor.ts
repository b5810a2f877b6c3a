import { randomBytes } from 'node:crypto';
import { AppError } from '@genehound/contract';
import { type Database, inTransaction } from '../../platform/database.ts';
import { secretHash } from '../../platform/ids.ts';
import { randomPassword, verifyPassword } from './password.ts';
import { offerSecret, removeFactor, replaceRecoveryCodes, takeRecoveryCode, takeStep } from './second-factor-store.ts';
import { deleteSessions } from './session-store.ts';
import { appendAudit, type FoundAccount, findAccount } from './store.ts';
import type { Throttle } from './throttle.ts';
import { otpauthUri, stepOfCode, TOTP_SECRET_BYTES } from './totp.ts';

const ISSUER = 'Genehound';
const RECOVERY_CODES = 10;

/** As it is kept: spaces, dashes and case are how people write. */
const recoveryHash = (code: string): Buffer => secretHash(code.toLowerCase().replaceAll(/[\s-]/g, ''));

async function isCodeTaken(db: Database, account: FoundAccount, secret: Uint8Array, code: string): Promise<boolean> {
  const step = stepOfCode(secret, code, account.totpStep, Date.now());
  if (step !== null) return await takeStep(db, account, step, 'use');
  if (!(await takeRecoveryCode(db, account, recoveryHash(code)))) return false;
  const { organisation, name } = account;
  await appendAudit(db, { organisation, actor: `user:${name}`, action: 'account.use-recovery-code', subject: name });
  return true;
}

/**
 * AppError second_factor_needed without a code, bad_credentials with a wrong or spent one, too_many_requests after
 * some of them: six digits are few. They are counted apart from passwords, for who has the password could set that
 * count to nothing before each guess.
 */
export async function checkSecondFactor(
  db: Database,
  throttle: Throttle,
  account: FoundAccount,
  code: string | undefined,
): Promise<void> {
  const { totpSecret, totpConfirmedAt } = account;
  if (totpSecret === null || totpConfirmedAt === null) return;
  if (code === undefined || code.trim() === '') throw new AppError('second_factor_needed');
  const throttled = `code:${account.id}`;
  throttle.check(throttled);
  throttle.failed(throttled);
  if (!(await isCodeTaken(db, account, totpSecret, code))) throw new AppError('bad_credentials');
  throttle.succeeded(throttled);
}

/** What guesses are counted by: an account has one count, however its name is written. */
export function guessedName(found: FoundAccount | null, name: string): string {
  return found?.id ?? name.toLowerCase();
}

export interface Owner {
  readonly name: string;
  readonly sessionId: string;
}

/** The account of a session, by its password once more; guesses are slowed as at the door. AppError bad_credentials. */
export async function provePassword(
  db: Database,
  throttle: Throttle,
  name: string,
  password: string,
): Promise<FoundAccount> {
  const account = await findAccount(db, name);
  const throttled = guessedName(account, name);
  throttle.check(throttled);
  throttle.failed(throttled);
  if (account === null || !(await verifyPassword(account.passwordHash, password)))
    throw new AppError('bad_credentials');
  throttle.succeeded(throttled);
  return account;
}

/** A secret that counts once a first code of it was given. AppError bad_credentials, conflict. */
export async function offerSecondFactor(
  db: Database,
  throttle: Throttle,
  name: string,
  password: string,
): Promise<{ readonly secret: Uint8Array; readonly uri: string }> {
  const account = await provePassword(db, throttle, name, password);
  const secret = randomBytes(TOTP_SECRET_BYTES);
  const isOffered = await inTransaction(db, (tx) => offerSecret(tx, account, secret));
  if (!isOffered) throw new AppError('conflict', { details: 'There is a second factor already; remove it first' });
  return { secret, uri: otpauthUri(secret, account.name, ISSUER) };
}

/** From now on sign-in asks for a code, and other sessions end. Recovery codes. AppError bad_credentials, conflict. */
export async function confirmSecondFactor(
  db: Database,
  throttle: Throttle,
  owner: Owner,
  code: string,
): Promise<readonly string[]> {
  const account = await findAccount(db, owner.name);
  const throttled = guessedName(account, owner.name);
  throttle.check(throttled);
  throttle.failed(throttled);
  if (account === null || account.totpSecret === null || account.totpConfirmedAt !== null)
    throw new AppError('conflict', { details: 'No second factor is being set up' });
  const step = stepOfCode(account.totpSecret, code, account.totpStep, Date.now());
  const codes = Array.from({ length: RECOVERY_CODES }, () => randomPassword().slice(0, 17));
  await inTransaction(db, async (tx) => {
    if (step === null || !(await takeStep(tx, account, step, 'confirm'))) throw new AppError('bad_credentials');
    await replaceRecoveryCodes(tx, account, codes.map(recoveryHash));
    await deleteSessions(tx, account, owner.sessionId);
    const { organisation, name } = account;
    await appendAudit(tx, { organisation, actor: `user:${name}`, action: 'account.add-second-factor', subject: name });
  });
  throttle.succeeded(throttled);
  return codes;
}

/** By password and a code. AppError bad_credentials, second_factor_needed, too_many_requests. */
export async function removeSecondFactor(
  db: Database,
  throttle: Throttle,
  name: string,
  proof: { readonly password: string; readonly code: string },
): Promise<void> {
  const account = await provePassword(db, throttle, name, proof.password);
  await checkSecondFactor(db, throttle, account, proof.code);
  await inTransaction(db, async (tx) => {
    await removeFactor(tx, account);
    const { organisation } = account;
    await appendAudit(tx, {
      organisation,
      actor: `user:${account.name}`,
      action: 'account.remove-second-factor',
      subject: account.name,
    });
  });
}
