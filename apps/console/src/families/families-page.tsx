import { type Answer, FAMILY_TYPES } from '@genehound/contract';
import { NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { families as familiesQuery } from '../api/queries.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import css from '../ui/page.module.css';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading, Stale } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';

const route = getRouteApi('/frame/families');

type Family = Answer<'listFamilies'>['items'][number];

const COLUMNS: readonly Column<Family>[] = [
  {
    head: texts.genome.name,
    cell: (family) => (
      <Link to="/families/$id" params={{ id: family.id }}>
        <HostileText text={family.name} limit={100} form="line" />
      </Link>
    ),
  },
  { head: texts.genome.type, cell: (family) => texts.familyType(family.type) },
  { head: texts.genome.scope, cell: (family) => texts.shares.scopes[family.scope] },
  { head: texts.genome.count, cell: (family) => count(family.samples), align: 'number' },
];

function Filters() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <div className={css.filters}>
      <TextInput
        label={texts.genome.filter}
        type="search"
        size="xs"
        value={search.q ?? ''}
        onChange={(event) => {
          const q = event.currentTarget.value || undefined;
          void navigate({ search: { ...search, q }, replace: true });
        }}
      />
      <NativeSelect
        label={texts.genome.type}
        size="xs"
        value={search.type ?? ''}
        data={[
          { value: '', label: texts.scans.all },
          ...FAMILY_TYPES.map((value) => ({ value, label: texts.familyType(value) })),
        ]}
        onChange={(event) => {
          const type = FAMILY_TYPES.find((one) => one === event.currentTarget.value);
          void navigate({ search: { ...search, type }, replace: true });
        }}
      />
    </div>
  );
}

function List({ all }: { readonly all: readonly Family[] }) {
  const { q = '', type } = route.useSearch();
  const wanted = q.toLowerCase();
  const shown = all.filter(
    (family) => family.name.toLowerCase().includes(wanted) && (type === undefined || family.type === type),
  );
  if (shown.length === 0) return <Empty>{texts.genome.none}</Empty>;
  return (
    <>
      <p role="status">{texts.families.total(shown.length)}</p>
      <More items={shown}>
        {(rows) => <DataTable label={texts.families.heading} columns={COLUMNS} rows={rows} rowKey={({ id }) => id} />}
      </More>
      <SaveList name="genehound-families" pages={onePage(shown)} />
    </>
  );
}

/** Every family of the global genome and the organisation's own. */
export function FamiliesPage() {
  useTitle(texts.families.heading);
  const query = useQuery(familiesQuery);
  return (
    <>
      <h1>{texts.families.heading}</h1>
      <p>{texts.families.intro}</p>
      <Filters />
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && <List all={query.data.items} />}
      <ApiSource paths={['/api/v1/families']} />
    </>
  );
}
