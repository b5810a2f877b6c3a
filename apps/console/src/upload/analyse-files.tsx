import { ApiError, ROUTES } from '@genehound/contract';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { client } from '../api/client.ts';
import { sendBytes } from '../api/send-bytes.ts';
import { percent } from '../format/quantity.ts';
import { Sign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { DropZone } from './drop-zone.tsx';
import type { Picked } from './dropped-files.ts';
import css from './upload.module.css';

interface Sent {
  readonly number: number;
  readonly file: File;
  readonly state: 'waiting' | 'sending' | 'sent' | 'failed';
  readonly share: number;
  readonly sha256?: string;
  readonly problem?: string;
}

/** The artifact from its bytes' arrival to its verdict. */
function Verdict({ sha256 }: { readonly sha256: string }) {
  const { data } = useQuery({
    queryKey: ['artifact', sha256, 'file'],
    queryFn: () => client.call('getArtifact', { params: { sha256, layout: 'file' } }),
    refetchInterval: (query) => {
      const found = query.state.data;
      const over = found?.verdict != null || found?.state === 'failed' || found?.state === 'unsupported';
      return over ? false : 1_000;
    },
  });
  const over = data?.state === 'failed' || data?.state === 'unsupported';
  return (
    <>
      {data?.verdict == null ? (
        over ? (
          <Sign sign="failed">{data.problem ?? texts.verdicts.failed}</Sign>
        ) : (
          <Sign sign="running">{texts.upload.analysing}</Sign>
        )
      ) : (
        <Sign sign={data.verdict.verdict} />
      )}{' '}
      <Link to="/artifacts/$sha256/$layout" params={{ sha256, layout: 'file' }}>
        {texts.upload.result}
      </Link>
    </>
  );
}

function State({ sent, onAgain }: { readonly sent: Sent; readonly onAgain: () => void }) {
  if (sent.state === 'failed') {
    return (
      <span role="alert">
        <Sign sign="failed">{texts.upload.failed}</Sign>: {sent.problem}{' '}
        <Button size="xs" variant="default" onClick={onAgain}>
          {texts.upload.again}
        </Button>
      </span>
    );
  }
  if (sent.sha256 !== undefined) return <Verdict sha256={sent.sha256} />;
  if (sent.state === 'waiting') return texts.upload.waiting;
  return (
    <>
      <progress className={css.track} max={1} value={sent.share} aria-label={sent.file.name} />{' '}
      {texts.upload.sending(percent(sent.share))}
    </>
  );
}

/** One file after the other, each with its own end. */
function useSending() {
  const [all, setAll] = useState<readonly Sent[]>([]);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const next = useRef(0);
  const change = (number: number, part: Partial<Sent>): void =>
    setAll((before) => before.map((one) => (one.number === number ? { ...one, ...part } : one)));
  const send = async (number: number, file: File): Promise<void> => {
    change(number, { state: 'sending', share: 0 });
    try {
      const answer = await sendBytes({
        path: '/api/v1/artifacts?layout=file',
        body: file,
        onProgress: (share) => change(number, { share }),
      });
      change(number, { state: 'sent', sha256: ROUTES.analyseArtifact.answer.parse(answer).sha256 });
    } catch (error) {
      const problem = error instanceof ApiError && error.status !== 0 ? error.message : texts.failure.unreachable;
      change(number, { state: 'failed', problem });
    }
  };
  const enqueue = (number: number, file: File): void => {
    queue.current = queue.current.then(() => send(number, file));
  };
  const add = (files: readonly Picked[]): void => {
    for (const { file } of files) {
      next.current += 1;
      const number = next.current;
      setAll((before) => [...before, { number, file, state: 'waiting', share: 0 }]);
      enqueue(number, file);
    }
  };
  return { all, add, again: ({ number, file }: Sent) => enqueue(number, file) };
}

export function AnalyseFiles() {
  const { all, add, again } = useSending();
  const columns: readonly Column<Sent>[] = [
    { head: texts.upload.name, cell: ({ file }) => <HostileText text={file.name} limit={100} form="line" /> },
    { head: texts.upload.state, cell: (sent) => <State sent={sent} onAgain={() => again(sent)} /> },
  ];
  return (
    <section aria-labelledby="files-heading">
      <h2 id="files-heading">{texts.upload.file}</h2>
      <DropZone label={texts.upload.choose} directory={false} onFiles={add}>
        <p>{texts.upload.fileHelp}</p>
      </DropZone>
      {all.length > 0 && (
        <DataTable label={texts.upload.file} columns={columns} rows={all} rowKey={({ number }) => String(number)} />
      )}
    </section>
  );
}
