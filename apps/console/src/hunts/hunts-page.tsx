import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMay } from '../api/use-may.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading, Stale } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { hunts as huntsQuery } from './hunt-queries.ts';
import css from './hunts.module.css';

export type Hunt = Answer<'getHunt'>;

/** Where the hunt stands, in words that promise nothing: there is no agent that would run by itself. */
export function RoundState({ hunt }: { readonly hunt: Hunt }) {
  const { round, nextRoundAt, closedAt } = hunt;
  if (closedAt !== null) return texts.hunts.closed;
  if (round === null || round.state === 'ended') {
    if (nextRoundAt === null) return texts.hunts.over;
    return (
      <>
        {texts.hunts.next} <Time value={nextRoundAt} />
      </>
    );
  }
  return texts.hunts.roundOf(round.number, texts.hunts.rounds[round.state]);
}

const COLUMNS: readonly Column<Hunt>[] = [
  {
    head: texts.hunts.name,
    cell: (hunt) => (
      <Link to="/hunts/$id" params={{ id: hunt.id }}>
        <HostileText text={hunt.name} limit={80} form="line" />
      </Link>
    ),
  },
  { head: texts.hunts.targets, cell: (hunt) => (hunt.anyone ? texts.hunts.whoever : count(hunt.targets)) },
  { head: texts.hunts.scans, cell: (hunt) => count(hunt.scans), align: 'number' },
  { head: texts.hunts.round, cell: (hunt) => <RoundState hunt={hunt} /> },
  { head: texts.hunts.owner, cell: (hunt) => <HostileText text={hunt.owner} limit={60} form="line" /> },
  { head: texts.hunts.created, cell: (hunt) => <Time value={hunt.createdAt} /> },
];

export function HuntsPage() {
  useTitle(texts.hunts.heading);
  const query = useQuery(huntsQuery);
  const may = useMay('createHunt');
  const items = query.data?.items ?? [];
  return (
    <>
      <h1>{texts.hunts.heading}</h1>
      <p>{texts.hunts.intro}</p>
      {may && (
        <p>
          <Link to="/hunts/new" className={css.new}>
            {texts.hunts.create}
          </Link>
        </p>
      )}
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && items.length === 0 && <Empty>{texts.hunts.nothing}</Empty>}
      {items.length > 0 && (
        <DataTable label={texts.hunts.heading} columns={COLUMNS} rows={items} rowKey={(hunt) => hunt.id} />
      )}
      {items.length > 0 && <SaveList name="genehound-hunts" pages={onePage(items)} />}
      <ApiSource paths={['/api/v1/hunts']} />
    </>
  );
}
