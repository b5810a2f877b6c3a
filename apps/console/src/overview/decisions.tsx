import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { client } from '../api/client.ts';
import { baseName } from '../format/hostile.ts';
import { SignShape } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { Standing } from '../ui/standing.tsx';
import { Time } from '../ui/time.tsx';
import { type FailedJobs, FailedWork, useFailedJobs } from './failed-work.tsx';
import css from './overview.module.css';

type Overview = Answer<'getOverview'>;
type Threat = Overview['threats'][number];

function Place({ threat, scan }: { readonly threat: Threat; readonly scan: string }) {
  const { place } = threat;
  if (place === null) return null;
  return (
    <p className={css.place}>
      <Link to="/scans/$id" params={{ id: scan }} search={{ tab: 'processes', process: String(place.pid) }}>
        {place.path === null ? texts.report.noFile : <HostileText text={baseName(place.path)} limit={60} form="line" />}
        , {texts.report.pid(place.pid)}
      </Link>
      {place.findings.length > 0 && <> ({place.findings.join(', ')})</>}
      {place.why !== null && (
        <>
          {' · '}
          <Link
            to="/artifacts/$sha256/$layout"
            params={{ sha256: place.sha256, layout: place.layout }}
            aria-label={texts.fleet.overview.why}
          >
            {texts.fleet.overview.why}
          </Link>
          : <HostileText text={place.why} limit={200} form="line" />
        </>
      )}
    </p>
  );
}

function ThreatItem({ threat }: { readonly threat: Threat }) {
  return (
    <li>
      <div className={css.line}>
        <Link to="/endpoints/$id" params={{ id: threat.id }} className={css.name}>
          <HostileText text={threat.name} limit={60} form="line" />
        </Link>
        <Standing of={threat.standing} />
        {threat.families.length > 0 && (
          <span className={css.families}>
            <HostileText text={threat.families.join(', ')} limit={120} form="line" />
          </span>
        )}
        {threat.scan !== null && (
          <Link to="/scans/$id" params={{ id: threat.scan.id }} className={css.when}>
            <Time value={threat.scan.createdAt} />
          </Link>
        )}
      </div>
      {threat.scan !== null && <Place threat={threat} scan={threat.scan.id} />}
    </li>
  );
}

interface Note {
  readonly key: string;
  readonly show: boolean;
  readonly body: ReactNode;
}

function useUndecided(): boolean {
  const { data } = useQuery({
    queryKey: ['decisions', 'any'],
    queryFn: () => client.call('listDecisions', { query: { limit: 1 } }),
  });
  return data !== undefined && data.items.length === 0;
}

/** What is not an endpoint and waits all the same. */
function notes(
  { unknown, foreign, conflicts }: Overview,
  size: number,
  undecided: boolean,
  failed: FailedJobs | undefined,
): readonly Note[] {
  const words = texts.fleet.overview;
  return [
    {
      key: 'unknown',
      show: unknown.clusters > 0,
      body: (
        <>
          <SignShape sign="unknown" /> <Link to="/unknown">{words.unknown(unknown.clusters)}</Link>:{' '}
          {words.recent(unknown.recent)}
          {unknown.rarest !== null && <>, {words.rarest(unknown.rarest, size)}</>}
        </>
      ),
    },
    {
      key: 'foreign',
      show: foreign > 0,
      body: (
        <>
          <SignShape sign="suspicious" /> <Link to="/foreign">{words.foreign(foreign)}</Link>
        </>
      ),
    },
    {
      key: 'conflicts',
      show: conflicts > 0,
      body: (
        <>
          <SignShape sign="malicious" /> <Link to="/baseline">{words.conflicts(conflicts)}</Link>
        </>
      ),
    },
    {
      key: 'failed',
      show: failed !== undefined && failed.open > 0,
      body: failed !== undefined && <FailedWork jobs={failed} />,
    },
    { key: 'baseline', show: undecided && unknown.clusters > 0, body: words.noBaseline },
  ];
}

/** The list that an analyst works off: accused endpoints first. */
export function Decisions({ data, size }: { readonly data: Overview; readonly size: number }) {
  const undecided = useUndecided();
  const failed = useFailedJobs();
  const accused = data.endpoints.malicious + data.endpoints.suspicious;
  const rest = accused - data.threats.length;
  const shown = notes(data, size, undecided, failed).filter(({ show }) => show);
  return (
    <section className={css.card} aria-labelledby="decide-heading">
      <h2 id="decide-heading">{texts.fleet.overview.decide}</h2>
      {data.threats.length + shown.length === 0 && <p>{texts.fleet.overview.nothing}</p>}
      <ul className={css.list}>
        {data.threats.map((threat) => (
          <ThreatItem key={threat.id} threat={threat} />
        ))}
        {rest > 0 && (
          <li>
            <Link to="/endpoints" search={{ sort: 'standing' }}>
              {texts.fleet.overview.moreThreats(rest)}
            </Link>
          </li>
        )}
        {shown.map(({ key, body }) => (
          <li key={key}>{body}</li>
        ))}
      </ul>
    </section>
  );
}
