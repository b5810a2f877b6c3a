import { type Permission, ROLES, type Role } from '@genehound/contract';
import type { Database } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { secretHash } from '../../platform/ids.ts';

function rolesOf(stored: readonly string[]): readonly Role[] {
  return ROLES.filter((role) => stored.includes(role));
}

/** An operator without another role looks after the installation and sees no organisation's scans. */
function permissionOf(roles: readonly Role[]): Permission {
  if (roles.includes('administrator') || roles.includes('analyst')) return 'full';
  return roles.includes('viewer') ? 'read' : 'scan';
}

export function principalOf(account: { organisation: string; name: string; roles: readonly string[] }): Principal {
  const roles = rolesOf(account.roles);
  return {
    organisation: account.organisation,
    actor: `user:${account.name}`,
    name: account.name,
    permission: permissionOf(roles),
    roles,
    keyId: null,
    huntId: null,
  };
}

/** Whose session this cookie is, or null where it is unknown or over. */
export async function sessionPrincipal(db: Database, token: string): Promise<Principal | null> {
  const row = await db
    .selectFrom('session')
    .innerJoin('user_account', (join) =>
      join
        .onRef('user_account.organisation', '=', 'session.organisation')
        .onRef('user_account.id', '=', 'session.user_id'),
    )
    .select(['user_account.organisation', 'user_account.name', 'user_account.roles'])
    .where('session.token_hash', '=', secretHash(token))
    .where('session.expires_at', '>', (now) => now.fn<Date>('now'))
    .executeTakeFirst();
  return row === undefined ? null : principalOf(row);
}

/** The organisation that was made first: the one whose scans the local key sees. */
export async function firstOrganisation(db: Database): Promise<string | null> {
  const rows = await db
    .selectFrom('organisation')
    .select('id')
    .where('id', '<>', '00000000-0000-0000-0000-000000000000')
    .orderBy('created_at')
    .limit(1)
    .execute();
  return rows[0]?.id ?? null;
}

export { appendAudit } from './store.ts';
