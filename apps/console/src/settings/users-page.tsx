import { type Answer, ROLES, type Role } from '@genehound/contract';
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { client } from '../api/client.ts';
import { me } from '../api/queries.ts';
import { useMay } from '../api/use-may.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { Confirmed } from './confirmed.tsx';
import css from './settings.module.css';
import { Refused, SettingsFrame, ShownOnce } from './settings-frame.tsx';
import { textOf, users } from './settings-queries.ts';

const words = texts.settings.users;

type User = Answer<'listUsers'>['items'][number];

/** Only an operator gives or takes the role of one. */
function useOfferedRoles(): readonly Role[] {
  const { data: reader } = useQuery(me);
  return ROLES.filter((role) => role !== 'operator' || reader?.roles.includes('operator') === true);
}

function Roles({ user }: { readonly user: User }) {
  const queryClient = useQueryClient();
  const offered = useOfferedRoles();
  const [chosen, setChosen] = useState<readonly Role[] | null>(null);
  const change = useMutation({
    mutationFn: (roles: readonly Role[]) =>
      client.call('changeUser', { params: { id: user.id }, body: { roles: [...roles] } }),
    onSuccess: async () => {
      setChosen(null);
      await queryClient.invalidateQueries({ queryKey: users.queryKey });
    },
  });
  if (chosen === null)
    return (
      <Button
        size="xs"
        variant="default"
        aria-label={words.changeRolesOf(user.name)}
        onClick={() => setChosen(user.roles)}
      >
        {words.changeRoles}
      </Button>
    );
  return (
    <div>
      <Checkbox.Group
        label={words.rolesOf(user.name)}
        mb="md"
        value={[...chosen]}
        onChange={(now) => setChosen(ROLES.filter((role) => now.includes(role)))}
      >
        {offered.map((role) => (
          <Checkbox key={role} value={role} label={texts.settings.roles[role]} mt="xs" />
        ))}
      </Checkbox.Group>
      <div className={css.buttons}>
        <Button
          size="xs"
          loading={change.isPending}
          disabled={chosen.length === 0}
          onClick={() => change.mutate(chosen)}
        >
          {words.keepRoles}
        </Button>
        <Button size="xs" variant="default" onClick={() => setChosen(null)}>
          {texts.settings.notSure}
        </Button>
      </div>
      <Refused error={change.error} />
    </div>
  );
}

function Actions({ user }: { readonly user: User }) {
  const queryClient = useQueryClient();
  const onSuccess = () => queryClient.invalidateQueries({ queryKey: users.queryKey });
  const turn = useMutation({
    mutationFn: (disabled: boolean) => client.call('changeUser', { params: { id: user.id }, body: { disabled } }),
    onSuccess,
  });
  const reset = useMutation({ mutationFn: () => client.call('resetUser', { params: { id: user.id } }), onSuccess });
  const end = useMutation({ mutationFn: () => client.call('endUserSessions', { params: { id: user.id } }), onSuccess });
  const isOff = user.disabledAt !== null;
  return (
    <>
      <div className={css.buttons}>
        <Button
          size="xs"
          variant="default"
          loading={turn.isPending}
          aria-label={isOff ? words.enableOf(user.name) : words.disableOf(user.name)}
          onClick={() => turn.mutate(!isOff)}
        >
          {isOff ? words.enable : words.disable}
        </Button>
        <Confirmed
          label={words.reset}
          what={words.resetOf(user.name)}
          isPending={reset.isPending}
          onConfirmed={() => reset.mutate()}
        />
        {user.sessions > 0 && (
          <Confirmed
            label={words.endSessions(user.sessions)}
            what={words.endSessionsOf(user.name, user.sessions)}
            isPending={end.isPending}
            onConfirmed={() => end.mutate()}
          />
        )}
        <Roles user={user} />
      </div>
      <Refused error={turn.error ?? reset.error ?? end.error} />
      {reset.data !== undefined && <ShownOnce note={words.added(user.name)} secret={reset.data.password} />}
    </>
  );
}

function stateOf(user: User): string {
  if (user.disabledAt !== null) return words.disabled;
  return user.mustChangePassword ? words.initial : words.enabled;
}

const COLUMNS: readonly Column<User>[] = [
  { head: texts.settings.name, cell: (one) => <HostileText text={one.name} limit={100} form="line" /> },
  { head: words.role, cell: (one) => one.roles.map((role) => texts.settings.roles[role]).join(', ') },
  { head: words.state, cell: stateOf },
  { head: words.factor, cell: (one) => (one.secondFactor ? words.yes : words.no) },
  {
    head: words.lastSignIn,
    cell: (one) => (one.lastSignInAt === null ? texts.settings.never : <Time value={one.lastSignInAt} />),
  },
  { head: texts.settings.actions, cell: (one) => <Actions user={one} /> },
];

function NewUser() {
  const queryClient = useQueryClient();
  const offered = useOfferedRoles();
  const [roles, setRoles] = useState<readonly Role[]>(['analyst']);
  const add = useMutation({
    mutationFn: (name: string) => client.call('createUser', { body: { name, roles: [...roles] } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: users.queryKey }),
  });
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    add.mutate(textOf(new FormData(event.currentTarget), 'name'));
  };
  return (
    <form className={css.form} onSubmit={submit} aria-label={words.newHeading}>
      <h2>{words.newHeading}</h2>
      <TextInput name="name" label={texts.settings.name} autoComplete="off" required maxLength={200} />
      <Checkbox.Group
        label={words.role}
        value={[...roles]}
        onChange={(chosen) => setRoles(ROLES.filter((role) => chosen.includes(role)))}
      >
        {offered.map((role) => (
          <Checkbox key={role} value={role} label={texts.settings.roles[role]} mt="xs" />
        ))}
      </Checkbox.Group>
      <Refused error={add.error} />
      {add.data !== undefined && <ShownOnce note={words.added(add.data.name)} secret={add.data.password} />}
      <div>
        <Button type="submit" loading={add.isPending} disabled={roles.length === 0}>
          {words.add}
        </Button>
      </div>
    </form>
  );
}

/** Who may use this organisation. */
export function UsersPage() {
  const query = useQuery(users);
  const mayAdd = useMay('createUser');
  return (
    <SettingsFrame title={texts.settings.pages.users} paths={['/api/v1/users']}>
      <p>{words.intro}</p>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && (
        <DataTable
          label={texts.settings.pages.users}
          columns={COLUMNS}
          rows={query.data.items}
          rowKey={({ id }) => id}
        />
      )}
      {mayAdd && <NewUser />}
    </SettingsFrame>
  );
}
