import type { Answer } from '@genehound/contract';
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { client } from '../api/client.ts';
import { count, percent } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { Sign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { byCursor, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading, Stale } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';

export type RetroHunt = Answer<'getRetroHunt'>;

const PAGE = 100;
const fetchPage = (cursor: string | undefined) =>
  client.call('listRetroHunts', { query: { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) } });

export function RetroState({ hunt }: { readonly hunt: RetroHunt }) {
  return hunt.state === 'running' ? (
    <Sign sign="running">{texts.retro.running(percent(hunt.progress))}</Sign>
  ) : (
    texts.retro.done
  );
}

const COLUMNS: readonly Column<RetroHunt>[] = [
  {
    head: texts.retro.started,
    cell: (hunt) => (
      <Link to="/retro-hunts/$id" params={{ id: hunt.id }}>
        <Time value={hunt.startedAt} />
      </Link>
    ),
  },
  {
    head: texts.retro.families,
    cell: ({ families }) =>
      families.length === 0 ? texts.none : <HostileText text={families.join(', ')} limit={160} form="line" />,
  },
  { head: texts.genome.scope, cell: ({ scope }) => texts.shares.scopes[scope] },
  { head: texts.retro.state, cell: (hunt) => <RetroState hunt={hunt} /> },
  { head: texts.retro.genes, cell: ({ genes }) => count(genes), align: 'number' },
  { head: texts.retro.artifacts, cell: ({ changedArtifacts }) => count(changedArtifacts), align: 'number' },
  { head: texts.retro.scans, cell: ({ changedScans }) => count(changedScans), align: 'number' },
];

/** How the past was judged again, each time that knowledge changed. */
export function RetroHuntsPage() {
  useTitle(texts.retro.heading);
  const query = useInfiniteQuery({
    queryKey: ['retro-hunts'],
    queryFn: ({ pageParam }) => fetchPage(pageParam === '' ? undefined : pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
    refetchInterval: (running) =>
      running.state.data?.pages.some(({ items }) => items.some(({ state }) => state === 'running')) ? 2_000 : 20_000,
  });
  const items = (query.data?.pages ?? []).flatMap((page) => page.items);
  return (
    <>
      <h1>{texts.retro.heading}</h1>
      <p>{texts.retro.intro}</p>
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && items.length === 0 && <Empty>{texts.retro.nothing}</Empty>}
      {items.length > 0 && (
        <>
          <DataTable label={texts.retro.heading} columns={COLUMNS} rows={items} rowKey={({ id }) => id} />
          <SaveList name="genehound-retro-hunts" pages={byCursor(fetchPage)} />
        </>
      )}
      {query.hasNextPage && (
        <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {texts.retro.older}
        </Button>
      )}
      <ApiSource paths={['/api/v1/retro-hunts']} />
    </>
  );
}
