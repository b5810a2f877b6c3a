import { type Answer, FINDING_KINDS } from '@genehound/contract';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { unknownClusters, unknownPage } from '../api/queries.ts';
import { useMay } from '../api/use-may.ts';
import { baseName, visibleText } from '../format/hostile.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import type { UnknownSearch } from '../search.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import page from '../ui/page.module.css';
import { byCursor, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading, Stale } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { DecideForm } from './decide-form.tsx';
import { SavedSearches } from './saved-searches.tsx';
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

interface Selecting {
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (id: string) => void;
}

function nameOf({ path, id }: Cluster): string {
  return path === null ? `${texts.unknown.memory} ${id.slice(0, 8)}` : visibleText(baseName(path), 60);
}

function selection({ selected, onSelect }: Selecting): Column<Cluster> {
  return {
    head: texts.unknown.select,
    cell: (cluster) => (
      <input
        type="checkbox"
        aria-label={texts.unknown.selectOne(nameOf(cluster))}
        checked={selected.has(cluster.id)}
        onChange={() => onSelect(cluster.id)}
      />
    ),
  };
}

function columns(fleet: number, selecting: Selecting | undefined): readonly Column<Cluster>[] {
  return [
    ...(selecting === undefined ? [] : [selection(selecting)]),
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

function Filters() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (part: UnknownSearch): void => void navigate({ search: { ...search, ...part }, replace: true });
  return (
    <div className={page.filters}>
      <TextInput
        label={texts.unknown.filter}
        type="search"
        size="xs"
        value={search.q ?? ''}
        onChange={(event) => change({ q: event.currentTarget.value || undefined })}
      />
      <NativeSelect
        label={texts.unknown.finding}
        size="xs"
        value={search.finding ?? ''}
        data={[{ value: '', label: texts.scans.all }, ...FINDING_KINDS]}
        onChange={(event) => change({ finding: FINDING_KINDS.find((one) => one === event.currentTarget.value) })}
      />
      <TextInput
        label={texts.unknown.most}
        type="number"
        min={1}
        size="xs"
        value={search.most ?? ''}
        onChange={(event) => change({ most: event.currentTarget.value || undefined })}
      />
    </div>
  );
}

function useSelection() {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const onSelect = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  return { selected, onSelect };
}

interface ListProps {
  readonly items: readonly Cluster[];
  readonly fleet: number;
}

/** The clusters; who may decide selects some and decides them together. */
function List({ items, fleet }: ListProps) {
  const mayDecide = useMay('decideUnknown');
  const selecting = useSelection();
  const chosen = items.filter(({ id }) => selecting.selected.has(id));
  return (
    <>
      {items.length > 0 && (
        <DataTable
          label={texts.unknown.heading}
          columns={columns(fleet, mayDecide ? selecting : undefined)}
          rows={items}
          rowKey={(cluster) => cluster.id}
        />
      )}
      {/* What was decided leaves the list; the form with its answer stays until something else is selected. */}
      {selecting.selected.size > 0 && <DecideForm clusters={chosen} />}
    </>
  );
}

/** Code in neither database, over the whole fleet, rarest first. */
export function UnknownPage() {
  useTitle(texts.unknown.heading);
  const search = route.useSearch();
  const query = useInfiniteQuery(unknownClusters(search));
  const pages = query.data?.pages ?? [];
  const items = pages.flatMap((one) => one.items);
  const filtered = Object.values(search).some((value) => value !== undefined);
  return (
    <>
      <h1>{texts.unknown.heading}</h1>
      <p>{texts.unknown.intro}</p>
      <Filters />
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && items.length === 0 && (
        <Empty>{filtered ? texts.unknown.nothingFits : texts.unknown.nothing}</Empty>
      )}
      {query.data !== undefined && <List items={items} fleet={pages[0]?.fleet ?? 0} />}
      {query.hasNextPage && (
        <Button variant="default" mt="md" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {texts.unknown.more}
        </Button>
      )}
      {items.length > 0 && (
        <SaveList name="genehound-unknown-code" pages={byCursor((cursor) => unknownPage(search, 500, cursor))} />
      )}
      <SavedSearches search={search} />
      <ApiSource paths={['/api/v1/unknown', '/api/v1/searches']} />
    </>
  );
}
