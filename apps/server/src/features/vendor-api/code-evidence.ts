import { AppError, FAMILY_TYPES } from '@genehound/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findFamily } from '../genome/read.ts';
import { ANALYSIS_NOT_FOUND, answer, callerOf, idParam, param, type VendorContext } from './access.ts';
import { fileAnalysisOf, fileReport, isRunning } from './file-analyses.ts';
import { findByHash, latestFileAnalysis } from './file-analysis-store.ts';
import { partOf } from './sub-analyses.ts';

/**
 * Section 2 of the public contract: what speaks for a verdict, piece by piece. The contract has these as operations that
 * are begun by POST and fetched at a `result_url`; here the work is done when they are fetched.
 */

type Blocks = Awaited<ReturnType<VendorContext['explaining']['blocks']>>;

const succeeded = (result: object | string) => ({ status: 'succeeded', result });

/** One word for a block: the type that accuses most of those that have it. */
function softwareType({ common, families }: Blocks[number]): string {
  if (common) return 'common';
  return FAMILY_TYPES.find((type) => families.some((family) => family.type === type)) ?? 'unknown';
}

/** Blocks by their address in decimal. Those of no family are left out. */
function blockReport(sha256: string, blocks: Blocks): object {
  const entries = blocks.map((block) => [
    block.address.toString(),
    { code_reuse: [...new Set(block.families.map(({ name }) => name))], software_type: softwareType(block) },
  ]);
  return { sha256, version: 1, blocks: Object.fromEntries(entries) };
}

function blockRoutes(app: FastifyInstance, vendor: VendorContext): void {
  const { db } = vendor.context;
  app.post('/api/v2-0/files/:hash/code-reuse-by-code-block', async (request, reply) => {
    const { organisation } = await callerOf(vendor, request, 'read');
    const known = await findByHash(db, organisation, param(request, 'hash'));
    const analysis = known === null ? null : await latestFileAnalysis(db, organisation, known.sha256);
    if (analysis === null || isRunning(analysis)) throw ANALYSIS_NOT_FOUND;
    await answer(reply, 200, { result_url: `/analyses/${analysis.id}/code-reuse-by-code-block` });
  });
  app.get('/api/v2-0/analyses/:id/code-reuse-by-code-block', async (request, reply) => {
    const { analysis, organisation } = await fileAnalysisOf(vendor, request);
    if (analysis === null) throw ANALYSIS_NOT_FOUND;
    const { sha256, layout, state } = analysis;
    if (layout === null || state !== 'done') throw new AppError('conflict', { details: 'This is no code item' });
    const blocks = await vendor.explaining.blocks({ organisation, sha256, layout });
    await answer(reply, 200, succeeded(blockReport(sha256, blocks)));
  });
}

/** `software_type` and `families` of a string are those of the samples that have it. */
async function stringReport(vendor: VendorContext, request: FastifyRequest): Promise<object> {
  const part = await partOf(vendor, request);
  const { items } = await vendor.explaining.strings(part);
  const names = [...new Set(items.flatMap(({ families }) => families))];
  const found = await Promise.all(
    names.map(async (name) => [name, await findFamily(vendor.context.db, part.organisation, { name })] as const),
  );
  const byName = new Map(found);
  return {
    strings: items.map(({ value, families }) => {
      const known = families.flatMap((name) => byName.get(name) ?? []);
      return {
        string_value: value,
        software_type: FAMILY_TYPES.find((type) => known.some((family) => family.type === type)) ?? 'unknown',
        ...(known.length === 0
          ? {}
          : { families: known.map(({ id, name }) => ({ family_id: id, family_name: name })) }),
      };
    }),
  };
}

/** How many related artifacts are looked at; of these the account's own file analyses are reported. */
const MOST_RELATED = 50;

async function relatedReport(vendor: VendorContext, request: FastifyRequest): Promise<object> {
  const part = await partOf(vendor, request);
  const { items } = await vendor.explaining.related(part, MOST_RELATED);
  const reports = await Promise.all(
    items.map(async ({ sha256, layout, sharedGenes }) => {
      // The same bytes in another layout are another artifact, with genes of its own.
      const analysis = await latestFileAnalysis(vendor.context.db, part.organisation, sha256, layout);
      if (analysis === null || isRunning(analysis)) return [];
      return [{ analysis: fileReport(analysis, request), reused_genes: { gene_count: sharedGenes } }];
    }),
  );
  return { related_samples: reports.flat() };
}

async function relatedFiles(vendor: VendorContext, request: FastifyRequest): Promise<object> {
  const part = await partOf(vendor, request);
  const id = idParam(request, 'family');
  const family = id === null ? null : await findFamily(vendor.context.db, part.organisation, { id });
  if (family === null) throw new AppError('not_found', { what: 'Family' });
  const samples = await vendor.explaining.samples(part, family.name);
  return {
    files: samples.map(({ sha256, size, sharedGenes }) => ({
      sha256,
      size_in_bytes: size,
      reused_gene_count: sharedGenes,
    })),
  };
}

/** Code leaves with it: it takes a key that may do everything. */
async function vaccineText(vendor: VendorContext, request: FastifyRequest): Promise<string> {
  const { actor } = await callerOf(vendor, request, 'full');
  return await vendor.explaining.vaccine(await partOf(vendor, request), actor);
}

const OPERATIONS = [
  ['generate-vaccine', vaccineText],
  ['strings', stringReport],
  ['get-account-related-samples', relatedReport],
  ['code-reuse/families/:family/find-related-files', relatedFiles],
] as const;

/** Code and strings as evidence. */
export function codeEvidenceRoutes(app: FastifyInstance, vendor: VendorContext): void {
  blockRoutes(app, vendor);
  for (const [path, report] of OPERATIONS) {
    const url = `/api/v2-0/analyses/:id/sub-analyses/:sub/${path}`;
    app.post(url, async (request, reply) => {
      await partOf(vendor, request);
      await answer(reply, 200, { result_url: request.url.replace(/^\/api\/v2-0/, '').replace(/\?.*/, '') });
    });
    app.get(url, async (request, reply) => await answer(reply, 200, succeeded(await report(vendor, request))));
  }
}
