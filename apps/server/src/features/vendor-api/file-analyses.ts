import { AppError, type Layout } from '@genehound/contract';
import { namedFamilies } from '@genehound/genes';
import { imageFormat, type Spooled } from '@genehound/intake';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { inTransaction } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { requireQuota } from '../accounts/read.ts';
import { enqueueArtifacts } from '../analysis/read.ts';
import { receiveArtifact } from '../artifacts/read.ts';
import {
  ANALYSIS_NOT_FOUND,
  answer,
  callerOf,
  consoleUrl,
  idParam,
  param,
  publicDate,
  readMessage,
  type VendorContext,
} from './access.ts';
import {
  type FileAnalysis,
  findByHash,
  findFileAnalysis,
  hashKind,
  insertFileAnalysis,
  latestFileAnalysis,
} from './file-analysis-store.ts';
import { readFileForm } from './multipart.ts';
import { publicVerdictOf } from './verdict-names.ts';

const byHash = z.looseObject({ hash: z.string().max(128), file_name: z.string().max(1_000).nullish() });

/** True while its artifact waits for its verdict. */
export function isRunning({ layout, state, judgement }: FileAnalysis): boolean {
  if (layout === null) return false;
  return state === 'queued' || state === 'running' || (state === 'done' && judgement === null);
}

function consolePath({ sha256, layout }: FileAnalysis): string {
  return layout === null ? `/files/${sha256}` : `/artifacts/${sha256}/${layout}`;
}

/** Section 2: the report of a file analysis that has come to its end. */
export function fileReport(analysis: FileAnalysis, request: FastifyRequest) {
  const { judgement } = analysis;
  const judged = judgement ?? ({ verdict: 'unknown', subVerdict: 'file_type_not_supported' } as const);
  const named = judgement === null ? undefined : namedFamilies(judgement)[0];
  const family = judgement?.evidence.families.find(({ name }) => name === named);
  return {
    analysis_id: analysis.id,
    analysis_time: publicDate(analysis.analysedAt ?? analysis.createdAt),
    analysis_url: consoleUrl(request, consolePath(analysis)),
    sha256: analysis.sha256,
    ...(analysis.fileName === null ? {} : { file_name: analysis.fileName }),
    is_private: true,
    verdict: publicVerdictOf(judged),
    sub_verdict: judged.subVerdict,
    ...(named === undefined ? {} : { family_name: named }),
    ...(family === undefined ? {} : { family_id: family.familyId }),
  };
}

export async function fileAnalysisOf(
  vendor: VendorContext,
  request: FastifyRequest,
): Promise<{ readonly analysis: FileAnalysis | null; readonly organisation: string }> {
  const { organisation } = await callerOf(vendor, request, 'read');
  const id = idParam(request, 'id');
  const analysis = id === null ? null : await findFileAnalysis(vendor.context.db, organisation, id);
  return { analysis, organisation };
}

/** How the bytes are read: as a file, or as a module dumped from memory; null for what is no image. */
function layoutOf(form: { readonly spooled: Spooled; readonly fields: ReadonlyMap<string, string> }): Layout | null {
  const isImage = form.spooled.size > 0 && imageFormat(form.spooled.head) !== null;
  if (form.fields.get('code_item_type') !== 'memory_module') return isImage ? 'file' : null;
  if (isImage) return 'mapped';
  return form.spooled.size > 0 ? 'raw' : null;
}

/** Keeps the bytes and the question. Of what is no image only the question is kept. Returns the analysis's id. */
async function analyseForm(vendor: VendorContext, request: FastifyRequest, principal: Principal): Promise<string> {
  const { context } = vendor;
  const { organisation, actor } = principal;
  const form = await readFileForm(request, context.spool);
  const { sha256, sha1, md5, size } = form.spooled;
  const layout = layoutOf(form);
  const row = { organisation, sha256, layout, fileName: form.fields.get('file_name') ?? form.fileName, actor };
  if (layout === null) {
    await form.spooled.discard();
    return await insertFileAnalysis(context.db, row);
  }
  await context.blobs.put({ organisation, sha256 }, form.spooled);
  return await inTransaction(context.db, async (tx) => {
    await receiveArtifact(context, tx, organisation, { sha256, sha1, md5, layout, size }, 'by hand');
    return await insertFileAnalysis(tx, row);
  });
}

const UNKNOWN_HASH = new AppError('not_found', { what: 'File' });

/** Section 2 of the public contract as far as reports go. */
export function fileRoutes(app: FastifyInstance, vendor: VendorContext): void {
  const { db } = vendor.context;
  app.post('/api/v2-0/analyze', async (request, reply) => {
    const principal = await callerOf(vendor, request, 'full');
    await requireQuota(db, principal.organisation, 'files', 'to come');
    const id = await analyseForm(vendor, request, principal);
    await answer(reply, 201, { result_url: `/analyses/${id}` });
  });
  app.post('/api/v2-0/analyze-by-hash', async (request, reply) => {
    const { organisation, actor } = await callerOf(vendor, request, 'full');
    const { hash, file_name: fileName = null } = await readMessage(request, byHash);
    if (hashKind(hash) === null) throw new AppError('bad_request', { details: 'hash is no MD5, SHA-1 or SHA-256' });
    const known = await findByHash(db, organisation, hash);
    if (known === null) throw UNKNOWN_HASH;
    const { sha256, layout, unjudged } = known;
    if (unjudged)
      await inTransaction(db, (tx) =>
        enqueueArtifacts(vendor.context, tx, organisation, [{ sha256, layout }], 'by hand'),
      );
    const latest = await latestFileAnalysis(db, organisation, sha256);
    if (latest !== null && isRunning(latest)) {
      const result_url = `/analyses/${latest.id}`;
      await answer(reply, 409, { error: 'Analysis already running', result: { analysis_id: latest.id }, result_url });
      return;
    }
    await requireQuota(db, organisation, 'files', 'to come');
    const id = await insertFileAnalysis(db, { organisation, sha256, layout, fileName, actor });
    await answer(reply, 201, { result_url: `/analyses/${id}` });
  });
  app.get('/api/v2-0/files/:hash', async (request, reply) => {
    const { organisation } = await callerOf(vendor, request, 'read');
    const hash = param(request, 'hash');
    const known = await findByHash(db, organisation, hash);
    const sha256 = known?.sha256 ?? (hashKind(hash) === 'sha256' ? hash.toLowerCase() : null);
    const analysis = sha256 === null ? null : await latestFileAnalysis(db, organisation, sha256);
    if (analysis === null || isRunning(analysis)) throw ANALYSIS_NOT_FOUND;
    await answer(reply, 200, { result: fileReport(analysis, request) });
  });
  app.get('/api/v2-0/analyses/:id', async (request, reply) => {
    const { analysis } = await fileAnalysisOf(vendor, request);
    if (analysis === null) throw ANALYSIS_NOT_FOUND;
    if (isRunning(analysis)) {
      await answer(reply, 202, { status: 'in_progress', result_url: `/analyses/${analysis.id}` });
    } else if (analysis.state === 'failed') await answer(reply, 200, { status: 'failed' });
    else await answer(reply, 200, { status: 'succeeded', result: fileReport(analysis, request) });
  });
}
