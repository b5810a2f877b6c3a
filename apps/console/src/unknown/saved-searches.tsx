import type { Answer } from '@genehound/contract';
import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { client } from '../api/client.ts';
import { useMay } from '../api/use-may.ts';
import { count } from '../format/quantity.ts';
import type { UnknownSearch } from '../search.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import form from '../ui/form.module.css';
import { HostileText } from '../ui/hostile-text.tsx';
import page from '../ui/page.module.css';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import css from './unknown.module.css';

const words = texts.unknown.saved;

type Saved = Answer<'listSearches'>['items'][number];

const KEY = ['searches'] as const;

function placeOf({ filter }: Saved): UnknownSearch {
  const { search, finding, maxEndpoints } = filter;
  return { q: search, finding, most: maxEndpoints === undefined ? undefined : String(maxEndpoints) };
}

function describe({ search, finding, maxEndpoints }: Saved['filter']): string {
  return [
    ...(search === undefined ? [] : [words.contains(search)]),
    ...(finding === undefined ? [] : [words.finding(finding)]),
    ...(maxEndpoints === undefined ? [] : [words.atMost(maxEndpoints)]),
  ].join(', ');
}

function Remove({ one }: { readonly one: Saved }) {
  const queryClient = useQueryClient();
  const may = useMay('removeSearch');
  const removing = useMutation({
    mutationFn: () => client.call('removeSearch', { params: { id: one.id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
  if (!may) return texts.none;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={removing.isPending}
        aria-label={words.removeOf(one.name)}
        onClick={() => removing.mutate()}
      >
        {words.remove}
      </Button>
      {removing.isError && <Failed error={removing.error} />}
    </>
  );
}

const COLUMNS: readonly Column<Saved>[] = [
  {
    head: words.name,
    cell: (one) => (
      <Link to="/unknown" search={placeOf(one)}>
        <HostileText text={one.name} limit={100} form="line" />
      </Link>
    ),
  },
  { head: words.looksFor, cell: ({ filter }) => <HostileText text={describe(filter)} limit={200} /> },
  { head: words.hits, cell: ({ hits }) => count(hits), align: 'number' },
  { head: words.last, cell: ({ lastHitAt }) => (lastHitAt === null ? texts.none : <Time value={lastHitAt} />) },
  { head: words.by, cell: ({ createdBy }) => <HostileText text={createdBy} limit={60} form="line" /> },
  { head: texts.settings.actions, cell: (one) => <Remove one={one} /> },
];

/** Keeps what is looked for now under a name. */
function Keep({ search }: { readonly search: UnknownSearch }) {
  const queryClient = useQueryClient();
  const [name, setName] = useState('');
  const most = search.most === undefined ? undefined : Number(search.most);
  const filter = {
    ...(search.q === undefined ? {} : { search: search.q }),
    ...(search.finding === undefined ? {} : { finding: search.finding }),
    ...(most === undefined ? {} : { maxEndpoints: most }),
  };
  const saving = useMutation({
    mutationFn: () => client.call('saveSearch', { body: { name: name.trim(), filter } }),
    onSuccess: () => {
      setName('');
      return queryClient.invalidateQueries({ queryKey: KEY });
    },
  });
  if (Object.keys(filter).length === 0) return <p>{words.how}</p>;
  return (
    <form
      className={form.buttons}
      aria-label={words.keep}
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate();
      }}
    >
      <TextInput
        size="xs"
        label={words.keepAs}
        maxLength={200}
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" variant="default" loading={saving.isPending} disabled={name.trim() === ''}>
        {words.keep}
      </Button>
      <span role="status">{saving.isSuccess && words.kept}</span>
      {saving.isError && <Failed error={saving.error} />}
    </form>
  );
}

/** Searches that go on: each tells by the notifications when new code fits. */
export function SavedSearches({ search }: { readonly search: UnknownSearch }) {
  const mayKeep = useMay('saveSearch');
  const query = useQuery({ queryKey: KEY, queryFn: () => client.call('listSearches', {}) });
  const items = query.data?.items ?? [];
  return (
    <section className={`${page.section} ${css.saved}`} aria-labelledby="searches-heading">
      <h2 id="searches-heading">{words.heading}</h2>
      {mayKeep && <Keep search={search} />}
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && items.length === 0 && <p>{words.nothing}</p>}
      {items.length > 0 && (
        <>
          <DataTable label={words.heading} columns={COLUMNS} rows={items} rowKey={({ id }) => id} />
          <SaveList name="genehound-searches" pages={onePage(items)} />
        </>
      )}
    </section>
  );
}
