import { AppError, type Evidence, type Layout } from '@genehound/contract';
import { HEAD_BYTES, imageFormat } from '@genehound/intake';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findVerdict } from '../artifacts/read.ts';
import { readScanBody } from '../scans/read.ts';
import { ANALYSIS_NOT_FOUND, answer, idParam, param, type VendorContext } from './access.ts';
import { subAnalysisId } from './endpoint-analyses.ts';
import { fileAnalysisOf, isRunning } from './file-analyses.ts';
import { findArtifactFacts } from './file-analysis-store.ts';

/** One piece of code of an analysis of either kind. */
export interface Part {
  readonly organisation: string;
  readonly sha256: string;
  readonly layout: Layout;
}

const PART_NOT_FOUND = new AppError('not_found', { what: 'Sub analysis' });

/** The contract's name for the file itself. */
const ROOT = 'root';

/**
 * Which code `/analyses/{id}/sub-analyses/{sub}` means: clients come with the id of a file analysis or, under the same
 * path, with that of an endpoint analysis. AppError not_found.
 */
export async function partOf(vendor: VendorContext, request: FastifyRequest): Promise<Part> {
  const { analysis, organisation } = await fileAnalysisOf(vendor, request);
  const sub = param(request, 'sub').toLowerCase();
  if (analysis !== null) {
    const { sha256, layout } = analysis;
    if (layout === null || (sub !== ROOT && sub !== subAnalysisId(analysis.id, { sha256, layout })))
      throw PART_NOT_FOUND;
    return { organisation, sha256, layout };
  }
  const id = idParam(request, 'id');
  const body = id === null ? null : await readScanBody(vendor.context.db, organisation, id);
  if (id === null || body === null) throw ANALYSIS_NOT_FOUND;
  const artifact = body.artifacts.find((one) => subAnalysisId(id, one) === sub);
  if (artifact === undefined) throw PART_NOT_FOUND;
  return { organisation, sha256: artifact.sha256, layout: artifact.layout };
}

/** The evidence of the stored verdict; AppError conflict, as the contract says for "none". */
async function evidenceOf(vendor: VendorContext, part: Part): Promise<Evidence> {
  const verdict = await findVerdict(vendor.context.db, part.organisation, part.sha256, part.layout);
  // Written by the analysis alone, in this form.
  const evidence = verdict === null ? null : (verdict.evidence as Evidence);
  if (evidence === null || evidence.geneCount + evidence.commonGenes === 0) {
    throw new AppError('conflict', { details: 'There is no code reuse report' });
  }
  return evidence;
}

function codeReuse(evidence: Evidence) {
  return {
    gene_count: evidence.geneCount,
    common_gene_count: evidence.commonGenes,
    unique_gene_count: evidence.uniqueGenes,
    gene_type: 'native',
    families: evidence.families.map((family) => ({
      family_id: family.familyId,
      family_name: family.name,
      family_type: family.type,
      reused_gene_count: family.reusedGenes,
    })),
  };
}

const FILE_TYPES = { elf: 'elf', pe: 'pe', macho: 'macho' } as const;

/** The first bytes of stored code; none where only its hash is known. */
async function headOf(vendor: VendorContext, { organisation, sha256 }: Part): Promise<Uint8Array> {
  const stream = await vendor.context.blobs.get({ organisation, sha256 });
  if (stream === null) return new Uint8Array(0);
  try {
    for await (const chunk of stream) {
      const bytes: Buffer = chunk;
      if (bytes.length > 0) return bytes.subarray(0, HEAD_BYTES);
    }
    return new Uint8Array(0);
  } finally {
    stream.destroy();
  }
}

async function metadata(vendor: VendorContext, part: Part) {
  const facts = await findArtifactFacts(vendor.context.db, part.organisation, part.sha256, part.layout);
  if (facts === null) throw PART_NOT_FOUND;
  const format = facts.stored ? imageFormat(await headOf(vendor, part)) : null;
  return {
    sha256: part.sha256,
    ...(facts.sha1 === null ? {} : { sha1: facts.sha1 }),
    ...(facts.md5 === null ? {} : { md5: facts.md5 }),
    size_in_bytes: facts.size,
    file_type: format === null ? 'raw' : FILE_TYPES[format],
    ...(facts.instructionSet === null ? {} : { architecture: facts.instructionSet }),
    indicators: [],
  };
}

/** The parts of analyses, and what is known of each. */
export function subAnalysisRoutes(app: FastifyInstance, vendor: VendorContext): void {
  app.get('/api/v2-0/analyses/:id/sub-analyses', async (request, reply) => {
    const { analysis } = await fileAnalysisOf(vendor, request);
    if (analysis === null) throw ANALYSIS_NOT_FOUND;
    if (isRunning(analysis)) throw new AppError('conflict', { details: 'The analysis is still running' });
    const { id, sha256, layout } = analysis;
    const root =
      layout === null ? [] : [{ sub_analysis_id: subAnalysisId(id, { sha256, layout }), sha256, source: 'root' }];
    await answer(reply, 200, { sub_analyses: root });
  });
  const base = '/api/v2-0/analyses/:id/sub-analyses/:sub';
  app.get(`${base}/code-reuse`, async (request, reply) => {
    await answer(reply, 200, codeReuse(await evidenceOf(vendor, await partOf(vendor, request))));
  });
  app.get(`${base}/metadata`, async (request, reply) => {
    await answer(reply, 200, await metadata(vendor, await partOf(vendor, request)));
  });
}
