import { ANALYSIS_STATES, AppError, artifactVerdict } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { findArtifact, findVerdict } from './store.ts';

export function artifacts(context: Context): Feature<'getArtifact'> {
  return {
    handlers: {
      getArtifact: async ({ principal, params }) => {
        const { sha256, layout } = params;
        const row = await findArtifact(context.db, principal.organisation, sha256, layout);
        if (row === null) throw new AppError('not_found', { what: 'The artifact' });
        const verdict = await findVerdict(context.db, principal.organisation, sha256, layout);
        return {
          sha256,
          layout,
          size: row.size,
          state: ANALYSIS_STATES.find((state) => state === row.state) ?? 'failed',
          problem: row.problem,
          verdict: verdict === null ? null : artifactVerdict.parse({ sha256, layout, ...verdict }),
        };
      },
    },
  };
}
