import type { Answer } from '@genehound/contract';
import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { client } from '../api/client.ts';
import { unknownClusters } from '../api/queries.ts';
import { baseName } from '../format/hostile.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { byCursor, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading, Stale } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import css from './unknown.module.css';

const route = getRouteApi('/frame/unknown');

export type Cluster = Answer<'listUnknown'>['items'][number];

/** What to call a cluster: the name of its file, or what it is. */
export function ClusterName({ cluster }: { readonly cluster: Pick<Cluster, 'path'> }) {
  return cluster.path === null ? (
    texts.unknown.memory
  ) : (
    <HostileText text={baseName(cluster.path)} limit={60} form="line" />
  );
}

/** Rare is what an analyst looks for: the fewer endpoints, the shorter the bar. */
function Rarity({ endpoints, fleet }: { readonly endpoints: number; readonly fleet: number }) {
  return (
    <span className={css.rarity}>
      <meter className={css.meter} min={0} max={Math.max(fleet, 1)} value={endpoints} aria-hidden="true" />
      {texts.unknown.of(endpoints, fleet)}
    </span>
  );
}

function columns(fleet: number): readonly Column<Cluster>[] {
  return [
    {
      head: texts.unknown.code,
      cell: (cluster) => (
        <Link to="/unknown/$id" params={{ id: cluster.id }}>
          <ClusterName cluster={cluster} />
        </Link>
      ),
    },
    {
      head: texts.unknown.endpoints,
      cell: (cluster) => <Rarity endpoints={cluster.endpoints} fleet={fleet} />,
    },
    { head: texts.unknown.members, cell: (cluster) => count(cluster.members), align: 'number' },
    { head: texts.unknown.genes, cell: (cluster) => count(cluster.genes), align: 'number' },
    {
      head: texts.unknown.resembles,
      cell: ({ resembles }) =>
        resembles === null ? (
          texts.none
        ) : (
          <>
            <HostileText text={resembles.family} limit={60} form="line" /> ({texts.percent(resembles.share)})
          </>
        ),
    },
    {
      head: texts.unknown.findings,
      cell: ({ findings }) => (findings.length === 0 ? texts.none : findings.join(', ')),
    },
    {
      head: texts.unknown.firstSeen,
      cell: ({ firstSeenAt }) => (firstSeenAt === null ? texts.unknownValue : <Time value={firstSeenAt} />),
    },
  ];
}

function Filter() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <TextInput
      className={css.filter ?? ''}
      label={texts.unknown.filter}
      type="search"
      size="xs"
      value={search.q ?? ''}
      onChange={(event) => {
        const q = event.currentTarget.value;
        void navigate({ search: { q: q === '' ? undefined : q }, replace: true });
      }}
    />
  );
}

/** Code in neither database, over the whole fleet, rarest first. */
export function UnknownPage() {
  useTitle(texts.unknown.heading);
  const { q } = route.useSearch();
  const query = useInfiniteQuery(unknownClusters({ search: q }));
  const pages = query.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  return (
    <>
      <h1>{texts.unknown.heading}</h1>
      <p>{texts.unknown.intro}</p>
      <Filter />
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && items.length === 0 && (
        <Empty>{q === undefined ? texts.unknown.nothing : texts.unknown.nothingFits}</Empty>
      )}
      {items.length > 0 && (
        <DataTable
          label={texts.unknown.heading}
          columns={columns(pages[0]?.fleet ?? 0)}
          rows={items}
          rowKey={(cluster) => cluster.id}
        />
      )}
      {query.hasNextPage && (
        <Button variant="default" mt="md" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {texts.unknown.more}
        </Button>
      )}
      {items.length > 0 && (
        <SaveList
          name="genehound-unknown-code"
          pages={byCursor((cursor) =>
            client.call('listUnknown', {
              query: {
                limit: 500,
                ...(q === undefined ? {} : { search: q }),
                ...(cursor === undefined ? {} : { cursor }),
              },
            }),
          )}
        />
      )}
      <ApiSource paths={['/api/v1/unknown']} />
    </>
  );
}
