import { AppError } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Handlers } from '../../platform/http/api.ts';
import { findScan, listScans, readScanBody, type ScanBody, type ScanSummary } from './read.ts';

function resource(scan: ScanSummary) {
  return {
    id: scan.id,
    state: scan.state,
    endpoint: scan.endpoint,
    huntId: scan.huntId,
    verdict: scan.verdict,
    families: [...scan.families],
    artifacts: scan.artifacts,
    createdAt: scan.createdAt.toISOString(),
    endedAt: scan.endedAt?.toISOString() ?? null,
    finishedAt: scan.finishedAt?.toISOString() ?? null,
    pending: scan.pending,
  };
}

async function bodyOf(context: Context, organisation: string, id: string): Promise<ScanBody> {
  const scan = await findScan(context.db, organisation, id);
  if (scan === null) throw new AppError('not_found', { what: 'The scan' });
  const body = await readScanBody(context.db, organisation, id);
  if (scan.removedAt !== null)
    throw new AppError('conflict', {
      details: `What this scan delivered was removed by retention at ${scan.removedAt.toISOString()}; its verdict stays`,
    });
  if (body === null) throw new AppError('conflict', { details: `The scan has no report yet: it is ${scan.state}` });
  return body;
}

export function scanHandlers(
  context: Context,
): Pick<Handlers, 'listScans' | 'getScan' | 'getScanReport' | 'listScanProcesses' | 'getScanSurroundings'> {
  return {
    listScans: async ({ principal, query }) => {
      const { limit, cursor, verdict, family, from, to, ...filter } = query;
      const found = await listScans(context.db, principal.organisation, limit + 1, cursor ?? null, {
        ...filter,
        verdicts: verdict,
        families: family,
        from: from === undefined ? undefined : new Date(from),
        to: to === undefined ? undefined : new Date(to),
      });
      const page = found.slice(0, limit);
      const nextCursor = found.length > limit ? (page.at(-1)?.cursor ?? null) : null;
      return { items: page.map(resource), nextCursor };
    },
    getScan: async ({ principal, params }) => {
      const scan = await findScan(context.db, principal.organisation, params.id);
      if (scan === null) throw new AppError('not_found', { what: 'The scan' });
      return resource(scan);
    },
    getScanReport: async ({ principal, params }) => (await bodyOf(context, principal.organisation, params.id)).report,
    getScanSurroundings: async ({ principal, params }) => {
      const { surroundings } = await bodyOf(context, principal.organisation, params.id);
      if (surroundings === undefined)
        throw new AppError('conflict', {
          details: 'An earlier version judged this scan; it is shown once it is judged again',
        });
      return surroundings;
    },
    listScanProcesses: async ({ principal, params }) => ({
      items: (await bodyOf(context, principal.organisation, params.id)).processes,
    }),
  };
}
