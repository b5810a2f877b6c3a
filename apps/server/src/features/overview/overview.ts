import { type Answer, type fleet, GLOBAL_ORGANISATION } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { countStandings, listEndpoints, standingResource } from '../endpoints/read.ts';
import { countActivity, countOpen, type ForeignPlace, lastDays, listForeign, worstPlaces } from './overview-store.ts';
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
const PLACE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\/([0-9a-f]{64})\/(\w+)$/;

/** The place that a cursor names; the beginning where it is none. */
function placeOf(cursor: string | undefined): ForeignPlace | null {
  const [, at, sha256, layout] = PLACE.exec(cursor ?? '') ?? [];
  const isTime = at !== undefined && Number.isFinite(Date.parse(at));
  return isTime && sha256 !== undefined && layout !== undefined ? { at, sha256, layout } : null;
}

export function overview(context: Context): Feature<'getOverview' | 'getActivity' | 'search' | 'listForeign'> {
  const { db } = context;
  return {
    handlers: {
      getOverview: ({ principal }) => overviewOf(context, principal.organisation),
      getActivity: ({ principal: { organisation } }) =>
        countActivity(db, organisation, [...new Set([organisation, GLOBAL_ORGANISATION])]),
      search: ({ principal, query }) => searchEverything(context, principal.organisation, query.q),
      listForeign: async ({ principal, query }) => {
        const rows = await listForeign(db, principal.organisation, query.limit + 1, placeOf(query.cursor));
        const page = rows.slice(0, query.limit);
        const last = page.at(-1);
        return {
          items: page.map(({ judgedAt, at: _at, ...row }) => ({ ...row, judgedAt: judgedAt.toISOString() })),
          nextCursor:
            rows.length > page.length && last !== undefined ? `${last.at}/${last.sha256}/${last.layout}` : null,
        };
      },
    },
  };
}
