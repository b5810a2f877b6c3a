import type { Answer } from '@genehound/contract';
import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SyntheticEvent } from 'react';
import { client } from '../api/client.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import css from './settings.module.css';
import { Refused, SettingsFrame, ShownOnce } from './settings-frame.tsx';
import { channels, messages, textOf } from './settings-queries.ts';

const words = texts.settings.notifications;

type Channel = Answer<'listChannels'>['items'][number];
type Message = Answer<'listNotifications'>['items'][number];

function Actions({ channel }: { readonly channel: Channel }) {
  const queryClient = useQueryClient();
  const onSettled = async () => {
    await queryClient.invalidateQueries({ queryKey: channels.queryKey });
    await queryClient.invalidateQueries({ queryKey: messages.queryKey });
  };
  const params = { id: channel.id };
  const test = useMutation({ mutationFn: () => client.call('testChannel', { params }), onSettled });
  const remove = useMutation({ mutationFn: () => client.call('removeChannel', { params }), onSettled });
  return (
    <>
      <div className={css.buttons}>
        <Button
          size="xs"
          variant="default"
          loading={test.isPending}
          aria-label={words.testOf(channel.name)}
          onClick={() => test.mutate()}
        >
          {words.test}
        </Button>
        <Button
          size="xs"
          variant="default"
          loading={remove.isPending}
          aria-label={words.removeOf(channel.name)}
          onClick={() => remove.mutate()}
        >
          {words.remove}
        </Button>
      </div>
      {test.data !== undefined && (
        <span role="status">
          {test.data.state === 'sent' ? (
            words.taken
          ) : (
            <HostileText text={words.notTaken(test.data.problem ?? '')} limit={300} />
          )}
        </span>
      )}
      <Refused error={test.error ?? remove.error} />
    </>
  );
}

const CHANNELS: readonly Column<Channel>[] = [
  { head: texts.settings.name, cell: (one) => <HostileText text={one.name} limit={80} form="line" /> },
  { head: words.kind, cell: (one) => one.kind },
  { head: words.to, cell: (one) => <HostileText text={one.address} limit={120} form="line" /> },
  { head: words.events, cell: (one) => one.events.join(', ') },
  { head: words.from, cell: (one) => one.severity },
  { head: texts.settings.actions, cell: (one) => <Actions channel={one} /> },
];

const MESSAGES: readonly Column<Message>[] = [
  { head: words.when, cell: (one) => <Time value={one.createdAt} /> },
  { head: words.channel, cell: (one) => <HostileText text={one.channel} limit={80} form="line" /> },
  { head: words.text, cell: (one) => <HostileText text={one.text} limit={300} /> },
  {
    head: words.state,
    cell: (one) => (
      <>
        {words.states[one.state]} {one.problem !== null && <HostileText text={one.problem} limit={200} />}
      </>
    ),
  },
];

function NewWebhook() {
  const queryClient = useQueryClient();
  const add = useMutation({
    mutationFn: ({ name, url }: { readonly name: string; readonly url: string }) =>
      client.call('addChannel', { body: { name, to: { kind: 'webhook', url } } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: channels.queryKey }),
  });
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    add.mutate({ name: textOf(data, 'name'), url: textOf(data, 'url') });
  };
  return (
    <form className={css.form} onSubmit={submit} aria-label={words.newHeading}>
      <h2>{words.newHeading}</h2>
      <TextInput name="name" label={texts.settings.name} autoComplete="off" required maxLength={200} />
      <TextInput name="url" label={words.url} type="url" required maxLength={2_000} />
      <Refused error={add.error} />
      {add.data?.secret !== undefined && add.data.secret !== null && (
        <ShownOnce note={words.added} secret={add.data.secret} />
      )}
      <div>
        <Button type="submit" loading={add.isPending}>
          {words.add}
        </Button>
      </div>
    </form>
  );
}

function Log() {
  const query = useQuery(messages);
  return (
    <section aria-label={words.log}>
      <h2>{words.log}</h2>
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data?.items.length === 0 && <Empty>{words.nothing}</Empty>}
      {query.data !== undefined && query.data.items.length > 0 && (
        <DataTable label={words.log} columns={MESSAGES} rows={query.data.items} rowKey={({ id }) => id} />
      )}
    </section>
  );
}

/** Who is told, and what became of each message. */
export function NotificationsPage() {
  const query = useQuery(channels);
  return (
    <SettingsFrame title={texts.settings.pages.notifications} paths={['/api/v1/channels', '/api/v1/notifications']}>
      <p>{words.intro}</p>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data?.items.length === 0 && <Empty>{words.none}</Empty>}
      {query.data !== undefined && query.data.items.length > 0 && (
        <DataTable label={words.channels} columns={CHANNELS} rows={query.data.items} rowKey={({ id }) => id} />
      )}
      <NewWebhook />
      <Log />
    </SettingsFrame>
  );
}
