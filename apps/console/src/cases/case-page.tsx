import { type Answer, type CaseState, cases as contract } from '@genehound/contract';
import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { endpoint as endpointQuery } from '../api/fleet-queries.ts';
import { me } from '../api/queries.ts';
import { useMay } from '../api/use-may.ts';
import { visibleText } from '../format/hostile.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { HashText } from '../ui/copyable.tsx';
import form from '../ui/form.module.css';
import { HostileText } from '../ui/hostile-text.tsx';
import page from '../ui/page.module.css';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Failed, Loading, Stale } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { WrittenText } from '../ui/written-text.tsx';
import { State } from './case-line.tsx';
import { type CaseChange, caseDetails, changeCase } from './case-queries.ts';
import css from './cases.module.css';
import { ExportCase } from './export-case.tsx';

const route = getRouteApi('/frame/cases/$id');
const words = texts.cases;

type Case = Answer<'getCase'>;
type Event = Case['events'][number];

/** As many as the API names. */
const MOST_EVENTS = 500;

function Assignee({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const { data: reader } = useQuery(me);
  return (
    <div className={css.assignee}>
      <TextInput
        label={words.assignee}
        maxLength={200}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {reader !== undefined && value !== reader.name && (
        <Button variant="default" onClick={() => onChange(reader.name)}>
          {words.toMe}
        </Button>
      )}
    </div>
  );
}

/** State, who does it and what they say, written down in one go; only what differs is sent. */
function Work({ one }: { readonly one: Case }) {
  const queryClient = useQueryClient();
  // Undefined: as it stands, also when others change it meanwhile; else a comment would put it back.
  const [chosen, setState] = useState<CaseState>();
  const [named, setAssignee] = useState<string>();
  const state = chosen ?? one.state;
  const assignee = named ?? one.assignee ?? '';
  const [comment, setComment] = useState('');
  const said = comment.trim();
  const who = assignee.trim();
  const change: Omit<CaseChange, 'endpointId'> = {
    ...(state === one.state ? {} : { state }),
    ...(who === (one.assignee ?? '') ? {} : { assignee: who === '' ? null : who }),
    ...(said === '' ? {} : { comment: said }),
  };
  const saving = useMutation({
    mutationFn: () =>
      changeCase(queryClient, {
        endpointId: one.endpoint.id,
        ...(one.artifact === null ? {} : { artifact: one.artifact }),
        ...change,
      }),
    onSuccess: () => {
      setState(undefined);
      setAssignee(undefined);
      setComment('');
    },
  });
  return (
    <form
      className={form.form}
      aria-label={words.work}
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate();
      }}
    >
      <h2>{words.work}</h2>
      <NativeSelect
        label={words.state}
        value={state}
        data={contract.CASE_STATES.map((value) => ({ value, label: words.states[value] }))}
        onChange={(event) => setState(contract.CASE_STATES.find((all) => all === event.currentTarget.value) ?? state)}
      />
      <Assignee value={assignee} onChange={setAssignee} />
      <Textarea
        label={words.comment}
        description={words.commentHelp}
        autosize
        minRows={3}
        maxLength={10_000}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
      {saving.isError && <Failed error={saving.error} />}
      <div className={form.buttons}>
        <Button type="submit" loading={saving.isPending} disabled={Object.keys(change).length === 0}>
          {words.save}
        </Button>
        <span role="status">{saving.isSuccess && Object.keys(change).length === 0 && words.saved}</span>
      </div>
    </form>
  );
}

const STATE_WORDS: Readonly<Record<string, string>> = words.states;

function What({ event }: { readonly event: Event }) {
  const { kind, value } = event;
  if (kind === 'comment') return <WrittenText text={value ?? ''} />;
  if (kind === 'state') return <p>{words.events.state(STATE_WORDS[value ?? ''] ?? value ?? '')}</p>;
  return (
    <p>
      {value === null ? (
        words.events.nobody
      ) : (
        <HostileText text={words.events.assignee(value)} limit={120} form="line" />
      )}
    </p>
  );
}

function History({ events }: { readonly events: readonly Event[] }) {
  return (
    <section className={page.section} aria-labelledby="case-history">
      <h2 id="case-history">{words.history}</h2>
      {events.length === 0 && <p>{words.noHistory}</p>}
      {events.length === MOST_EVENTS && <p>{words.most}</p>}
      {events.length > 0 && (
        <>
          <ol className={css.events}>
            {events.map((event) => (
              <li key={event.id}>
                <span className={css.by}>
                  <Time value={event.at} /> <HostileText text={event.by} limit={60} form="line" />
                </span>
                <What event={event} />
              </li>
            ))}
          </ol>
          <SaveList name="genehound-case-history" pages={onePage(events)} />
        </>
      )}
    </section>
  );
}

function Facts({ one, scanId }: { readonly one: Case; readonly scanId: string | undefined }) {
  return (
    <ul className={page.facts}>
      <li>
        <State of={one.state} />
      </li>
      <li>
        {words.assignee}:{' '}
        {one.assignee === null ? words.nobody : <HostileText text={one.assignee} limit={60} form="line" />}
      </li>
      <li>
        <Link to="/endpoints/$id" params={{ id: one.endpoint.id }}>
          {words.endpoint}
        </Link>
      </li>
      {one.artifact !== null && (
        <li>
          {words.about}:{' '}
          <Link to="/artifacts/$sha256/$layout" params={one.artifact}>
            <HashText text={one.artifact.sha256} />
          </Link>
        </li>
      )}
      {scanId !== undefined && (
        <li>
          <Link to="/scans/$id" params={{ id: scanId }}>
            {words.report}
          </Link>
        </li>
      )}
    </ul>
  );
}

function Whole({ one }: { readonly one: Case }) {
  useTitle(visibleText(words.of(one.endpoint.name), 80));
  const may = useMay('changeCase');
  const { data: endpoint } = useQuery(endpointQuery(one.endpoint.id));
  const scanId = endpoint?.scan?.id;
  return (
    <>
      <h1>
        <HostileText text={words.of(one.endpoint.name)} limit={120} form="line" />
      </h1>
      <Facts one={one} scanId={scanId} />
      {may && <Work key={one.id} one={one} />}
      <History events={one.events} />
      {scanId !== undefined && <ExportCase scanId={scanId} />}
    </>
  );
}

/** One case: what is done about an endpoint or a piece of code, by whom, and what they say. */
export function CasePage() {
  const { id } = route.useParams();
  const query = useQuery(caseDetails(id));
  return (
    <>
      <nav aria-label={texts.report.crumbs}>
        <Link to="/cases">{words.heading}</Link>
      </nav>
      {query.data === undefined && <h1>{words.one}</h1>}
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && <Whole one={query.data} />}
      <ApiSource paths={[`/api/v1/cases/${id}`]} />
    </>
  );
}
