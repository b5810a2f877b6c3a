import { publicErrorHandler, takeBodiesRaw } from '@genehound/intake';
import type { FastifyInstance } from 'fastify';
import { absentRoutes } from './absent.ts';
import type { VendorContext } from './access.ts';
import { accountRoutes } from './account.ts';
import { codeEvidenceRoutes } from './code-evidence.ts';
import { downloadRoutes } from './downloads.ts';
import { endpointRoutes } from './endpoint-analyses.ts';
import { familyRoutes } from './families.ts';
import { fileRoutes } from './file-analyses.ts';
import { historyRoutes } from './history.ts';
import { indexRoutes } from './indexing.ts';
import { subAnalysisRoutes } from './sub-analyses.ts';

/** The public contract as far as it is served: an adapter over our own reads. What is not answers 404. */
export async function vendorApi(app: FastifyInstance, vendor: VendorContext): Promise<void> {
  app.setErrorHandler(publicErrorHandler);
  takeBodiesRaw(app);
  for (const add of [
    absentRoutes,
    accountRoutes,
    codeEvidenceRoutes,
    downloadRoutes,
    endpointRoutes,
    familyRoutes,
    fileRoutes,
    historyRoutes,
    indexRoutes,
    subAnalysisRoutes,
  ])
    add(app, vendor);
}
