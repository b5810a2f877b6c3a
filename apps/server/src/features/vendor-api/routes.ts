import { AppError, stringifyJson } from '@genehound/contract';
import { bearerOf, publicErrorHandler, readSmallJson, sendJson, takeBodiesRaw } from '@genehound/intake';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { type Principal, permits } from '../../platform/http/principal.ts';
import { idFromName } from '../../platform/ids.ts';
import { findScan, readScanBody, type ScanBody, type ScanSummary } from '../scans/read.ts';

/** Turns a bearer into who holds it; null where nobody does. */
type PrincipalOf = (bearer: string) => Promise<Principal | null>;

const uuid = z.uuid();
/** Public clients send `{"verdicts": []}` for all. */
const subQuery = z.looseObject({ verdicts: z.array(z.string().max(64)).max(64).optional() });

/** The public contract's dates: RFC 1123. Clients fail on any other form. */
const date = (value: Date): string => value.toUTCString();

const claimed = (seconds: number | null, received: Date): string =>
  date(seconds !== null && Math.abs(seconds) < 8e9 ? new Date(seconds * 1000) : received);

function urlOf(request: FastifyRequest, id: string): string {
  return `${request.protocol}://${request.host}/scans/${id}`;
}

/** Section 4: the report of an endpoint analysis. */
function resultOf(scan: ScanSummary, url: string) {
  const ended = scan.endedAt ?? scan.createdAt;
  return {
    analysis_id: scan.id,
    analysis_time: date(scan.finishedAt ?? ended),
    analysis_url: url,
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

/** Section 5c: our four and the name for what cannot be analysed. */
function publicVerdictOf(artifact: ScanBody['artifacts'][number]): string {
  const unsupported = ['file_type_not_supported', 'non_native_code', 'corrupted_file'];
  return artifact.verdict === 'unknown' && unsupported.includes(artifact.subVerdict)
    ? 'not_supported'
    : artifact.verdict;
}

function subAnalyses(id: string, body: ScanBody, verdicts: readonly string[]) {
  const parents = new Map(body.processes.map((process) => [process.pid, process]));
  const all = body.artifacts.map((artifact) => ({
    sub_analysis_id: idFromName(id, artifact.sha256 + artifact.layout),
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
  context: Context,
  principalOf: PrincipalOf,
  request: FastifyRequest,
): Promise<{ scan: ScanSummary; organisation: string }> {
  const principal = await principalOf(bearerOf(request));
  if (principal === null) throw new AppError('bad_key');
  if (!permits(principal, 'read')) throw new AppError('forbidden');
  const id = uuid.safeParse(z.looseObject({ id: z.string() }).parse(request.params).id);
  const scan = id.success ? await findScan(context.db, principal.organisation, id.data.toLowerCase()) : null;
  if (scan === null) throw new AppError('not_found', { what: 'Analysis' });
  return { scan, organisation: principal.organisation };
}

export interface VendorOptions {
  readonly context: Context;
  readonly principalOf: PrincipalOf;
}

/** The public contract as far as it is served: an adapter over our own reads. What is not answers 404. */
export async function vendorApi(app: FastifyInstance, { context, principalOf }: VendorOptions): Promise<void> {
  takeBodiesRaw(app);
  app.setErrorHandler(publicErrorHandler);
  app.get('/api/v2-0/endpoint-analyses/:id', async (request, reply) => {
    const { scan } = await scanOf(context, principalOf, request);
    if (scan.state === 'done') {
      return await sendJson(
        reply,
        200,
        stringifyJson({ status: 'succeeded', result: resultOf(scan, urlOf(request, scan.id)) }),
      );
    }
    if (scan.state === 'failed') return await sendJson(reply, 200, stringifyJson({ status: 'failed' }));
    const result_url = `/endpoint-analyses/${scan.id}`;
    return await sendJson(reply, 202, stringifyJson({ status: 'in_progress', result_url }));
  });
  app.get('/api/v2-0/endpoint-analyses/:id/sub-analyses', async (request, reply) => {
    const { scan, organisation } = await scanOf(context, principalOf, request);
    const query = subQuery.safeParse(await readSmallJson(request));
    const body = await readScanBody(context.db, organisation, scan.id);
    if (body === null) throw new AppError('conflict', { details: 'The analysis is still running' });
    const sub_analyses = subAnalyses(scan.id, body, query.success ? (query.data.verdicts ?? []) : []);
    await sendJson(reply, 200, stringifyJson({ sub_analyses }));
  });
}
