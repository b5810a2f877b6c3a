import { randomBytes } from 'node:crypto';
import { AppError } from '@genehound/contract';
import { type Database, inTransaction } from '../../platform/database.ts';
import { secretHash } from '../../platform/ids.ts';
import type { Vault } from '../../platform/vault.ts';
import type { Door } from './door.ts';
import { randomPassword, verifyPassword } from './password.ts';
import {
  offerSecret,
  openSecrets,
  removeFactor,
  replaceRecoveryCodes,
  replaceSecret,
  takeRecoveryCode,
  takeStep,
} from './second-factor-store.ts';
import { deleteSessions } from './session-store.ts';
import { appendAudit, type FoundAccount, findAccount } from './store.ts';
import { codesOf, type Guessed, nobodys, passwordsOf } from './throttle.ts';
import { otpauthUri, stepOfCode, TOTP_SECRET_BYTES } from './totp.ts';

const ISSUER = 'Genehound';
const RECOVERY_CODES = 10;

/** As it is kept: spaces, dashes and case are how people write. */
const recoveryHash = (code: string): Buffer => secretHash(code.toLowerCase().replaceAll(/[\s-]/g, ''));

const purposeOf = ({ organisation, id }: Pick<FoundAccount, 'organisation' | 'id'>): string =>
  `totp:${organisation}:${id}`;

/** The step of a code, or null; null for every code where the vault's key is another one now: recovery codes do. */
function stepOf(vault: Vault, account: FoundAccount, sealed: Uint8Array, code: string): number | null {
  const secret = vault.open(sealed, purposeOf(account));
  return secret === null ? null : stepOfCode(secret, code, account.totpStep, Date.now());
}

/** Seals secrets that lie open in the database. How many there were. */
export async function sealSecrets(db: Database, vault: Vault): Promise<number> {
  const found = await openSecrets(db);
  for (const { secret, ...account } of found)
    await replaceSecret(db, account, secret, vault.seal(secret, purposeOf(account)));
  return found.length;
}

async function isCodeTaken(
  { db, vault }: Door,
  account: FoundAccount,
  sealed: Uint8Array,
  code: string,
): Promise<boolean> {
  const step = stepOf(vault, account, sealed, code);
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
export async function checkSecondFactor(door: Door, account: FoundAccount, code: string | undefined): Promise<void> {
  const { totpSecret, totpConfirmedAt } = account;
  if (totpSecret === null || totpConfirmedAt === null) return;
  if (code === undefined || code.trim() === '') throw new AppError('second_factor_needed');
  await door.throttle.guess(codesOf(account.id));
  if (!(await isCodeTaken(door, account, totpSecret, code))) throw new AppError('bad_credentials');
  await door.throttle.succeeded(codesOf(account.id));
}

/** What guesses are counted by: an account has one count, however its name is written. */
export function guessedName(found: FoundAccount | null, name: string): Guessed {
  return found === null ? nobodys(name) : passwordsOf(found.id);
}

export interface Owner {
  readonly name: string;
  readonly sessionId: string;
}

/** The account of a session, by its password once more; guesses are slowed as at the door. AppError bad_credentials. */
export async function provePassword(door: Door, name: string, password: string): Promise<FoundAccount> {
  const account = await findAccount(door.db, name);
  const throttled = guessedName(account, name);
  await door.throttle.guess(throttled);
  if (account === null || !(await verifyPassword(account.passwordHash, password)))
    throw new AppError('bad_credentials');
  await door.throttle.succeeded(throttled);
  return account;
}

/** A secret that counts once a first code of it was given. AppError bad_credentials, conflict. */
export async function offerSecondFactor(
  door: Door,
  name: string,
  password: string,
): Promise<{ readonly secret: Uint8Array; readonly uri: string }> {
  const account = await provePassword(door, name, password);
  const secret = randomBytes(TOTP_SECRET_BYTES);
  const sealed = door.vault.seal(secret, purposeOf(account));
  const isOffered = await inTransaction(door.db, (tx) => offerSecret(tx, account, sealed));
  if (!isOffered) throw new AppError('conflict', { details: 'There is a second factor already; remove it first' });
  return { secret, uri: otpauthUri(secret, account.name, ISSUER) };
}

/** From now on sign-in asks for a code, and other sessions end. Recovery codes. AppError bad_credentials, conflict. */
export async function confirmSecondFactor(door: Door, owner: Owner, code: string): Promise<readonly string[]> {
  const account = await findAccount(door.db, owner.name);
  const throttled = guessedName(account, owner.name);
  await door.throttle.guess(throttled);
  if (account === null || account.totpSecret === null || account.totpConfirmedAt !== null)
    throw new AppError('conflict', { details: 'No second factor is being set up' });
  const step = stepOf(door.vault, account, account.totpSecret, code);
  const codes = Array.from({ length: RECOVERY_CODES }, () => randomPassword().slice(0, 17));
  await inTransaction(door.db, async (tx) => {
    if (step === null || !(await takeStep(tx, account, step, 'confirm'))) throw new AppError('bad_credentials');
    await replaceRecoveryCodes(tx, account, codes.map(recoveryHash));
    await deleteSessions(tx, account, owner.sessionId);
    const { organisation, name } = account;
    await appendAudit(tx, { organisation, actor: `user:${name}`, action: 'account.add-second-factor', subject: name });
  });
  await door.throttle.succeeded(throttled);
  return codes;
}

/** By password and a code. AppError bad_credentials, second_factor_needed, too_many_requests. */
export async function removeSecondFactor(
  door: Door,
  name: string,
  proof: { readonly password: string; readonly code: string },
): Promise<void> {
  const account = await provePassword(door, name, proof.password);
  await checkSecondFactor(door, account, proof.code);
  await inTransaction(door.db, async (tx) => {
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
