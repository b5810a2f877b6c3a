import { AppError, GLOBAL_ORGANISATION, type Permission, ROLES, type Role } from '@genehound/contract';
import type { Database, Tx } from '../../platform/database.ts';
import type { Principal, SessionFacts } from '../../platform/http/principal.ts';
import { secretHash } from '../../platform/ids.ts';
import { hasQuota, usageOfMonth } from './quota-store.ts';
import { findSession } from './session-store.ts';

export function rolesOf(stored: readonly string[]): readonly Role[] {
  return ROLES.filter((role) => stored.includes(role));
}

/** What a key would need to do as much; an operator without another role sees no organisation's scans. */
function permissionOf(roles: readonly Role[]): Permission {
  if (roles.includes('administrator') || roles.includes('analyst')) return 'full';
  return roles.includes('viewer') ? 'read' : 'scan';
}

export function principalOf(
  account: { organisation: string; name: string; roles: readonly string[] },
  session: SessionFacts | null = null,
): Principal {
  const roles = rolesOf(account.roles);
  return {
    organisation: account.organisation,
    actor: `user:${account.name}`,
    name: account.name,
    permission: permissionOf(roles),
    roles,
    keyId: null,
    huntId: null,
    session,
  };
}

/** Whose session this cookie is, or null where it is unknown or over. */
export async function sessionPrincipal(db: Database, token: string): Promise<Principal | null> {
  const row = await findSession(db, secretHash(token));
  if (row === null) return null;
  return principalOf(row, { id: row.sessionId, userId: row.id, mustChangePassword: row.mustChangePassword });
}

/** The organisation that was made first: the one whose scans the local key sees. */
export async function firstOrganisation(db: Database): Promise<string | null> {
  const rows = await db
    .selectFrom('organisation')
    .select('id')
    .where('id', '<>', GLOBAL_ORGANISATION)
    .orderBy('created_at')
    .limit(1)
    .execute();
  return rows[0]?.id ?? null;
}

/**
 * AppError quota_used. `counted`: what is asked for stands in the database already, in this transaction. Of those who
 * come at the same moment one too many may pass.
 */
export async function requireQuota(
  db: Database | Tx,
  organisation: string,
  kind: 'files' | 'scans',
  how: 'counted' | 'to come',
): Promise<void> {
  if (!(await hasQuota(db, organisation, kind))) return;
  const { usage, quota } = (await usageOfMonth(db, organisation))[kind];
  if (quota === null || usage + (how === 'counted' ? 0 : 1) <= quota) return;
  throw new AppError('quota_used', { details: `${quota} ${kind}` });
}

export { readRates, usageOfMonth } from './quota-store.ts';
export { appendAudit } from './store.ts';
