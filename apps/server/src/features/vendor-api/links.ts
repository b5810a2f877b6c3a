import { AppError } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { findScan, readScanBody } from '../scans/read.ts';
import { subAnalysisId } from './endpoint-analyses.ts';
import { findFileAnalysis } from './file-analysis-store.ts';

/** What ids of the public contract stand for, so that its links open the right page of the console. */
export function analysisLinks({ db }: Context): Feature<'findAnalysis'> {
  return {
    handlers: {
      findAnalysis: async ({ principal: { organisation }, params: { id }, query: { sub } }) => {
        const analysis = await findFileAnalysis(db, organisation, id);
        if (analysis !== null) {
          const { sha256, layout } = analysis;
          return layout === null ? { kind: 'file', sha256 } : { kind: 'artifact', sha256, layout };
        }
        if (sub === undefined) {
          if ((await findScan(db, organisation, id)) === null)
            throw new AppError('not_found', { what: 'The analysis' });
          return { kind: 'scan', id };
        }
        const body = await readScanBody(db, organisation, id);
        const part = body?.artifacts.find((one) => subAnalysisId(id, one) === sub.toLowerCase());
        if (part === undefined) throw new AppError('not_found', { what: 'The sub analysis' });
        return { kind: 'artifact', sha256: part.sha256, layout: part.layout };
      },
    },
  };
}
