import { type Answer, AppError } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { findScan } from '../scans/read.ts';
import { type ChangedRow, scanBefore, sightedOnlyIn } from './changes-store.ts';
import { countScans, findStanding, identitiesOf, listEndpoints } from './endpoint-store.ts';
import { standingResource } from './read.ts';

const MOST_CHANGES = 500;
const mutable = (items: readonly ChangedRow[]): ChangedRow[] => [...items];

/** What another scan of the same endpoint did not see. */
async function changesOf({ db }: Context, organisation: string, id: string): Promise<Answer<'getScanChanges'>> {
  if ((await findScan(db, organisation, id)) === null) throw new AppError('not_found', { what: 'The scan' });
  const since = await scanBefore(db, organisation, id);
  if (since === null) return { since: null, appeared: 0, gone: 0, appearedItems: [], goneItems: [] };
  const [appeared, gone] = await Promise.all([
    sightedOnlyIn(db, organisation, id, since.id, MOST_CHANGES),
    sightedOnlyIn(db, organisation, since.id, id, MOST_CHANGES),
  ]);
  return {
    since: { id: since.id, createdAt: since.createdAt.toISOString() },
    appeared: appeared.total,
    gone: gone.total,
    appearedItems: mutable(appeared.items),
    goneItems: mutable(gone.items),
  };
}

export function endpoints(context: Context): Feature<'listEndpoints' | 'getEndpoint' | 'getScanChanges'> {
  const { db } = context;
  return {
    handlers: {
      listEndpoints: async ({ principal, query }) => {
        const { items, total } = await listEndpoints(db, principal.organisation, query);
        return { items: items.map(standingResource), total };
      },
      getEndpoint: async ({ principal: { organisation }, params: { id } }) => {
        const row = await findStanding(db, organisation, id);
        if (row === null) throw new AppError('not_found', { what: 'The endpoint' });
        const [identities, scans] = await Promise.all([
          identitiesOf(db, organisation, id),
          countScans(db, organisation, id),
        ]);
        return {
          ...standingResource(row),
          identities: identities.map(({ kind, value, seenAt }) => ({ kind, value, seenAt: seenAt.toISOString() })),
          scans,
        };
      },
      getScanChanges: ({ principal, params }) => changesOf(context, principal.organisation, params.id),
    },
  };
}
