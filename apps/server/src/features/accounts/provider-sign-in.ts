import { AppError, accounts, type Role } from '@genehound/contract';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import type { Door } from './door.ts';
import { hashPassword, randomPassword } from './password.ts';
import type { Claims, Provider } from './provider.ts';
import { assignment } from './provider-config.ts';
import { accountOfIdentity, type Identity, insertIdentity, lockIdentity, organisationNamed } from './provider-store.ts';
import { rolesOf } from './read.ts';
import { beginSession, type SignedIn } from './service.ts';
import { type Account, appendAudit, insertAccount, lockAccounts, setRoles } from './store.ts';

const ACTOR = 'provider';

/** What the account may be called, most wanted first: names are one list, and whose name is taken gets another. */
function namesFor(claims: Claims, nameClaim: string): readonly string[] {
  const given = claims.all[nameClaim];
  const wanted = accounts.accountName.safeParse(typeof given === 'string' ? given.slice(0, 120) : '');
  const host = URL.parse(claims.issuer)?.hostname.replaceAll(/[^a-z0-9.-]/g, '') ?? 'provider';
  const id = newId();
  return wanted.success ? [wanted.data, `${wanted.data} @${host}`.slice(0, 200), `user-${id}`] : [`user-${id}`];
}

async function insertNamed(tx: Tx, account: Omit<Account, 'name'>, names: readonly string[], passwordHash: string) {
  for (const name of names) {
    const made = { ...account, name, passwordHash, createdBy: ACTOR, mustChangePassword: false };
    if (await insertAccount(tx, made)) return name;
  }
  throw new AppError('conflict', { details: 'No name is free for this account' });
}

/** The account of an identity with the roles that it has now; made at its first sign-in. AppError provider_refused. */
async function openAccount(
  tx: Tx,
  identity: Identity,
  roles: readonly Role[],
  fresh: { readonly names: readonly string[]; readonly passwordHash: string },
): Promise<Account> {
  const { organisation, issuer } = identity;
  await lockIdentity(tx, identity);
  const known = await accountOfIdentity(tx, identity);
  if (known === null) {
    const account = { organisation, id: newId(), roles };
    const name = await insertNamed(tx, account, fresh.names, fresh.passwordHash);
    await insertIdentity(tx, identity, account.id);
    await appendAudit(tx, {
      organisation,
      actor: ACTOR,
      action: 'account.create',
      subject: name,
      details: { roles, issuer },
    });
    return { ...account, name };
  }
  if (known.disabledAt !== null) throw new AppError('provider_refused', { details: 'this account is disabled here' });
  const before = rolesOf(known.roles);
  if (before.join() === roles.join()) return known;
  await lockAccounts(tx);
  await setRoles(tx, known, roles);
  const details = { before: { roles: before }, change: { roles } };
  await appendAudit(tx, { organisation, actor: ACTOR, action: 'account.change', subject: known.name, details });
  return { ...known, roles };
}

/**
 * Signs in whom the provider names. An account is opened by issuer and subject alone: an address or a name that
 * somebody else has here opens nothing of his. AppError provider_refused, unavailable.
 */
export async function signInByProvider(
  door: Door,
  provider: Provider,
  came: { readonly flow: string | null; readonly query: string; readonly address: string; readonly browser: string },
): Promise<SignedIn> {
  const claims = await provider.end(came.flow, came.query);
  const assigned = assignment(provider.config.rules, claims.all);
  const organisation = assigned === null ? null : await organisationNamed(door.db, assigned.organisation);
  if (assigned === null || organisation === null)
    throw new AppError('provider_refused', {
      details: 'it let you in, but no organisation here is assigned to you; ask whoever runs Genehound',
    });
  const identity = { organisation, issuer: claims.issuer, subject: claims.subject };
  // Opens nothing: nobody is told it.
  const fresh = {
    names: namesFor(claims, provider.config.nameClaim),
    passwordHash: await hashPassword(randomPassword()),
  };
  const account = await inTransaction(door.db, (tx) => openAccount(tx, identity, assigned.roles, fresh));
  return await beginSession(door.db, account, { address: came.address, browser: came.browser, method: 'provider' });
}
