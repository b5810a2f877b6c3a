import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, GLOBAL_ORGANISATION } from '@genehound/contract';
import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import type { Queue } from '../../platform/jobs.ts';
import { appendAudit, firstOrganisation } from '../accounts/read.ts';
import * as store from './erase-store.ts';
import { countStanding } from './policy-store.ts';

/** An organisation was deleted: nothing of it may be left. */
export const ERASE: Queue<{ readonly organisation: string }> = {
  name: 'erase-organisation',
  data: z.object({ organisation: z.uuid() }),
  retries: 20,
  seconds: 86_400,
};

/** Milliseconds between two looks whether work on it still runs; the longest has an hour. */
const LOOK = 500;

/** Closes an organisation and orders that it be erased. AppError not_found, conflict. */
export async function deleteOrganisation(
  { db, jobs }: Context,
  principal: Principal,
  id: string,
  given: { readonly name: string; readonly reason: string },
): Promise<{ readonly id: string; readonly deletedAt: string }> {
  return await inTransaction(db, async (tx) => {
    const found = id === GLOBAL_ORGANISATION ? null : await store.findOrganisation(tx, id);
    if (found === null) throw new AppError('not_found', { what: 'The organisation' });
    const refuse = (details: string): never => {
      throw new AppError('conflict', { details });
    };
    if (found.name !== given.name) refuse('The name is not that of this organisation');
    if (id === principal.organisation || id === (await firstOrganisation(db)))
      refuse('The organisation of the operators cannot be deleted');
    if ((await countStanding(tx, id)) > 0) refuse('A legal hold stands; lift it first');
    const { records, digest } = await store.auditHead(tx, id);
    const deletedAt = await store.closeOrganisation(tx, id, principal.actor);
    await appendAudit(tx, {
      organisation: principal.organisation,
      actor: principal.actor,
      action: 'organisation.delete',
      subject: id,
      // Whoever keeps its exported log can show that it was whole.
      details: { reason: given.reason, auditRecords: records, auditDigest: digest },
    });
    await jobs.enqueue(tx, ERASE, [{ organisation: id }]);
    return { id, deletedAt: deletedAt.toISOString() };
  });
}

/** Removes rows, blobs and index of a deleted organisation, once nothing works on it any more. Idempotent. */
export async function eraseOrganisation({ db, config, log }: Context, organisation: string): Promise<void> {
  while ((await store.dropJobs(db, organisation, ERASE.name)) > 0) await sleep(LOOK);
  await store.eraseRows(db, organisation);
  for (const folder of ['blobs', 'index'])
    await rm(join(config.data, folder, organisation), { recursive: true, force: true });
  await store.noteErased(db, organisation);
  log.info({ organisation }, 'organisation erased');
}
