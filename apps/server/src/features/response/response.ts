import { Readable } from 'node:stream';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { adviceOf, judgedScan } from './advice.ts';
import { caseHandlers } from './cases.ts';
import { exportCase } from './export-case.ts';
import { familyHandlers } from './families.ts';

/** What follows a verdict: advice, cases, the work on them. */
export function response(
  context: Context,
): Feature<
  | 'getScanAdvice'
  | 'exportCase'
  | 'followEvents'
  | keyof ReturnType<typeof caseHandlers>
  | keyof ReturnType<typeof familyHandlers>
> {
  return {
    handlers: {
      getScanAdvice: async ({ principal, params }) =>
        await adviceOf(context, principal.organisation, await judgedScan(context, principal.organisation, params.id)),
      followEvents: async ({ principal, lastEventId }) => context.live.subscribe(principal.organisation, lastEventId),
      exportCase: async ({ principal, params, body }) =>
        Readable.from([await exportCase(context, principal, params.id, body.code)]),
      ...caseHandlers(context),
      ...familyHandlers(context),
    },
  };
}
