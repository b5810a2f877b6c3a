import type { Permission } from '@genehound/contract';
import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';
import { text } from '../../platform/database.ts';

export interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly permission: string;
  readonly huntId: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly requestsPerMinute: number | null;
  readonly bytesPerHour: number | null;
}

const COLUMNS = [
  'id',
  'name',
  'permission',
  'hunt_id as huntId',
  'created_at as createdAt',
  'created_by as createdBy',
  'expires_at as expiresAt',
  'revoked_at as revokedAt',
  'last_used_at as lastUsedAt',
  'requests_per_minute as requestsPerMinute',
  'bytes_per_hour as bytesPerHour',
] as const;

/** Newest first; at most 10,000. */
export async function listKeys(db: Database, organisation: string): Promise<readonly KeyRow[]> {
  return await db
    .selectFrom('api_key')
    .select(COLUMNS)
    .where('organisation', '=', organisation)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(10_000)
    .execute();
}

export interface NewKey {
  readonly organisation: string;
  readonly id: string;
  readonly hash: Uint8Array;
  readonly name: string;
  readonly permission: Permission;
  readonly huntId: string | null;
  readonly createdBy: string;
  /** Seconds from now. */
  readonly expiresIn: number | null;
  readonly requestsPerMinute: number | null;
  readonly bytesPerHour: number | null;
}

export async function insertKey(db: Database | Tx, key: NewKey): Promise<KeyRow> {
  return await db
    .insertInto('api_key')
    .values({
      organisation: key.organisation,
      id: key.id,
      key_hash: key.hash,
      name: text(key.name),
      permission: key.permission,
      hunt_id: key.huntId,
      created_by: key.createdBy,
      requests_per_minute: key.requestsPerMinute,
      bytes_per_hour: key.bytesPerHour,
      expires_at: key.expiresIn === null ? null : sql<Date>`now() + make_interval(secs => ${key.expiresIn})`,
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}

/** Revokes; its access tokens end at once. `isNew` false: it was revoked before. Null where there is no such key. */
export async function revokeKey(
  tx: Tx,
  organisation: string,
  id: string,
): Promise<(KeyRow & { readonly isNew: boolean }) | null> {
  await tx.deleteFrom('access_token').where('organisation', '=', organisation).where('key_id', '=', id).execute();
  const row = await tx
    .updateTable('api_key')
    .set({ revoked_at: sql<Date>`coalesce(revoked_at, now())` })
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .returning(COLUMNS)
    .returning(sql<boolean>`revoked_at = now()`.as('isNew'))
    .executeTakeFirst();
  return row ?? null;
}

export async function insertToken(
  db: Database,
  key: { organisation: string; id: string },
  hash: Uint8Array,
  expiresAt: Date,
): Promise<void> {
  await db.deleteFrom('access_token').where('expires_at', '<', sql<Date>`now()`).execute();
  await db
    .insertInto('access_token')
    .values({ token_hash: hash, organisation: key.organisation, key_id: key.id, expires_at: expiresAt })
    .execute();
}

/** All keys of a hunt end, and their access tokens at once. How many there were. */
export async function revokeHuntKeys(tx: Tx, organisation: string, huntId: string): Promise<number> {
  const rows = await tx
    .updateTable('api_key')
    .set({ revoked_at: sql<Date>`now()` })
    .where('organisation', '=', organisation)
    .where('hunt_id', '=', huntId)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  const ids = rows.map((row) => row.id);
  if (ids.length > 0)
    await tx.deleteFrom('access_token').where('organisation', '=', organisation).where('key_id', 'in', ids).execute();
  return ids.length;
}
