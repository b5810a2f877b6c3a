import { type Answer, ApiError, ROUTES } from '@genehound/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../api/client.ts';
import { forgetVerdicts } from '../api/queries.ts';
import { sendBytes } from '../api/send-bytes.ts';
import { useMay } from '../api/use-may.ts';
import { count, percent } from '../format/quantity.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import css from './genome.module.css';

type Source = Answer<'listSources'>['items'][number];

const COLUMNS: readonly Column<Source>[] = [
  {
    head: texts.sources.name,
    cell: ({ name, revoked }) => (
      <>
        <HostileText text={name} limit={100} form="line" />
        {revoked !== null && <> ({texts.sources.revoked})</>}
      </>
    ),
  },
  { head: texts.sources.kind, cell: ({ kind }) => texts.sources.kinds[kind] },
  { head: texts.genome.scope, cell: ({ scope }) => texts.shares.scopes[scope] },
  { head: texts.sources.licence, cell: ({ licence }) => <HostileText text={licence} limit={80} form="line" /> },
  { head: texts.sources.tlp, cell: ({ tlp }) => tlp },
  { head: texts.sources.genes, cell: ({ genes }) => count(genes), align: 'number' },
  { head: texts.sources.labels, cell: ({ labels }) => count(labels), align: 'number' },
  { head: texts.sources.files, cell: ({ files }) => count(files), align: 'number' },
  { head: texts.sources.added, cell: ({ createdAt }) => <Time value={createdAt} /> },
];

/** A signed pack from a file, with how much of it has gone over the wire. */
function PackForm() {
  const queryClient = useQueryClient();
  const [share, setShare] = useState(0);
  const words = texts.sources;
  const importing = useMutation({
    mutationFn: async (file: File) => {
      setShare(0);
      const answer = await sendBytes({ path: '/api/v1/packs?scope=organisation', body: file, onProgress: setShare });
      return ROUTES.importPack.answer.parse(answer);
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['sources'] });
      await forgetVerdicts(queryClient);
    },
  });
  return (
    <section className={css.pack} aria-labelledby="pack-heading">
      <h3 id="pack-heading">{words.pack}</h3>
      <p>{words.packHelp}</p>
      <label>
        {words.choosePack}{' '}
        <input
          type="file"
          disabled={importing.isPending}
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file !== undefined) importing.mutate(file);
            event.currentTarget.value = '';
          }}
        />
      </label>
      <p role="status">
        {importing.isPending && (
          <>
            <progress max={1} value={share} aria-label={words.pack} /> {words.importing(percent(share))}
          </>
        )}
        {importing.isSuccess && (importing.data.known ? words.known : words.imported(importing.data.source.genes))}
      </p>
      {importing.isError && (
        <Failed
          error={importing.error}
          {...(importing.error instanceof ApiError && importing.error.status === 0
            ? { onAgain: () => importing.mutate(importing.variables) }
            : {})}
        />
      )}
    </section>
  );
}

/** Where the genome's knowledge comes from. */
export function Sources() {
  const may = useMay('importPack');
  const query = useQuery({
    queryKey: ['sources'],
    queryFn: () => client.call('listSources', {}),
    refetchInterval: 20_000,
  });
  const items = query.data?.items ?? [];
  return (
    <section aria-labelledby="sources-heading">
      <h2 id="sources-heading">{texts.sources.heading}</h2>
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && items.length === 0 && <p>{texts.sources.nothing}</p>}
      {items.length > 0 && (
        <>
          <DataTable label={texts.sources.heading} columns={COLUMNS} rows={items} rowKey={({ id }) => id} />
          <SaveList name="genehound-sources" pages={onePage(items)} />
        </>
      )}
      {may && <PackForm />}
    </section>
  );
}
