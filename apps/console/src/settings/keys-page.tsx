import { type Answer, PERMISSIONS, type Permission } from '@genehound/contract';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SyntheticEvent } from 'react';
import { client } from '../api/client.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { Confirmed } from './confirmed.tsx';
import css from './settings.module.css';
import { Refused, SettingsFrame, ShownOnce } from './settings-frame.tsx';
import { keys, textOf } from './settings-queries.ts';

const words = texts.settings.keys;
const DAY_SECONDS = 86_400;

type Key = Answer<'listKeys'>['items'][number];

function stateOf(key: Key): string {
  if (key.revokedAt !== null) return words.revoked;
  return key.expiresAt !== null && Date.parse(key.expiresAt) < Date.now() ? words.expired : words.valid;
}

function Revoke({ of }: { readonly of: Key }) {
  const queryClient = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => client.call('revokeKey', { params: { id: of.id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.queryKey }),
  });
  if (of.revokedAt !== null) return texts.none;
  return (
    <>
      <Confirmed
        label={words.revoke}
        what={words.revokeOf(of.name)}
        isPending={revoke.isPending}
        onConfirmed={() => revoke.mutate()}
      />
      <Refused error={revoke.error} />
    </>
  );
}

const timeOrNever = (value: string | null) => (value === null ? texts.settings.never : <Time value={value} />);

const COLUMNS: readonly Column<Key>[] = [
  { head: texts.settings.name, cell: (one) => <HostileText text={one.name} limit={100} form="line" /> },
  { head: words.permission, cell: (one) => one.permission },
  { head: words.state, cell: stateOf },
  { head: words.expires, cell: (one) => timeOrNever(one.expiresAt) },
  { head: words.lastUse, cell: (one) => timeOrNever(one.lastUsedAt) },
  { head: texts.settings.by, cell: (one) => <HostileText text={one.createdBy} limit={60} form="line" /> },
  { head: texts.settings.actions, cell: (one) => <Revoke of={one} /> },
];

interface NewKey {
  readonly name: string;
  readonly permission: Permission;
  readonly days: number;
}

function MakeKey() {
  const queryClient = useQueryClient();
  const make = useMutation({
    mutationFn: ({ name, permission, days }: NewKey) =>
      client.call('createKey', { body: { name, permission, expiresIn: days * DAY_SECONDS } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.queryKey }),
  });
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const permission = PERMISSIONS.find((one) => one === textOf(data, 'permission')) ?? 'scan';
    make.mutate({ name: textOf(data, 'name'), permission, days: Number(textOf(data, 'days')) });
  };
  return (
    <form className={css.form} onSubmit={submit} aria-label={words.newHeading}>
      <h2>{words.newHeading}</h2>
      <TextInput name="name" label={texts.settings.name} autoComplete="off" required maxLength={200} />
      <NativeSelect
        name="permission"
        label={words.permission}
        data={PERMISSIONS.map((value) => ({ value, label: words.permissions[value] }))}
      />
      <TextInput name="days" label={words.days} type="number" min={1} max={3_650} defaultValue="30" required />
      <Refused error={make.error} />
      {make.data !== undefined && <ShownOnce note={words.made(make.data.name)} secret={make.data.secret} />}
      <div>
        <Button type="submit" loading={make.isPending}>
          {words.make}
        </Button>
      </div>
    </form>
  );
}

/** Keys for scanners and scripts. */
export function KeysPage() {
  const query = useQuery(keys);
  return (
    <SettingsFrame title={texts.settings.pages.keys} paths={['/api/v1/keys']}>
      <p>{words.intro}</p>
      <MakeKey />
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data?.items.length === 0 && <Empty>{words.none}</Empty>}
      {query.data !== undefined && query.data.items.length > 0 && (
        <More items={query.data.items}>
          {(rows) => (
            <DataTable label={texts.settings.pages.keys} columns={COLUMNS} rows={rows} rowKey={({ id }) => id} />
          )}
        </More>
      )}
    </SettingsFrame>
  );
}
