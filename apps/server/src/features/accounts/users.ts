import { AppError, GLOBAL_ORGANISATION, type Role } from '@genehound/contract';
import { type Database, inTransaction, type Tx } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { newId } from '../../platform/ids.ts';
import type { Door } from './door.ts';
import { hashPassword, randomPassword } from './password.ts';
import { setLimits } from './quota-store.ts';
import { rolesOf } from './read.ts';
import { provePassword } from './second-factor.ts';
import { removeFactor } from './second-factor-store.ts';
import { deleteSessions } from './session-store.ts';
import {
  appendAudit,
  countWithRole,
  findUser,
  insertAccount,
  insertOrganisation,
  lockAccounts,
  setDisabled,
  setPassword,
  setRoles,
  type UserRow,
} from './store.ts';
import { codesOf, passwordsOf } from './throttle.ts';
import { forgetGuesses } from './throttle-store.ts';

/** Characters; NIST SP 800-63B asks for 8 at least, and for 15 where the password is all there is. */
const SHORTEST_PASSWORD = 12;

const NO_USER = new AppError('not_found', { what: 'The user' });

interface Created {
  readonly user: UserRow;
  readonly password: string;
}

/** The role operator reaches beyond the organisation: only an operator gives it, takes it, or touches who has it. */
function demandOperator(principal: Principal, ...rolesTouched: readonly (readonly string[])[]): void {
  const touched = rolesTouched.some((roles) => roles.includes('operator'));
  if (touched && !principal.roles.includes('operator')) throw new AppError('forbidden');
}

async function found(tx: Tx, organisation: string, id: string): Promise<UserRow> {
  const user = await findUser(tx, organisation, id);
  if (user === null) throw NO_USER;
  return user;
}

async function insertUser(
  tx: Tx,
  account: { organisation: string; name: string; roles: readonly string[]; actor: string },
  passwordHash: string,
): Promise<UserRow> {
  const { organisation, name, roles, actor } = account;
  const id = newId();
  const isNew = await insertAccount(tx, {
    organisation,
    id,
    name,
    roles: rolesOf(roles),
    passwordHash,
    createdBy: actor,
    mustChangePassword: true,
  });
  if (!isNew)
    throw new AppError('conflict', { details: 'This name is taken; names are one list for all organisations' });
  await appendAudit(tx, { organisation, actor, action: 'account.create', subject: name, details: { roles } });
  return await found(tx, organisation, id);
}

/** A user with an initial password. AppError conflict where the name is taken, forbidden. */
export async function createUser(
  db: Database,
  principal: Principal,
  { name, roles }: { readonly name: string; readonly roles: readonly Role[] },
): Promise<Created> {
  demandOperator(principal, roles);
  const { organisation, actor } = principal;
  const password = randomPassword();
  const passwordHash = await hashPassword(password);
  const user = await inTransaction(db, (tx) => insertUser(tx, { organisation, name, roles, actor }, passwordHash));
  return { user, password };
}

/** An organisation with its first administrator. AppError conflict where a name is taken. */
export async function createOrganisation(
  db: Database,
  principal: Principal,
  { name, administrator }: { readonly name: string; readonly administrator: string },
): Promise<Created & { readonly id: string }> {
  const password = randomPassword();
  const passwordHash = await hashPassword(password);
  const id = newId();
  return await inTransaction(db, async (tx) => {
    if (!(await insertOrganisation(tx, id, name)))
      throw new AppError('conflict', { details: 'There is an organisation of this name' });
    // Recorded on both sides; the new one does not learn who of another organisation made it.
    const { organisation, actor } = principal;
    await appendAudit(tx, { organisation, actor, action: 'organisation.create', subject: name, details: { id } });
    const account = { organisation: id, name: administrator, roles: ['administrator'], actor: 'operator' };
    return { id, password, user: await insertUser(tx, account, passwordHash) };
  });
}

/** How much is taken of an organisation. AppError not_found. */
export async function changeLimits(
  db: Database,
  principal: Principal,
  id: string,
  limits: Parameters<typeof setLimits>[2],
): Promise<void> {
  await inTransaction(db, async (tx) => {
    if (id === GLOBAL_ORGANISATION || !(await setLimits(tx, id, limits)))
      throw new AppError('not_found', { what: 'The organisation' });
    const { organisation, actor } = principal;
    const record = { action: 'organisation.change', subject: id, details: { limits } };
    await appendAudit(tx, { organisation, actor, ...record });
    // The organisation learns of it, and not who of another one it was.
    if (id !== organisation) await appendAudit(tx, { organisation: id, actor: 'operator', ...record });
  });
}

/** Somebody must be left who can let others in. AppError conflict. */
async function demandSuccessors(tx: Tx, before: UserRow): Promise<void> {
  const lost = (role: string) => before.disabledAt === null && before.roles.includes(role);
  if (lost('administrator') && (await countWithRole(tx, 'administrator', before.organisation)) === 0)
    throw new AppError('conflict', { details: 'This is the last administrator of the organisation' });
  if (lost('operator') && (await countWithRole(tx, 'operator', null)) === 0)
    throw new AppError('conflict', { details: 'This is the last operator of the installation' });
}

/** Other roles, or none of the doors open any more; a disabled user's sessions end at once. */
export async function changeUser(
  db: Database,
  principal: Principal,
  id: string,
  change: { readonly roles?: readonly Role[] | undefined; readonly disabled?: boolean | undefined },
): Promise<UserRow> {
  const { organisation, actor } = principal;
  return await inTransaction(db, async (tx) => {
    await lockAccounts(tx);
    const before = await found(tx, organisation, id);
    demandOperator(principal, before.roles, change.roles ?? []);
    if (change.roles !== undefined) await setRoles(tx, before, rolesOf(change.roles));
    if (change.disabled !== undefined) await setDisabled(tx, before, change.disabled ? 'disabled' : 'enabled');
    if (change.disabled === true) await deleteSessions(tx, before);
    await demandSuccessors(tx, before);
    const details = { before: { roles: before.roles, disabled: before.disabledAt !== null }, change };
    await appendAudit(tx, { organisation, actor, action: 'account.change', subject: before.name, details });
    return await found(tx, organisation, id);
  });
}

/** A new initial password, without a second factor; sessions end. AppError not_found, forbidden. */
export async function resetUser(db: Database, principal: Principal, id: string): Promise<Created> {
  const { organisation, actor } = principal;
  const password = randomPassword();
  const passwordHash = await hashPassword(password);
  const user = await inTransaction(db, async (tx) => {
    const before = await found(tx, organisation, id);
    demandOperator(principal, before.roles);
    await setPassword(tx, before, passwordHash, 'initial');
    await removeFactor(tx, before);
    await forgetGuesses(tx, [passwordsOf(id), codesOf(id)]);
    await deleteSessions(tx, before);
    await appendAudit(tx, { organisation, actor, action: 'account.reset', subject: before.name });
    return await found(tx, organisation, id);
  });
  return { user, password };
}

/** AppError not_found, forbidden. */
export async function endUserSessions(db: Database, principal: Principal, id: string): Promise<UserRow> {
  const { organisation, actor } = principal;
  return await inTransaction(db, async (tx) => {
    const user = await found(tx, organisation, id);
    demandOperator(principal, user.roles);
    await deleteSessions(tx, user);
    await appendAudit(tx, { organisation, actor, action: 'session.end-all', subject: user.name });
    return await found(tx, organisation, id);
  });
}

/** His own password, by the one he has; his other sessions end. AppError bad_credentials, bad_request. */
export async function changePassword(
  door: Door,
  who: { readonly principal: Principal; readonly userId: string; readonly sessionId: string },
  { current, password }: { readonly current: string; readonly password: string },
): Promise<void> {
  const { organisation, actor, name } = who.principal;
  await provePassword(door, name, current);
  if ([...password].length < SHORTEST_PASSWORD)
    throw new AppError('bad_request', { details: `a password has ${SHORTEST_PASSWORD} characters at least` });
  const plain = password.toLowerCase();
  if (password === current || plain.includes(name.toLowerCase()) || new Set(plain).size < 5)
    throw new AppError('bad_request', { details: 'choose a new password that is not so easy to guess' });
  const passwordHash = await hashPassword(password);
  await inTransaction(door.db, async (tx) => {
    await setPassword(tx, { organisation, id: who.userId }, passwordHash, 'own');
    await deleteSessions(tx, { organisation, id: who.userId }, who.sessionId);
    await appendAudit(tx, { organisation, actor, action: 'account.change-password', subject: name });
  });
}
