import type { Advice, AdviceStep } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { advice as adviceQuery, type ScanSummary } from '../api/queries.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { Failed } from '../ui/states.tsx';
import css from './response.module.css';
import { responseTexts as words } from './response-texts.ts';

/** Steps that are shown at first. */
const FIRST = 8;

function Step({ step, scanId }: { readonly step: AdviceStep; readonly scanId: string }) {
  return (
    <li>
      <strong>{words.kinds[step.kind]}</strong> <HostileText text={step.target} limit={200} />
      {step.pid !== null && (
        <>
          ,{' '}
          <Link to="/scans/$id" params={{ id: scanId }} search={{ tab: 'processes', process: String(step.pid) }}>
            {words.process(step.pid)}
          </Link>
        </>
      )}
      <span className={css.reason}>
        <HostileText text={step.reason} limit={400} />
      </span>
      {step.caution !== null && (
        <span className={css.reason}>
          {words.mind}: <HostileText text={step.caution} limit={300} />
        </span>
      )}
    </li>
  );
}

function Spread({ advice }: { readonly advice: Advice }) {
  if (advice.spread.length === 0) return null;
  return (
    <>
      <h3>{words.elsewhere}</h3>
      <ul className={css.list}>
        {advice.spread.slice(0, 10).map(({ sha256, layout, endpoints, shown }) => (
          <li key={`${sha256}/${layout}`}>
            <Link to="/artifacts/$sha256/$layout" params={{ sha256, layout }}>
              {sha256.slice(0, 12)}
            </Link>
            {': '}
            {shown.slice(0, 5).map(({ id, name, scanId }, at) => (
              <span key={id}>
                {at > 0 && ', '}
                <Link to="/scans/$id" params={{ id: scanId }}>
                  <HostileText text={name} limit={60} form="line" />
                </Link>
              </span>
            ))}
            {endpoints > 5 && ` ${words.more(endpoints - 5)}`}
          </li>
        ))}
      </ul>
    </>
  );
}

function Techniques({ advice }: { readonly advice: Advice }) {
  if (advice.techniques.length === 0) return null;
  return (
    <>
      <h3>{words.techniques}</h3>
      <ul className={css.list}>
        {advice.techniques.map(({ id, name, url, because }) => (
          <li key={id}>
            <a href={url} rel="noreferrer" target="_blank">
              {id} {name}
            </a>{' '}
            <span className={css.dim}>
              <HostileText text={because} limit={200} />
            </span>
          </li>
        ))}
      </ul>
      <p className={css.dim}>{advice.attribution}</p>
    </>
  );
}

function Families({ advice }: { readonly advice: Advice }) {
  return advice.families.map(({ id, name, aliases, links, notes }) => (
    <div key={id}>
      <h3>
        <HostileText text={name} limit={100} form="line" />
      </h3>
      {aliases.length > 0 && (
        <p className={css.dim}>
          {words.aliases} <HostileText text={aliases.join(', ')} limit={300} />
        </p>
      )}
      {notes !== '' && <HostileText text={notes} limit={1_000} />}
      <ul className={css.list}>
        {links.map(({ title, url }) => (
          <li key={url}>
            <a href={url} rel="noreferrer" target="_blank">
              <HostileText text={title} limit={100} form="line" />
            </a>
          </li>
        ))}
      </ul>
    </div>
  ));
}

/** What to do about a scan, in order, each step with its reason; nothing where nothing asks for a response. */
export function DoNow({ scan }: { readonly scan: ScanSummary }) {
  const { data, error, refetch } = useQuery(adviceQuery(scan));
  const [all, setAll] = useState(false);
  if (data === undefined) return error === null ? null : <Failed error={error} onAgain={() => void refetch()} />;
  if (data.steps.length === 0) return null;
  const shown = all ? data.steps : data.steps.slice(0, FIRST);
  return (
    <section className={css.box} aria-labelledby="do-now">
      <h2 id="do-now">{words.doNow}</h2>
      <ol className={css.steps}>
        {shown.map((step) => (
          <Step key={`${step.kind} ${step.target} ${step.pid}`} step={step} scanId={scan.id} />
        ))}
      </ol>
      {shown.length < data.steps.length && (
        <button type="button" onClick={() => setAll(true)}>
          {words.all(data.steps.length)}
        </button>
      )}
      {data.leftOut > 0 && <p className={css.dim}>{words.leftOut(data.leftOut)}</p>}
      {data.problems.map((problem) => (
        <p key={problem} className={css.dim}>
          {words.unknown}: {problem}
        </p>
      ))}
      <Families advice={data} />
      <Spread advice={data} />
      <Techniques advice={data} />
    </section>
  );
}
