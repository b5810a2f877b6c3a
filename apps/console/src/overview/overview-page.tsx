import type { Answer, fleet } from '@genehound/contract';

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { overview as overviewQuery } from '../api/fleet-queries.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { FirstScan } from '../scans/first-scan.tsx';
import { texts } from '../texts.ts';
import { Standing } from '../ui/standing.tsx';
import { Failed, Loading, Stale } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';
import { Decisions } from './decisions.tsx';
import css from './overview.module.css';
import { RunningHunts } from './running-hunts.tsx';
import { Trend } from './trend.tsx';

type Overview = Answer<'getOverview'>;

/** The worst first, as everywhere. */
const ORDER = [
  'malicious',
  'suspicious',
  'no_threats',
  'incomplete',
  'not_judged',
] as const satisfies readonly (typeof fleet.ENDPOINT_STANDINGS)[number][];

function Standings({ data }: { readonly data: Overview }) {
  return (
    <ul className={css.standings} aria-label={texts.fleet.overview.standings}>
      {ORDER.map((standing) => (
        <li key={standing} className={data.endpoints[standing] === 0 ? css.none : ''}>
          <Link to="/endpoints" search={{ standing }}>
            <strong>{count(data.endpoints[standing])}</strong> <Standing of={standing} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Filled({ data, size }: { readonly data: Overview; readonly size: number }) {
  return (
    <>
      <Standings data={data} />
      <RunningHunts />
      <div className={css.columns}>
        <Decisions data={data} size={size} />
        <Trend days={data.days} />
      </div>
    </>
  );
}

/** Who is infected, by what, where, and what waits for a decision. */
export function OverviewPage() {
  useTitle(texts.fleet.overview.heading);
  const query = useQuery(overviewQuery);
  const { data } = query;
  const size = data === undefined ? 0 : Object.values(data.endpoints).reduce((sum, n) => sum + n, 0);
  return (
    <>
      <h1>{texts.fleet.overview.heading}</h1>
      {query.isPending && <Loading />}
      {query.isError && data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && data !== undefined && <Stale />}
      {data !== undefined && (size === 0 ? <FirstScan /> : <Filled data={data} size={size} />)}
      <ApiSource paths={['/api/v1/overview', '/api/v1/hunts', '/api/v1/failed-jobs']} />
    </>
  );
}
