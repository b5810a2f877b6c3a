import type { AuditLink } from '@genehound/contract';
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { client } from '../api/client.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { SettingsFrame } from './settings-frame.tsx';
import { audit } from './settings-queries.ts';

const words = texts.settings.audit;
const WHOLE_PAGE = 1_000;

/** What is hashed of a record (contract, auditLink). */
const record = z.tuple([
  z.string(),
  z.number(),
  z.string(),
  z.string(),
  z.string(),
  z.string().nullable(),
  z.record(z.string(), z.unknown()),
]);

interface Entry {
  readonly position: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly details: string;
}

function entryOf(link: AuditLink): Entry {
  const [, , at, actor, action, subject, details] = record.parse(JSON.parse(link.record));
  const isEmpty = Object.keys(details).length === 0;
  return {
    position: link.position,
    at,
    actor,
    action,
    subject: subject ?? '',
    details: isEmpty ? '' : JSON.stringify(details),
  };
}

const COLUMNS: readonly Column<Entry>[] = [
  { head: words.position, cell: (one) => one.position, align: 'number' },
  { head: words.when, cell: (one) => <Time value={one.at} /> },
  { head: words.who, cell: (one) => <HostileText text={one.actor} limit={80} form="line" /> },
  { head: words.what, cell: (one) => one.action },
  { head: words.subject, cell: (one) => <HostileText text={one.subject} limit={120} form="line" /> },
  { head: words.details, cell: (one) => <HostileText text={one.details} limit={200} form="line" /> },
];

/** All of it, with its digests, as `genehound evidence verify` reads it. */
async function* wholeLog(): AsyncGenerator<readonly AuditLink[]> {
  let cursor: number | null = 0;
  while (cursor !== null) {
    const page: Awaited<ReturnType<typeof nextPage>> = await nextPage(cursor);
    yield page.items;
    cursor = page.nextCursor;
  }
}

const nextPage = (cursor: number) => client.call('listAudit', { query: { limit: WHOLE_PAGE, cursor } });

/** Who did what in this organisation, oldest first. */
export function AuditPage() {
  const query = useInfiniteQuery(audit);
  const entries = (query.data?.pages ?? []).flatMap((page) => page.items.map(entryOf));
  return (
    <SettingsFrame title={texts.settings.pages.audit} paths={['/api/v1/audit']}>
      <p>{words.intro}</p>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && entries.length === 0 && <Empty>{words.none}</Empty>}
      {entries.length > 0 && (
        <>
          <SaveList name="genehound-audit" pages={wholeLog} />
          <DataTable
            label={texts.settings.pages.audit}
            columns={COLUMNS}
            rows={entries}
            rowKey={({ position }) => String(position)}
          />
        </>
      )}
      {query.hasNextPage && (
        <Button variant="default" mt="md" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {words.more}
        </Button>
      )}
    </SettingsFrame>
  );
}
