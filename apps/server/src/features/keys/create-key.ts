import { randomUUID } from 'node:crypto';
import { AppError } from '@genehound/contract';
import type { Database } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { newId, secretHash } from '../../platform/ids.ts';
import { findHunt } from '../hunts/read.ts';
import { insertKey, type KeyRow } from './store.ts';

export interface KeyRequest {
  readonly name: string;
  readonly permission: 'scan' | 'read' | 'full';
  readonly huntId?: string | undefined;
  readonly expiresIn?: number | undefined;
}

/** Makes a key; `secret` is a UUID, as public clients demand, and is kept nowhere. AppError not_found for its hunt. */
export async function createKey(
  db: Database,
  principal: Principal,
  request: KeyRequest,
): Promise<KeyRow & { readonly secret: string }> {
  const { organisation } = principal;
  if (request.huntId !== undefined && (await findHunt(db, organisation, request.huntId)) === null) {
    throw new AppError('not_found', { what: 'The hunt' });
  }
  const secret = randomUUID();
  const row = await insertKey(db, {
    organisation,
    id: newId(),
    hash: secretHash(secret),
    name: request.name,
    permission: request.permission,
    huntId: request.huntId ?? null,
    createdBy: principal.actor,
    expiresIn: request.expiresIn ?? null,
  });
  return { ...row, secret };
}
