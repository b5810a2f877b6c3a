import { AppError } from '@genehound/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { idFromName } from '../../platform/ids.ts';
import { findScan, readScanBody, type ScanBody, type ScanSummary } from '../scans/read.ts';
import {
  ANALYSIS_NOT_FOUND,
  answer,
  callerOf,
  consoleUrl,
  idParam,
  publicDate,
  readMessage,
  type VendorContext,
} from './access.ts';
import { publicVerdictOf } from './verdict-names.ts';

/** Public clients send `{"verdicts": []}` for all. */
const subQuery = z.looseObject({ verdicts: z.array(z.string().max(64)).max(64).nullish() });

const claimed = (seconds: number | null, received: Date): string =>
  publicDate(seconds !== null && Math.abs(seconds) < 8e9 ? new Date(seconds * 1000) : received);

/** Section 4: the report of an endpoint analysis. */
export function endpointReport(scan: ScanSummary, request: FastifyRequest) {
  const ended = scan.endedAt ?? scan.createdAt;
  return {
    analysis_id: scan.id,
    analysis_time: publicDate(scan.finishedAt ?? ended),
    analysis_url: consoleUrl(request, `/scans/${scan.id}`),
    verdict: scan.verdict,
    scan_status: 'done',
    computer_name: scan.endpoint?.name ?? '',
    families: scan.families.length === 0 ? null : scan.families,
    scan_start_time: claimed(scan.claimedStart, scan.createdAt),
    scan_end_time: claimed(scan.claimedEnd, ended),
    computer_os_version: scan.operatingSystem,
    scanner_version: scan.scannerVersion,
  };
}

export function subAnalysisId(
  analysisId: string,
  artifact: { readonly sha256: string; readonly layout: string },
): string {
  return idFromName(analysisId, artifact.sha256 + artifact.layout);
}

function subAnalyses(id: string, body: ScanBody, verdicts: readonly string[]) {
  const parents = new Map(body.processes.map((process) => [process.pid, process]));
  const all = body.artifacts.map((artifact) => ({
    sub_analysis_id: subAnalysisId(id, artifact),
    source: 'endpoint',
    sha256: artifact.sha256,
    verdict: publicVerdictOf(artifact),
    extraction_info: {
      collected_from: artifact.layout === 'file' ? 'disk' : 'memory',
      processes: artifact.places
        .filter((place) => place.pid !== 0)
        .map((place) => ({
          process_id: place.pid,
          parent_process_id: parents.get(place.pid)?.parent ?? 0,
          process_path: parents.get(place.pid)?.path ?? '',
          module_path: place.path ?? '',
        })),
    },
  }));
  return verdicts.length === 0 ? all : all.filter((sub) => verdicts.includes(sub.verdict));
}

async function scanOf(
  vendor: VendorContext,
  request: FastifyRequest,
): Promise<{ readonly scan: ScanSummary; readonly organisation: string }> {
  const { organisation } = await callerOf(vendor, request, 'read');
  const id = idParam(request, 'id');
  const scan = id === null ? null : await findScan(vendor.context.db, organisation, id);
  if (scan === null) throw ANALYSIS_NOT_FOUND;
  return { scan, organisation };
}

/** Section 4 of the public contract. */
export function endpointRoutes(app: FastifyInstance, vendor: VendorContext): void {
  app.get('/api/v2-0/endpoint-analyses/:id', async (request, reply) => {
    const { scan } = await scanOf(vendor, request);
    if (scan.state === 'done') {
      await answer(reply, 200, { status: 'succeeded', result: endpointReport(scan, request) });
    } else if (scan.state === 'failed') await answer(reply, 200, { status: 'failed' });
    else await answer(reply, 202, { status: 'in_progress', result_url: `/endpoint-analyses/${scan.id}` });
  });
  app.get('/api/v2-0/endpoint-analyses/:id/sub-analyses', async (request, reply) => {
    const { scan, organisation } = await scanOf(vendor, request);
    const { verdicts } = await readMessage(request, subQuery);
    const body = await readScanBody(vendor.context.db, organisation, scan.id);
    if (body === null) throw new AppError('conflict', { details: 'The analysis is still running' });
    await answer(reply, 200, { sub_analyses: subAnalyses(scan.id, body, verdicts ?? []) });
  });
}
