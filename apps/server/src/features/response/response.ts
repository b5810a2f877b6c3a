import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { adviceOf, judgedScan } from './advice.ts';

/** What follows a verdict: advice, cases, the work on them. */
export function response(context: Context): Feature<'getScanAdvice'> {
  return {
    handlers: {
      getScanAdvice: async ({ principal, params }) =>
        await adviceOf(context, principal.organisation, await judgedScan(context, principal.organisation, params.id)),
    },
  };
}
