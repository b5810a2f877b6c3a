import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { decidedResource } from '../genome/read.ts';
import { acquitScan, previewAcquittal } from './acquittal.ts';

/** Acquitting endpoints: what a clean machine runs becomes what the organisation trusts. */
export function baseline(context: Context): Feature<'previewAcquittal' | 'acquitEndpoint'> {
  return {
    handlers: {
      previewAcquittal: ({ principal, params }) => previewAcquittal(context, principal, params.id),
      acquitEndpoint: async ({ principal, params, body }) =>
        decidedResource(await acquitScan(context, principal, params.id, body)),
    },
  };
}
