import { AppError } from '@genehound/contract';
import type { FastifyInstance } from 'fastify';
import type { Principal } from '../../platform/http/principal.ts';
import { usageOfMonth } from '../accounts/read.ts';
import { answer, callerOf, param, type VendorContext } from './access.ts';

const accountOf = ({ organisation, name, keyId, permission }: Principal) => ({
  account_id: keyId ?? organisation,
  account_name: name,
  organization_id: organisation,
  permission,
});

/** Section 1 of the public contract: who asks, and how much of what may be was used this month. */
export function accountRoutes(app: FastifyInstance, vendor: VendorContext): void {
  app.get('/api/v2-0/accounts/me', async (request, reply) => {
    await answer(reply, 200, { result: accountOf(await callerOf(vendor, request, 'scan')) });
  });
  // A key knows of itself alone: who else has one is for our own API and those who may ask there.
  app.get('/api/v2-0/accounts', async (request, reply) => {
    await answer(reply, 200, { result: [accountOf(await callerOf(vendor, request, 'scan'))] });
  });
  app.get('/api/v2-0/accounts/:id', async (request, reply) => {
    const account = accountOf(await callerOf(vendor, request, 'scan'));
    if (param(request, 'id').toLowerCase() !== account.account_id) throw new AppError('not_found', { what: 'Account' });
    await answer(reply, 200, { result: account });
  });
  app.get('/api/v2-0/current-quota-usage', async (request, reply) => {
    const { organisation } = await callerOf(vendor, request, 'read');
    const { files, scans } = await usageOfMonth(vendor.context.db, organisation);
    await answer(reply, 200, { result: { file_scans: files, endpoint_scans: scans } });
  });
}
