import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { client } from '../api/client.ts';
import { type ScanSummary, scans as scansQuery } from '../api/queries.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { SCAN_FILTERS, type ScanFilter } from '../search.ts';
import { texts } from '../texts.ts';
import { Choice } from '../ui/choice.tsx';
import { byCursor, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading, Stale } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';
import { FirstScan } from './first-scan.tsx';
import { filterOf, fits } from './scan-filter.ts';
import { ScanTable } from './scan-table.tsx';
import css from './scans.module.css';

const route = getRouteApi('/frame/scans');

/** Hunts are named in the list where they can be read; without them the list is whole but for the names. */
function useHuntNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({ queryKey: ['hunts'], queryFn: () => client.call('listHunts', {}), staleTime: 30_000 });
  return new Map((data?.items ?? []).map((hunt) => [hunt.id, hunt.name]));
}

function Filters({ all }: { readonly all: readonly ScanSummary[] }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const options = SCAN_FILTERS.map((value) => ({
    value,
    label: texts.verdicts[value === 'malicious' ? 'infected' : value],
    count: count(all.filter((scan) => filterOf(scan) === value).length),
  }));
  const choose = (value: ScanFilter | 'all'): void => {
    void navigate({ search: { ...search, verdict: value === 'all' ? undefined : value }, replace: true });
  };
  return (
    <div className={css.filters}>
      <Choice
        label={texts.scans.show}
        value={search.verdict ?? 'all'}
        options={[{ value: 'all' as const, label: texts.scans.all, count: count(all.length) }, ...options]}
        onChoose={choose}
      />
      <TextInput
        label={texts.scans.filter}
        type="search"
        size="xs"
        value={search.q ?? ''}
        onChange={(event) => {
          const q = event.currentTarget.value;
          void navigate({ search: { ...search, q: q === '' ? undefined : q }, replace: true });
        }}
      />
    </div>
  );
}

function List({ query }: { readonly query: ReturnType<typeof useScans> }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const hunts = useHuntNames();
  const all = (query.data?.pages ?? []).flatMap((page) => page.items);
  if (all.length === 0) return <FirstScan />;
  const shown = all.filter((scan) => fits(scan, search));
  return (
    <>
      <Filters all={all} />
      <p className={css.summary} role="status">
        {texts.scans.of(shown.length, all.length, query.hasNextPage)}
      </p>
      {shown.length > 0 ? (
        <ScanTable scans={shown} hunts={hunts} />
      ) : (
        <Empty>
          <p>{texts.scans.nothing}</p>
          <Button variant="default" size="xs" onClick={() => void navigate({ search: {} })}>
            {texts.scans.clear}
          </Button>
        </Empty>
      )}
      {query.hasNextPage && (
        <Button variant="default" mt="md" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {texts.scans.older}
        </Button>
      )}
    </>
  );
}

function useScans() {
  return useInfiniteQuery(scansQuery);
}

export function ScansPage() {
  useTitle(texts.scans.heading);
  const query = useScans();
  return (
    <>
      <h1>{texts.scans.heading}</h1>
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && <List query={query} />}
      {query.data !== undefined && query.data.pages[0]?.items.length !== 0 && (
        <SaveList
          name="genehound-scans"
          pages={byCursor((cursor) =>
            client.call('listScans', { query: { limit: 500, ...(cursor === undefined ? {} : { cursor }) } }),
          )}
        />
      )}
      <ApiSource paths={['/api/v1/scans']} />
    </>
  );
}
