import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { found as foundQuery } from '../api/fleet-queries.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';

const route = getRouteApi('/frame/search');

type Found = Answer<'search'>['items'][number];

function To({ one, children }: { readonly one: Found; readonly children: ReactNode }) {
  const params = { id: one.id };
  if (one.kind === 'artifact') {
    return (
      <Link to="/artifacts/$sha256/$layout" params={{ sha256: one.id, layout: one.layout ?? 'file' }}>
        {children}
      </Link>
    );
  }
  if (one.kind === 'endpoint') return <Link {...{ to: '/endpoints/$id', params }}>{children}</Link>;
  if (one.kind === 'scan') return <Link {...{ to: '/scans/$id', params }}>{children}</Link>;
  if (one.kind === 'hunt') return <Link {...{ to: '/hunts/$id', params }}>{children}</Link>;
  if (one.kind === 'cluster') return <Link {...{ to: '/unknown/$id', params }}>{children}</Link>;
  return <Link {...{ to: '/families/$id', params }}>{children}</Link>;
}

const COLUMNS: readonly Column<Found>[] = [
  { head: texts.fleet.find.kind, cell: ({ kind }) => texts.fleet.find.kinds[kind] },
  {
    head: texts.fleet.find.name,
    cell: (one) => (
      <To one={one}>
        {one.name === '' ? texts.fleet.find.memory : <HostileText text={one.name} limit={160} form="line" />}
      </To>
    ),
  },
  {
    head: texts.fleet.find.note,
    cell: ({ note }) => (note === null ? texts.none : <HostileText text={note} limit={120} form="line" />),
  },
];

function Results({ found }: { readonly found: Answer<'search'> }) {
  return (
    <>
      <p role="status">{texts.fleet.find.for(found.items.length)}</p>
      {found.partial.length > 0 && <p>{texts.fleet.find.partial}</p>}
      {found.items.length === 0 ? (
        <Empty>{texts.fleet.find.nothing}</Empty>
      ) : (
        <>
          <DataTable
            label={texts.fleet.find.heading}
            columns={COLUMNS}
            rows={found.items}
            rowKey={({ kind, id, layout }) => `${kind} ${id} ${layout}`}
          />
          <SaveList name="genehound-found" pages={onePage(found.items)} />
        </>
      )}
    </>
  );
}

/** What was found by the words in the top bar. */
export function FindPage() {
  useTitle(texts.fleet.find.heading);
  const { q = '' } = route.useSearch();
  const query = useQuery(foundQuery(q));
  return (
    <>
      <h1>
        {texts.fleet.find.heading}
        {q !== '' && (
          <>
            : <HostileText text={q} limit={120} form="line" />
          </>
        )}
      </h1>
      {q.trim().length < 2 && <Empty>{texts.fleet.find.prompt}</Empty>}
      {query.isLoading && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && <Results found={query.data} />}
      <ApiSource paths={[`/api/v1/search?q=${encodeURIComponent(q)}`]} />
    </>
  );
}
