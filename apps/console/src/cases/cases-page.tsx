import { type Answer, cases as contract } from '@genehound/contract';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { HashText } from '../ui/copyable.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import css from '../ui/page.module.css';
import { byCursor, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading, Stale } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { State } from './case-line.tsx';
import { caseList, casesPage } from './case-queries.ts';

const route = getRouteApi('/frame/cases');
const words = texts.cases;

type Case = Answer<'listCases'>['items'][number];

const COLUMNS: readonly Column<Case>[] = [
  {
    head: words.endpoint,
    cell: ({ id, endpoint }) => (
      <Link to="/cases/$id" params={{ id }}>
        <HostileText text={endpoint.name} limit={100} form="line" />
      </Link>
    ),
  },
  {
    head: words.about,
    cell: ({ artifact }) => (artifact === null ? words.wholeEndpoint : <HashText text={artifact.sha256} />),
  },
  { head: words.state, cell: ({ state }) => <State of={state} /> },
  {
    head: words.assignee,
    cell: ({ assignee }) => (assignee === null ? words.nobody : <HostileText text={assignee} limit={60} form="line" />),
  },
  { head: words.comments, cell: ({ comments }) => count(comments), align: 'number' },
  { head: words.changed, cell: ({ updatedAt }) => <Time value={updatedAt} /> },
];

function Filters() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <div className={css.filters}>
      <NativeSelect
        label={words.state}
        size="xs"
        value={search.state ?? ''}
        data={[
          { value: '', label: texts.scans.all },
          ...contract.CASE_STATES.map((value) => ({ value, label: words.states[value] })),
        ]}
        onChange={(event) => {
          const state = contract.CASE_STATES.find((one) => one === event.currentTarget.value);
          void navigate({ search: { ...search, state }, replace: true });
        }}
      />
      <TextInput
        label={words.assignee}
        type="search"
        size="xs"
        value={search.assignee ?? ''}
        onChange={(event) => {
          const assignee = event.currentTarget.value || undefined;
          void navigate({ search: { ...search, assignee }, replace: true });
        }}
      />
    </div>
  );
}

/** Every case, last changed first. */
export function CasesPage() {
  useTitle(words.heading);
  const search = route.useSearch();
  const query = useInfiniteQuery(caseList(search));
  const items = (query.data?.pages ?? []).flatMap((page) => page.items);
  const filtered = search.state !== undefined || search.assignee !== undefined;
  return (
    <>
      <h1>{words.heading}</h1>
      <p>{words.intro}</p>
      <Filters />
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && items.length === 0 && <Empty>{filtered ? words.nothingFits : words.nothing}</Empty>}
      {items.length > 0 && (
        <>
          <p role="status">{words.total(items.length, query.hasNextPage)}</p>
          <DataTable label={words.heading} columns={COLUMNS} rows={items} rowKey={({ id }) => id} />
        </>
      )}
      {query.hasNextPage && (
        <Button variant="default" mt="md" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {words.older}
        </Button>
      )}
      {items.length > 0 && (
        <SaveList name="genehound-cases" pages={byCursor((cursor) => casesPage(search, 500, cursor))} />
      )}
      <ApiSource paths={['/api/v1/cases']} />
    </>
  );
}
