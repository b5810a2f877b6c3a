import { fleet } from '@genehound/contract';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { client } from '../api/client.ts';
import { ENDPOINT_PAGE, endpointFilter, endpointPage } from '../api/fleet-queries.ts';
import { ApiSource } from '../frame/frame.tsx';
import type { EndpointsSearch } from '../search.ts';
import { texts } from '../texts.ts';
import { Choice } from '../ui/choice.tsx';
import { SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading, Stale } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';
import { VirtualTable } from '../ui/virtual-table.tsx';
import { ENDPOINT_COLUMNS, type EndpointRow } from './endpoint-columns.tsx';
import css from './endpoints.module.css';

const route = getRouteApi('/frame/endpoints');

const WORST_FIRST = ['malicious', 'suspicious', 'incomplete', 'no_threats', 'not_judged'] as const;

function useChange(): (change: EndpointsSearch) => void {
  const navigate = route.useNavigate();
  return (change) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
}

function Filters() {
  const search = route.useSearch();
  const change = useChange();
  const words = texts.fleet.endpoints;
  const options = WORST_FIRST.map((value) => ({ value, label: texts.fleet.standings[value] }));
  return (
    <div className={css.filters}>
      <Choice
        label={texts.scans.show}
        value={search.standing ?? 'all'}
        options={[{ value: 'all' as const, label: texts.scans.all }, ...options]}
        onChoose={(value) => change({ standing: value === 'all' ? undefined : value })}
      />
      <TextInput
        label={words.search}
        type="search"
        size="xs"
        maxLength={200}
        value={search.q ?? ''}
        onChange={(event) => change({ q: event.currentTarget.value || undefined })}
      />
      <TextInput
        label={words.family}
        type="search"
        size="xs"
        maxLength={200}
        value={search.family ?? ''}
        onChange={(event) => change({ family: event.currentTarget.value || undefined })}
      />
      <NativeSelect
        label={words.sort}
        size="xs"
        value={search.sort ?? 'name'}
        data={fleet.ENDPOINT_SORTS.map((value) => ({ value, label: words.sorts[value] }))}
        onChange={(event) => change({ sort: fleet.ENDPOINT_SORTS.find((one) => one === event.currentTarget.value) })}
      />
    </div>
  );
}

/** The pages of the list that lie under what is seen; the first is always kept for the total. */
function useRows(search: EndpointsSearch) {
  const [pages, setPages] = useState<readonly number[]>([]);
  const first = useQuery(endpointPage(search, 0));
  const more = useQueries({ queries: pages.map((page) => endpointPage(search, page)) });
  const onSeen = useCallback((from: number, to: number) => {
    const wanted: number[] = [];
    for (let page = Math.floor(from / ENDPOINT_PAGE); page * ENDPOINT_PAGE < to; page++)
      if (page > 0) wanted.push(page);
    setPages((before) => (before.join() === wanted.join() ? before : wanted));
  }, []);
  const rowAt = (at: number): EndpointRow | undefined => {
    const page = Math.floor(at / ENDPOINT_PAGE);
    const data = page === 0 ? first.data : more[pages.indexOf(page)]?.data;
    return data?.items[at - page * ENDPOINT_PAGE];
  };
  const failed = [first, ...more].find(({ isError }) => isError);
  return { first, rowAt, onSeen, failed };
}

async function* allPages(search: EndpointsSearch) {
  const limit = 1_000;
  for (let offset = 0; ; offset += limit) {
    const { items } = await client.call('listEndpoints', { query: { ...endpointFilter(search), offset, limit } });
    yield items;
    if (items.length < limit) return;
  }
}

function List() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { first, rowAt, onSeen, failed } = useRows(search);
  const filtered = search.standing !== undefined || search.q !== undefined || search.family !== undefined;
  if (first.data === undefined) {
    return first.isError ? <Failed error={first.error} onAgain={() => void first.refetch()} /> : <Loading />;
  }
  const { total } = first.data;
  return (
    <>
      {failed !== undefined && <Stale />}
      <p className={css.summary} role="status">
        {texts.fleet.endpoints.total(total)}
      </p>
      {total === 0 ? (
        <Empty>
          <p>{filtered ? texts.fleet.endpoints.nothing : texts.fleet.endpoints.none}</p>
          {filtered && (
            <Button variant="default" size="xs" onClick={() => void navigate({ search: {} })}>
              {texts.scans.clear}
            </Button>
          )}
        </Empty>
      ) : (
        <>
          <VirtualTable
            key={JSON.stringify(search)}
            label={texts.fleet.endpoints.heading}
            columns={ENDPOINT_COLUMNS}
            total={total}
            rowAt={rowAt}
            onSeen={onSeen}
          />
          <SaveList name="genehound-endpoints" pages={() => allPages(search)} />
        </>
      )}
    </>
  );
}

/** Every machine of the fleet, of which fifty thousand are scrolled as one. */
export function EndpointsPage() {
  useTitle(texts.fleet.endpoints.heading);
  return (
    <>
      <h1>{texts.fleet.endpoints.heading}</h1>
      <p>{texts.fleet.endpoints.intro}</p>
      <Filters />
      <List />
      <ApiSource paths={['/api/v1/endpoints']} />
    </>
  );
}
