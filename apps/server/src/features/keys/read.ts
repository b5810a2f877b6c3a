import { AppError, PERMISSIONS, type Permission } from '@genehound/contract';
import { sql } from 'kysely';
import type { Database } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { secretHash } from '../../platform/ids.ts';

export { createKey } from './create-key.ts';
export { revokeHuntKeys } from './store.ts';

interface Holder {
  readonly organisation: string;
  readonly id: string;
  readonly name: string;
  readonly permission: string;
  readonly huntId: string | null;
}

function principalOf(key: Holder): Principal {
  const permission: Permission | undefined = PERMISSIONS.find((known) => known === key.permission);
  if (permission === undefined) throw new AppError('bad_key');
  const { organisation, name, id, huntId } = key;
  return { organisation, actor: `key:${name}`, name, permission, roles: [], keyId: id, huntId, session: null };
}

const VALID = sql<boolean>`revoked_at is null and (api_key.expires_at is null or api_key.expires_at > now())`;

/**
 * Who holds this API key, or null. Its last use is written at most once a minute, since thousands of requests come
 * with one key.
 */
export async function keyPrincipal(db: Database, secret: string): Promise<Principal | null> {
  const row = await db
    .selectFrom('api_key')
    .select(['organisation', 'id', 'name', 'permission', 'hunt_id as huntId'])
    .where('key_hash', '=', secretHash(secret.toLowerCase()))
    .where(VALID)
    .executeTakeFirst();
  if (row === undefined) return null;
  await db
    .updateTable('api_key')
    .set({ last_used_at: sql<Date>`now()` })
    .where('organisation', '=', row.organisation)
    .where('id', '=', row.id)
    .where(sql<boolean>`(last_used_at is null or last_used_at < now() - interval '1 minute')`)
    .execute();
  return principalOf(row);
}

/** Who holds this access token, or null; a key that was revoked or has expired takes its tokens with it. */
export async function tokenPrincipal(db: Database, token: string): Promise<Principal | null> {
  const row = await db
    .selectFrom('access_token')
    .innerJoin('api_key', (join) =>
      join
        .onRef('api_key.organisation', '=', 'access_token.organisation')
        .onRef('api_key.id', '=', 'access_token.key_id'),
    )
    .select(['api_key.organisation', 'api_key.id', 'api_key.name', 'api_key.permission', 'api_key.hunt_id as huntId'])
    .where('access_token.token_hash', '=', secretHash(token))
    .where('access_token.expires_at', '>', sql<Date>`now()`)
    .where(VALID)
    .executeTakeFirst();
  return row === undefined ? null : principalOf(row);
}
