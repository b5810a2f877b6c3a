import { type Answer, type fleet, GLOBAL_ORGANISATION } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { countStandings, listEndpoints, standingResource } from '../endpoints/read.ts';
import { countActivity, countOpen, lastDays, listForeign, worstPlaces } from './overview-store.ts';
import { searchEverything } from './search.ts';

/** Accused endpoints on the first page; the list of endpoints has them all. */
const MOST_THREATS = 8;

async function overviewOf({ db }: Context, organisation: string): Promise<Answer<'getOverview'>> {
  const [standings, accused, open, days] = await Promise.all([
    countStandings(db, organisation),
    listEndpoints(db, organisation, {
      offset: 0,
      limit: MOST_THREATS,
      standing: ['malicious', 'suspicious'],
      sort: 'standing',
    }),
    countOpen(db, organisation),
    lastDays(db, organisation),
  ]);
  const scans = accused.items.flatMap(({ scanId }) => (scanId === null ? [] : [scanId]));
  const places = new Map((await worstPlaces(db, organisation, scans)).map(({ scanId, ...place }) => [scanId, place]));
  const { clusters, recent, rarest, foreign, conflicts } = open;
  const count = (name: (typeof fleet.ENDPOINT_STANDINGS)[number]): number => standings.get(name) ?? 0;
  return {
    endpoints: {
      malicious: count('malicious'),
      suspicious: count('suspicious'),
      no_threats: count('no_threats'),
      incomplete: count('incomplete'),
      not_judged: count('not_judged'),
    },
    threats: accused.items.map((row) => {
      const place = places.get(row.scanId ?? '');
      return {
        ...standingResource(row),
        place: place === undefined ? null : { ...place, findings: [...place.findings] },
      };
    }),
    unknown: { clusters, recent, rarest },
    foreign,
    conflicts,
    days: [...days],
  };
}

/** What the whole fleet looks like, what the server is doing, and finding anything in it. */
export function overview(context: Context): Feature<'getOverview' | 'getActivity' | 'search' | 'listForeign'> {
  const { db } = context;
  return {
    handlers: {
      getOverview: ({ principal }) => overviewOf(context, principal.organisation),
      getActivity: ({ principal: { organisation } }) =>
        countActivity(db, organisation, [...new Set([organisation, GLOBAL_ORGANISATION])]),
      search: ({ principal, query }) => searchEverything(context, principal.organisation, query.q),
      listForeign: async ({ principal, query }) => {
        const rows = await listForeign(db, principal.organisation, query.limit);
        return { items: rows.map(({ judgedAt, ...row }) => ({ ...row, judgedAt: judgedAt.toISOString() })) };
      },
    },
  };
}
