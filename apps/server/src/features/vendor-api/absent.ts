import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readScanBody } from '../scans/read.ts';
import { ANALYSIS_NOT_FOUND, answer, idParam, type VendorContext } from './access.ts';
import { fileAnalysisOf } from './file-analyses.ts';

/** AppError not_found where the organisation has no such analysis of a file or an endpoint. */
async function demandAnalysis(vendor: VendorContext, request: FastifyRequest): Promise<void> {
  const { analysis, organisation } = await fileAnalysisOf(vendor, request);
  if (analysis !== null) return;
  const id = idParam(request, 'id');
  if (id === null || (await readScanBody(vendor.context.db, organisation, id)) === null) throw ANALYSIS_NOT_FOUND;
}

/**
 * What nothing is run for and no network is watched for, as the contract has it for an analysis without: some clients
 * compare these texts.
 */
export function absentRoutes(app: FastifyInstance, vendor: VendorContext): void {
  for (const [path, status, body] of [
    ['iocs', 200, { result: { files: [], network: [] } }],
    ['dynamic-ttps', 404, { error: 'Report not found' }],
    ['detect', 409, { error: 'Detection report not found' }],
  ] as const)
    app.get(`/api/v2-0/analyses/:id/${path}`, async (request, reply) => {
      await demandAnalysis(vendor, request);
      await answer(reply, status, body);
    });
}
