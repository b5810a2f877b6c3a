import type { Answer } from '@genehound/contract';
import { Button } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { client } from '../api/client.ts';
import { conflicts as conflictsQuery, decisions as decisionsQuery, forgetVerdicts } from '../api/queries.ts';
import { useMay } from '../api/use-may.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { byCursor, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading, Stale } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import css from './baseline.module.css';

type Decision = Answer<'listDecisions'>['items'][number];

const isUndone = ({ labels, revoked }: Decision): boolean => revoked >= labels;

function Undo({ decision }: { readonly decision: Decision }) {
  const queryClient = useQueryClient();
  const undo = useMutation({
    mutationFn: () => client.call('undoDecision', { params: { id: decision.id }, body: {} }),
    onSuccess: () => forgetVerdicts(queryClient),
  });
  const may = useMay('undoDecision');
  if (isUndone(decision)) return texts.baseline.undone;
  if (!may) return texts.none;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={undo.isPending}
        aria-label={texts.baseline.undoOf(decision.families.join(', '))}
        onClick={() => undo.mutate()}
      >
        {texts.baseline.undo}
      </Button>
      {undo.isError && <Failed error={undo.error} />}
    </>
  );
}

const COLUMNS: readonly Column<Decision>[] = [
  { head: texts.baseline.decided, cell: (one) => texts.baseline.kinds[one.kind] },
  {
    head: texts.shares.family,
    cell: (one) => <HostileText text={one.families.join(', ')} limit={120} form="line" />,
  },
  { head: texts.baseline.basis, cell: (one) => texts.baseline.bases[one.basis] },
  { head: texts.baseline.artifacts, cell: (one) => count(one.labels), align: 'number' },
  { head: texts.baseline.who, cell: (one) => <HostileText text={one.createdBy} limit={60} form="line" /> },
  { head: texts.baseline.when, cell: (one) => <Time value={one.createdAt} /> },
  {
    head: texts.baseline.why,
    cell: (one) => (
      <>
        {one.reason === null ? texts.none : <HostileText text={one.reason} limit={200} />}
        {one.scanId !== null && (
          <>
            {' '}
            <Link to="/scans/$id" params={{ id: one.scanId }}>
              {texts.baseline.fromScan}
            </Link>
          </>
        )}
      </>
    ),
  },
  { head: texts.baseline.undo, cell: (one) => <Undo decision={one} /> },
];

/** Acquittals that later knowledge contradicts: the code counts as malicious. */
function Conflicts() {
  const query = useQuery(conflictsQuery);
  const open = (query.data?.items ?? []).filter(({ resolvedAt }) => resolvedAt === null);
  if (query.isError && query.data === undefined) return <Failed error={query.error} />;
  if (open.length === 0) return null;
  return (
    <section className={css.conflicts} aria-label={texts.baseline.conflicts}>
      <h2>{texts.baseline.conflicts}</h2>
      <p>{texts.baseline.conflictsNote}</p>
      <ul>
        {open.map((one) => (
          <li key={one.labelId}>
            <HostileText text={one.acquittedAs} limit={80} form="line" />: {texts.baseline.nowMalicious}{' '}
            <HostileText text={one.families.join(', ')} limit={120} form="line" />, <Time value={one.raisedAt} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the organisation decided about code: since when, by whom, why, and the way back. */
export function BaselinePage() {
  useTitle(texts.baseline.heading);
  const query = useInfiniteQuery(decisionsQuery);
  const items = (query.data?.pages ?? []).flatMap((page) => page.items);
  return (
    <>
      <h1>{texts.baseline.heading}</h1>
      <p>{texts.baseline.intro}</p>
      <Conflicts />
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && items.length === 0 && <Empty>{texts.baseline.nothing}</Empty>}
      {items.length > 0 && (
        <DataTable label={texts.baseline.heading} columns={COLUMNS} rows={items} rowKey={(one) => one.id} />
      )}
      {query.hasNextPage && (
        <Button variant="default" mt="md" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {texts.baseline.older}
        </Button>
      )}
      {items.length > 0 && (
        <SaveList
          name="genehound-decisions"
          pages={byCursor((cursor) =>
            client.call('listDecisions', { query: { limit: 500, ...(cursor === undefined ? {} : { cursor }) } }),
          )}
        />
      )}
      <ApiSource paths={['/api/v1/decisions', '/api/v1/conflicts']} />
    </>
  );
}
