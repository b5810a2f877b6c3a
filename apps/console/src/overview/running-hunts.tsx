import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CoverageBar } from '../hunts/coverage-bar.tsx';
import { coverage as coverageQuery, hunts as huntsQuery } from '../hunts/hunt-queries.ts';
import { type Hunt, RoundState } from '../hunts/hunts-page.tsx';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { Failed } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import css from './overview.module.css';

/** Newest hunts that are open; the list of hunts has the others. */
const MOST = 4;

function Running({ hunt }: { readonly hunt: Hunt }) {
  const { data } = useQuery({ ...coverageQuery(hunt.id, {}), enabled: hunt.round !== null });
  const closes = hunt.round?.closesAt ?? null;
  return (
    <li className={css.hunt}>
      <div className={css.line}>
        <Link to="/hunts/$id" params={{ id: hunt.id }} className={css.name}>
          <HostileText text={hunt.name} limit={80} form="line" />
        </Link>
        <span>
          {texts.hunts.round} <RoundState hunt={hunt} />
          {closes !== null && (
            <>
              {' · '}
              {texts.hunts.closes} <Time value={closes} />
            </>
          )}
        </span>
      </div>
      {data !== undefined && <CoverageBar coverage={data} />}
    </li>
  );
}

/** Open hunts with who has come; a part of the page that may fail alone. */
export function RunningHunts() {
  const query = useQuery(huntsQuery);
  const open = (query.data?.items ?? []).filter(({ closedAt }) => closedAt === null).slice(0, MOST);
  return (
    <section className={css.card} aria-labelledby="hunts-heading">
      <h2 id="hunts-heading">{texts.fleet.overview.hunts}</h2>
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && open.length === 0 && (
        <p>
          {texts.fleet.overview.noHunts} <Link to="/hunts/new">{texts.fleet.overview.planHunt}</Link>
        </p>
      )}
      {open.length > 0 && (
        <ul className={css.list}>
          {open.map((hunt) => (
            <Running key={hunt.id} hunt={hunt} />
          ))}
        </ul>
      )}
    </section>
  );
}
