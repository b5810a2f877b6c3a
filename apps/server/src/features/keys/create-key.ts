import { randomUUID } from 'node:crypto';
import { AppError } from '@genehound/contract';
import { type Database, inTransaction } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { newId, secretHash } from '../../platform/ids.ts';
import { appendAudit } from '../accounts/read.ts';
import { lockHunt } from '../hunts/read.ts';
import { insertKey, type KeyRow } from './store.ts';

export interface KeyRequest {
  readonly name: string;
  readonly permission: 'scan' | 'read' | 'full';
  readonly huntId?: string | undefined;
  readonly expiresIn?: number | undefined;
  readonly requestsPerMinute?: number | undefined;
  readonly bytesPerHour?: number | undefined;
}

/**
 * Makes a key; `secret` is a UUID, as public clients demand, and is kept nowhere. AppError not_found for its hunt,
 * conflict where that is closed: its keys were revoked, and one that is made beside the closing must not stay.
 */
export async function createKey(
  db: Database,
  principal: Principal,
  request: KeyRequest,
): Promise<KeyRow & { readonly secret: string }> {
  const { organisation } = principal;
  const secret = randomUUID();
  const row = await inTransaction(db, async (tx) => {
    if (request.huntId !== undefined) {
      const open = await lockHunt(tx, { organisation, id: request.huntId });
      if (open === false) throw new AppError('not_found', { what: 'The hunt' });
      if (open === null) throw new AppError('conflict', { details: 'The hunt is closed' });
    }
    const made = await insertKey(tx, {
      organisation,
      id: newId(),
      hash: secretHash(secret),
      name: request.name,
      permission: request.permission,
      huntId: request.huntId ?? null,
      createdBy: principal.actor,
      expiresIn: request.expiresIn ?? null,
      requestsPerMinute: request.requestsPerMinute ?? null,
      bytesPerHour: request.bytesPerHour ?? null,
    });
    const { id, name, permission, huntId, expiresAt, requestsPerMinute, bytesPerHour } = made;
    const details = { id, permission, huntId, expiresAt, requestsPerMinute, bytesPerHour };
    await appendAudit(tx, { organisation, actor: principal.actor, action: 'key.create', subject: name, details });
    return made;
  });
  return { ...row, secret };
}
