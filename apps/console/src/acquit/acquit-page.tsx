import type { Answer } from '@genehound/contract';
import { Button, Checkbox, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { client } from '../api/client.ts';
import { acquittal as acquittalQuery, forgetVerdicts } from '../api/queries.ts';
import { useMay } from '../api/use-may.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { HashText } from '../ui/copyable.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';
import css from './acquit.module.css';

const route = getRouteApi('/frame/scans/$id/acquit');

type Preview = Answer<'previewAcquittal'>;
type Group = Preview['groups'][number];

function Resembles({ module }: { readonly module: Group['modules'][number] }) {
  const [first] = module.resembles;
  if (first === undefined) return <span className={css.dim}>{texts.acquit.likeNothing}</span>;
  return (
    <span className={css.dim}>
      {texts.acquit.like} <HostileText text={first.family} limit={60} form="line" /> ({texts.percent(first.share)})
    </span>
  );
}

function Software(props: {
  readonly group: Group;
  readonly chosen: boolean;
  readonly onChoose: (on: boolean) => void;
}) {
  const { group, chosen, onChoose } = props;
  return (
    <li className={css.group}>
      <Checkbox
        checked={chosen}
        onChange={(event) => onChoose(event.currentTarget.checked)}
        label={
          <>
            <HostileText text={group.software} limit={100} form="line" />, {texts.acquit.modules(group.modules.length)}
          </>
        }
      />
      <details>
        <summary>{texts.acquit.show}</summary>
        <More items={group.modules}>
          {(modules) => (
            <ul className={css.modules}>
              {modules.map((module) => (
                <li key={`${module.sha256}/${module.layout}`}>
                  {module.path === null ? (
                    <HashText text={module.sha256} />
                  ) : (
                    <HostileText text={module.path} limit={160} />
                  )}{' '}
                  {texts.shares.geneCount(module.genes)} <Resembles module={module} />
                </li>
              ))}
            </ul>
          )}
        </More>
      </details>
    </li>
  );
}

function LeftOut({ preview }: { readonly preview: Preview }) {
  if (preview.leftOut.length === 0) return null;
  return (
    <section aria-label={texts.acquit.leftOut}>
      <h2>{texts.acquit.leftOutHead(preview.leftOut.length)}</h2>
      <More items={preview.leftOut}>
        {(items) => (
          <ul className={css.modules}>
            {items.map((one) => (
              <li key={`${one.sha256}/${one.layout}`}>
                {one.path === null ? <HashText text={one.sha256} /> : <HostileText text={one.path} limit={160} />}:{' '}
                {one.details}
              </li>
            ))}
          </ul>
        )}
      </More>
    </section>
  );
}

/** What was decided, and where it can be taken back. */
function Done({ labels }: { readonly labels: number }) {
  return (
    <p role="status">
      {texts.acquit.done(labels)} <Link to="/baseline">{texts.acquit.toBaseline}</Link>
    </p>
  );
}

interface ChooseProps {
  readonly preview: Preview;
  readonly onDone: (labels: number) => void;
}

function Choose({ preview, onDone }: ChooseProps) {
  const queryClient = useQueryClient();
  const [unticked, setUnticked] = useState<ReadonlySet<string>>(new Set());
  const [reason, setReason] = useState('');
  const may = useMay('acquitEndpoint');
  const chosen = preview.groups.filter((group) => !unticked.has(group.software));
  const acquit = useMutation({
    mutationFn: () =>
      client.call('acquitEndpoint', {
        params: { id: preview.scanId },
        body: {
          software: chosen.map((group) => group.software),
          ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
        },
      }),
    onSuccess: async ({ decision }) => {
      // First what was done: the preview that is asked for anew has nothing left to choose.
      onDone(decision.labels);
      await forgetVerdicts(queryClient);
    },
  });
  const toggle = (software: string, on: boolean): void => {
    const next = new Set(unticked);
    if (on) next.delete(software);
    else next.add(software);
    setUnticked(next);
  };
  const modules = chosen.reduce((sum, group) => sum + group.modules.length, 0);
  return (
    <>
      <p>{texts.acquit.trusts(modules, chosen.length)}</p>
      <ul className={css.groups}>
        {preview.groups.map((group) => (
          <Software
            key={group.software}
            group={group}
            chosen={!unticked.has(group.software)}
            onChoose={(on) => toggle(group.software, on)}
          />
        ))}
      </ul>
      <LeftOut preview={preview} />
      <Textarea
        className={css.reason ?? ''}
        label={texts.acquit.reason}
        maxLength={1_000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {acquit.isError && <Failed error={acquit.error} />}
      <Button mt="md" disabled={!may || chosen.length === 0} loading={acquit.isPending} onClick={() => acquit.mutate()}>
        {texts.acquit.confirm(modules)}
      </Button>
    </>
  );
}

function Body({ preview }: { readonly preview: Preview }) {
  const [done, setDone] = useState<number | undefined>(undefined);
  if (done !== undefined) return <Done labels={done} />;
  if (preview.refusal !== null) {
    return (
      <p role="status">
        {texts.acquit.refused} {preview.refusal}
      </p>
    );
  }
  if (preview.groups.length === 0) {
    return (
      <>
        <p role="status">{texts.acquit.nothing}</p>
        <LeftOut preview={preview} />
      </>
    );
  }
  return <Choose preview={preview} onDone={setDone} />;
}

/** Acquit endpoint: exactly what will be trusted, what is left out and why, before anything changes. */
export function AcquitPage() {
  const { id } = route.useParams();
  const query = useQuery(acquittalQuery(id));
  useTitle(texts.acquit.heading);
  return (
    <>
      <nav aria-label={texts.report.crumbs}>
        <Link to="/scans/$id" params={{ id }}>
          {texts.acquit.toReport}
        </Link>
      </nav>
      <h1>
        {texts.acquit.heading}
        {query.data !== undefined && (
          <>
            : <HostileText text={query.data.endpoint.name} limit={60} form="line" />
          </>
        )}
      </h1>
      {query.isPending && <Loading />}
      {query.data === undefined && query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && <Body preview={query.data} />}
      <ApiSource paths={[`/api/v1/scans/${id}/acquittal`]} />
    </>
  );
}
