import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { scanHistory } from '../scans/read.ts';
import { answer, callerOf, readMessage, type VendorContext } from './access.ts';
import { endpointReport } from './endpoint-analyses.ts';
import { fileReport, isRunning } from './file-analyses.ts';
import { fileHistory, hashKind } from './file-analysis-store.ts';

const names = z.array(z.string().max(512)).max(1_000).nullish();
const epoch = z.number().min(0).max(8e9);

const query = z.looseObject({
  start_date: epoch.nullish(),
  end_date: epoch.nullish(),
  limit: z.int().min(1).max(1_000).default(100),
  offset: z.int().min(0).max(1_000_000).default(0),
  verdicts: names,
  family_names: names,
  computer_names: names,
  hash: z.string().max(128).nullish(),
  file_name: z.string().max(1_000).nullish(),
});

interface Window {
  readonly from: Date;
  readonly to: Date;
  readonly limit: number;
  readonly offset: number;
  readonly verdicts: readonly string[];
  readonly families: readonly string[];
}

async function readQuery(request: FastifyRequest): Promise<{ window: Window; given: z.output<typeof query> }> {
  const given = await readMessage(request, query);
  // Both ends belong to the window: clients send whole seconds.
  const to = given.end_date ?? Date.now() / 1000 + 60;
  const window = {
    from: new Date((given.start_date ?? 0) * 1000),
    to: new Date((to + 1) * 1000),
    limit: given.limit,
    offset: given.offset,
    verdicts: given.verdicts ?? [],
    families: given.family_names ?? [],
  };
  return { window, given };
}

/** Section 3 of the public contract: what was analysed. */
export function historyRoutes(app: FastifyInstance, vendor: VendorContext): void {
  const { db } = vendor.context;
  app.post('/api/v2-0/analyses/history', async (request, reply) => {
    const { organisation } = await callerOf(vendor, request, 'read');
    const { window, given } = await readQuery(request);
    const hash = given.hash ?? null;
    const nothing = hash !== null && hashKind(hash) !== 'sha256';
    const found = nothing
      ? { total: 0, items: [] }
      : await fileHistory(db, organisation, { ...window, hash, fileName: given.file_name ?? null });
    const analyses = found.items.map((analysis) =>
      isRunning(analysis)
        ? { analysis_id: analysis.id, sha256: analysis.sha256, verdict: null, status: 'in_progress' }
        : fileReport(analysis, request),
    );
    await answer(reply, 200, { total_count: found.total, analyses });
  });
  app.post('/api/v2-0/endpoint-analyses/history', async (request, reply) => {
    const { organisation } = await callerOf(vendor, request, 'read');
    const { window, given } = await readQuery(request);
    const { total, items } = await scanHistory(db, organisation, { ...window, endpoints: given.computer_names ?? [] });
    await answer(reply, 200, { total_count: total, analyses: items.map((scan) => endpointReport(scan, request)) });
  });
  app.post('/api/v2-0/url-analyses/history', async (request, reply) => {
    await callerOf(vendor, request, 'read');
    await readQuery(request);
    // Addresses are not analysed here, so that none was.
    await answer(reply, 200, { total_count: 0, analyses: [] });
  });
}
