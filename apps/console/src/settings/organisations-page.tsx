import type { Answer } from '@genehound/contract';
import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SyntheticEvent } from 'react';
import { client } from '../api/client.ts';
import { count } from '../format/quantity.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import css from './settings.module.css';
import { Refused, SettingsFrame, ShownOnce } from './settings-frame.tsx';
import { organisations, textOf } from './settings-queries.ts';

const words = texts.settings.organisations;

type Organisation = Answer<'listOrganisations'>['items'][number];

const COLUMNS: readonly Column<Organisation>[] = [
  { head: texts.settings.name, cell: (one) => <HostileText text={one.name} limit={100} form="line" /> },
  { head: texts.settings.created, cell: (one) => <Time value={one.createdAt} /> },
  { head: words.users, cell: (one) => count(one.users), align: 'number' },
];

function NewOrganisation() {
  const queryClient = useQueryClient();
  const add = useMutation({
    mutationFn: (body: { readonly name: string; readonly administrator: string }) =>
      client.call('createOrganisation', { body }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: organisations.queryKey }),
  });
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    add.mutate({ name: textOf(data, 'name'), administrator: textOf(data, 'administrator') });
  };
  const made = add.data?.administrator;
  return (
    <form className={css.form} onSubmit={submit} aria-label={words.newHeading}>
      <h2>{words.newHeading}</h2>
      <TextInput name="name" label={texts.settings.name} autoComplete="off" required maxLength={200} />
      <TextInput name="administrator" label={words.administrator} autoComplete="off" required maxLength={200} />
      <Refused error={add.error} />
      {made !== undefined && <ShownOnce note={words.added(made.name)} secret={made.password} />}
      <div>
        <Button type="submit" loading={add.isPending}>
          {words.add}
        </Button>
      </div>
    </form>
  );
}

/** For the operator: who shares this installation. */
export function OrganisationsPage() {
  const query = useQuery(organisations);
  return (
    <SettingsFrame title={texts.settings.pages.organisations} paths={['/api/v1/organisations']}>
      <p>{words.intro}</p>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && (
        <DataTable
          label={texts.settings.pages.organisations}
          columns={COLUMNS}
          rows={query.data.items}
          rowKey={({ id }) => id}
        />
      )}
      <NewOrganisation />
    </SettingsFrame>
  );
}
