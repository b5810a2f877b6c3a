import { AppError } from '@genehound/contract';
import { type Database, inTransaction } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { appendAudit } from '../accounts/read.ts';
import * as store from './store.ts';

/** The key opens nothing from now on; what is revoked already stays as it is. AppError not_found. */
export async function revokeKey(db: Database, principal: Principal, id: string): Promise<store.KeyRow> {
  const { organisation, actor } = principal;
  return await inTransaction(db, async (tx) => {
    const row = await store.revokeKey(tx, organisation, id);
    if (row === null) throw new AppError('not_found', { what: 'The key' });
    if (row.isNew)
      await appendAudit(tx, { organisation, actor, action: 'key.revoke', subject: row.name, details: { id } });
    return row;
  });
}
