import type { Answer } from '@genehound/contract';
import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useRef } from 'react';
import { client } from '../api/client.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { SecondFactor } from './second-factor.tsx';
import css from './settings.module.css';
import { Refused, SettingsFrame } from './settings-frame.tsx';
import { ownAccount, sessions, textOf } from './settings-queries.ts';

const words = texts.settings.account;

type Session = Answer<'listSessions'>['items'][number];

function PasswordForm() {
  const queryClient = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const change = useMutation({
    mutationFn: (body: { readonly current: string; readonly password: string }) =>
      client.call('changePassword', { body }),
    onSuccess: async () => {
      form.current?.reset();
      await queryClient.invalidateQueries();
    },
  });
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    change.mutate({ current: textOf(data, 'current'), password: textOf(data, 'password') });
  };
  return (
    <form ref={form} className={css.form} onSubmit={submit} aria-label={words.passwordHeading}>
      <h2>{words.passwordHeading}</h2>
      <PasswordInput name="current" label={words.current} autoComplete="current-password" required maxLength={1_000} />
      <PasswordInput
        name="password"
        label={words.fresh}
        description={words.freshHint}
        autoComplete="new-password"
        required
        minLength={12}
        maxLength={1_000}
      />
      <Refused error={change.error} />
      {change.isSuccess && <p role="status">{words.changed}</p>}
      <div>
        <Button type="submit" loading={change.isPending}>
          {words.change}
        </Button>
      </div>
    </form>
  );
}

function EndSession({ session }: { readonly session: Session }) {
  const queryClient = useQueryClient();
  const end = useMutation({
    mutationFn: () => client.call('endSession', { params: { id: session.id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: sessions.queryKey }),
  });
  if (session.current) return words.thisOne;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={end.isPending}
        aria-label={words.endOf(session.address)}
        onClick={() => end.mutate()}
      >
        {words.end}
      </Button>
      <Refused error={end.error} />
    </>
  );
}

const COLUMNS: readonly Column<Session>[] = [
  { head: words.since, cell: (one) => <Time value={one.createdAt} /> },
  { head: words.seen, cell: (one) => <Time value={one.lastSeenAt} /> },
  { head: words.address, cell: (one) => one.address },
  { head: words.browser, cell: (one) => <HostileText text={one.browser} limit={120} form="line" /> },
  { head: texts.settings.actions, cell: (one) => <EndSession session={one} /> },
];

function Sessions() {
  const query = useQuery(sessions);
  return (
    <section aria-label={words.sessionsHeading}>
      <h2>{words.sessionsHeading}</h2>
      <p>{words.sessionsNote}</p>
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && (
        <DataTable label={words.sessionsHeading} columns={COLUMNS} rows={query.data.items} rowKey={({ id }) => id} />
      )}
    </section>
  );
}

/** The reader's own account: password, second factor, sessions. */
export function AccountPage() {
  const query = useQuery(ownAccount);
  const account = query.data;
  return (
    <SettingsFrame title={texts.settings.pages.account} paths={['/api/v1/me/account', '/api/v1/me/sessions']}>
      {query.isPending && <Loading />}
      {query.isError && account === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {account !== undefined && (
        <>
          <p>{words.intro(account.name, account.roles.map((role) => texts.settings.roles[role]).join(', '))}</p>
          {account.mustChangePassword && (
            <p className={css.notice} role="status">
              {words.mustChange}
            </p>
          )}
          <PasswordForm />
          {!account.mustChangePassword && (
            <>
              <SecondFactor account={account} />
              <Sessions />
            </>
          )}
        </>
      )}
    </SettingsFrame>
  );
}
