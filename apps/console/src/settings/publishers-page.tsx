import type { Answer } from '@genehound/contract';
import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SyntheticEvent } from 'react';
import { client } from '../api/client.ts';
import { useMay } from '../api/use-may.ts';
import { count } from '../format/quantity.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import css from './settings.module.css';
import { Refused, SettingsFrame } from './settings-frame.tsx';
import { publishers, seenSigners, textOf } from './settings-queries.ts';

const words = texts.settings.publishers;

type Publisher = Answer<'listPublishers'>['items'][number];
type Seen = Answer<'listSeenSigners'>['items'][number];

function useRefresh() {
  const queryClient = useQueryClient();
  return async () => {
    await queryClient.invalidateQueries({ queryKey: publishers.queryKey });
    await queryClient.invalidateQueries({ queryKey: seenSigners.queryKey });
  };
}

function Remove({ of }: { readonly of: Publisher }) {
  const onSuccess = useRefresh();
  const may = useMay('removePublisher');
  const remove = useMutation({
    mutationFn: () => client.call('removePublisher', { params: { id: of.id }, body: {} }),
    onSuccess,
  });
  if (of.removed !== null || !may) return texts.none;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={remove.isPending}
        aria-label={words.removeOf(of.subject)}
        onClick={() => remove.mutate()}
      >
        {words.remove}
      </Button>
      <Refused error={remove.error} />
    </>
  );
}

const COLUMNS: readonly Column<Publisher>[] = [
  { head: words.subject, cell: (one) => <HostileText text={one.subject} limit={150} /> },
  { head: words.files, cell: (one) => count(one.files) },
  { head: words.certificates, cell: (one) => one.certificates.map(({ sha256 }) => sha256.slice(0, 16)).join(' ') },
  { head: words.reason, cell: (one) => <HostileText text={one.reason} limit={200} /> },
  { head: texts.settings.by, cell: (one) => <HostileText text={one.createdBy} limit={60} form="line" /> },
  {
    head: words.state,
    cell: ({ removed }) =>
      removed === null ? words.standing : <HostileText text={words.removedBy(removed.by)} limit={80} form="line" />,
  },
  { head: texts.settings.actions, cell: (one) => <Remove of={one} /> },
];

function stateOf({ trusted, otherChain }: Seen): string {
  if (trusted) return words.states.trusted;
  return otherChain ? words.states.otherChain : words.states.none;
}

const SEEN: readonly Column<Seen>[] = [
  { head: words.subject, cell: (one) => <HostileText text={one.subject ?? words.unnamed} limit={200} /> },
  { head: words.files, cell: (one) => count(one.files) },
  { head: words.catalogs, cell: (one) => count(one.catalogs) },
  { head: words.state, cell: stateOf },
];

function SeenSigners() {
  const query = useQuery(seenSigners);
  return (
    <section aria-label={words.seen}>
      <h2>{words.seen}</h2>
      <p>{words.seenNote}</p>
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data?.items.length === 0 && <Empty>{words.nothingSeen}</Empty>}
      {query.data !== undefined && query.data.items.length > 0 && (
        <More items={query.data.items}>
          {(rows) => (
            <DataTable label={words.seen} columns={SEEN} rows={rows} rowKey={({ subject }) => subject ?? ''} />
          )}
        </More>
      )}
    </section>
  );
}

/** Certificates that stand in a text one after another; a text without any is given as it is, to be refused with a reason. */
function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [text];
}

function NewPublisher() {
  const onSuccess = useRefresh();
  const add = useMutation({
    mutationFn: (body: { subject: string; certificates: string[]; reason: string }) =>
      client.call('addPublisher', { body }),
    onSuccess,
  });
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const certificates = [...certificatesIn(textOf(data, 'certificates'))];
    add.mutate({ subject: textOf(data, 'subject'), certificates, reason: textOf(data, 'reason') });
  };
  return (
    <form className={css.form} onSubmit={submit} aria-label={words.newHeading}>
      <h2>{words.newHeading}</h2>
      <TextInput
        name="subject"
        label={words.subject}
        description={words.subjectHint}
        autoComplete="off"
        required
        maxLength={1_200}
      />
      <Textarea
        name="certificates"
        label={words.certificate}
        description={words.certificateHint}
        required
        rows={6}
        maxLength={160_000}
      />
      <TextInput name="reason" label={words.reason} autoComplete="off" required maxLength={1_000} />
      <Refused error={add.error} />
      {add.data !== undefined && <p role="status">{words.added(add.data.files)}</p>}
      <div>
        <Button type="submit" loading={add.isPending}>
          {words.add}
        </Button>
      </div>
    </form>
  );
}

/** Whose signatures on files of Windows are trusted. */
export function PublishersPage() {
  const query = useQuery(publishers);
  const mayAdd = useMay('addPublisher');
  return (
    <SettingsFrame title={texts.settings.pages.publishers} paths={['/api/v1/publishers', '/api/v1/publishers/seen']}>
      <p>{words.intro}</p>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data?.items.length === 0 && <Empty>{words.none}</Empty>}
      {query.data !== undefined && query.data.items.length > 0 && (
        <DataTable label={words.trusted} columns={COLUMNS} rows={query.data.items} rowKey={({ id }) => id} />
      )}
      <SeenSigners />
      {mayAdd && <NewPublisher />}
    </SettingsFrame>
  );
}
