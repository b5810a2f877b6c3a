import { AppError, type FamilyType } from '@genehound/contract';
import { InvalidMessage } from '@genehound/intake';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { decide, labelProgress, revokeOne, standingFileLabels } from '../genome/read.ts';
import { answer, callerOf, idParam, param, readMessage, type VendorContext } from './access.ts';
import { findByHash, hashKind } from './file-analysis-store.ts';
import { readFileForm } from './multipart.ts';

const order = z
  .looseObject({
    index_as: z.enum(['trusted', 'malicious']),
    family_name: z.string().min(1).max(200).nullish(),
  })
  .refine(({ index_as, family_name }) => index_as === 'trusted' || typeof family_name === 'string', {
    path: ['family_name'],
    message: 'a malicious file needs the name of its family',
  });

/** Whose code a trusted file is where the client names no family. */
const TRUSTED_FAMILY = 'Trusted by the organisation';
const SOURCE = 'indexed through the public API';

const TYPES = { trusted: 'application', malicious: 'malware' } as const satisfies Record<string, FamilyType>;

const FILE_NOT_FOUND = new AppError('not_found', { what: 'File' });

async function fileOf(vendor: VendorContext, organisation: string, hash: string): Promise<string> {
  const known = hashKind(hash) === null ? null : await findByHash(vendor.context.db, organisation, hash);
  if (known === null || known.layout !== 'file') throw FILE_NOT_FOUND;
  return known.sha256;
}

/**
 * Section 3 of the public contract: indexing. A file that is here is acquitted or convicted, with everything that
 * guards those; a file that is sent is labelled for the organisation. Both can be undone.
 */
export function indexRoutes(app: FastifyInstance, vendor: VendorContext): void {
  const { context } = vendor;
  app.post('/api/v2-0/files/:hash/index', async (request, reply) => {
    const principal = await callerOf(vendor, request, 'full');
    const { index_as, family_name } = await readMessage(request, order);
    const sha256 = await fileOf(vendor, principal.organisation, param(request, 'hash'));
    const item = { sha256, layout: 'file' as const, family: family_name ?? TRUSTED_FAMILY, type: TYPES[index_as] };
    const kind = index_as === 'trusted' ? 'acquit' : 'convict';
    const { decision } = await decide(context, principal, {
      kind,
      basis: 'genes',
      reason: SOURCE,
      scanId: null,
      items: [item],
    });
    await answer(reply, 201, { result_url: `/files/index/${decision.id}` });
  });
  app.post('/api/v2-0/files/index', async (request, reply) => {
    const { organisation, actor } = await callerOf(vendor, request, 'full');
    const form = await readFileForm(request, context.spool);
    const parsed = order.safeParse(Object.fromEntries(form.fields));
    if (!parsed.success) {
      await form.spooled.discard();
      throw new InvalidMessage(parsed.error);
    }
    const { index_as, family_name } = parsed.data;
    const { labelId } = await vendor.labelFile({
      organisation,
      actor,
      family: family_name ?? TRUSTED_FAMILY,
      type: TYPES[index_as],
      source: SOURCE,
      spooled: form.spooled,
    });
    await answer(reply, 201, { result_url: `/files/index/${labelId}` });
  });
  app.get('/api/v2-0/files/index/:id', async (request, reply) => {
    const { organisation } = await callerOf(vendor, request, 'read');
    const id = idParam(request, 'id');
    const progress = id === null ? null : await labelProgress(context, organisation, id);
    if (progress === null) throw new AppError('not_found', { what: 'Index' });
    if (progress === 'waiting') await answer(reply, 202, { status: 'in_progress', result_url: `/files/index/${id}` });
    else await answer(reply, 200, { status: progress === 'speaks' ? 'succeeded' : 'failed' });
  });
  app.delete('/api/v2-0/files/:hash/index', async (request, reply) => {
    const principal = await callerOf(vendor, request, 'full');
    const sha256 = await fileOf(vendor, principal.organisation, param(request, 'hash'));
    const labels = await standingFileLabels(context.db, principal.organisation, sha256);
    if (labels.length === 0) throw FILE_NOT_FOUND;
    for (const id of labels) await revokeOne(context, principal, id, SOURCE);
    await answer(reply, 200, { result: { status: 'success' } });
  });
}
