import { GLOBAL_ORGANISATION, type Permission, ROLES, type Role } from '@genehound/contract';
import type { Database } from '../../platform/database.ts';
import type { Principal, SessionFacts } from '../../platform/http/principal.ts';
import { secretHash } from '../../platform/ids.ts';
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

export { appendAudit } from './store.ts';
