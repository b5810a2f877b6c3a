import { AppError } from '@genehound/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type FamilyInfo, findFamily } from '../genome/read.ts';
import { answer, callerOf, idParam, readMessage, type VendorContext } from './access.ts';

const byName = z.looseObject({ family_name: z.string().min(1).max(200) });

const FAMILY_NOT_FOUND = new AppError('not_found', { what: 'Family' });

const familyOf = ({ id, name, type }: FamilyInfo) => ({ family_id: id, family_name: name, family_type: type });

/** Section 3 of the public contract: families. */
export function familyRoutes(app: FastifyInstance, vendor: VendorContext): void {
  const { db } = vendor.context;
  app.get('/api/v2-0/families/:id/info', async (request, reply) => {
    const { organisation } = await callerOf(vendor, request, 'read');
    const id = idParam(request, 'id');
    const family = id === null ? null : await findFamily(db, organisation, { id });
    if (family === null) throw FAMILY_NOT_FOUND;
    await answer(reply, 200, { result: familyOf(family) });
  });
  app.get('/api/v2-0/families', async (request, reply) => {
    const { organisation } = await callerOf(vendor, request, 'read');
    const { family_name: name } = await readMessage(request, byName);
    const family = await findFamily(db, organisation, { name });
    if (family === null) throw FAMILY_NOT_FOUND;
    await answer(reply, 200, { result: familyOf(family) });
  });
}
