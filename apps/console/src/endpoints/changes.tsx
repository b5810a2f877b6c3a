import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { scanChanges } from '../api/fleet-queries.ts';
import { baseName } from '../format/hostile.ts';
import { Sign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { HashText } from '../ui/copyable.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';

type Changes = Answer<'getScanChanges'>;
type Changed = Changes['appearedItems'][number];

const COLUMNS: readonly Column<Changed>[] = [
  {
    head: texts.scans.verdict,
    cell: ({ verdict }) => (verdict === null ? texts.fleet.endpoints.notJudged : <Sign sign={verdict} />),
  },
  {
    head: texts.unknown.code,
    cell: (one) => (
      <Link to="/artifacts/$sha256/$layout" params={{ sha256: one.sha256, layout: one.layout }}>
        {one.path === null ? texts.unknown.memory : <HostileText text={baseName(one.path)} limit={60} form="line" />}
      </Link>
    ),
  },
  {
    head: texts.fleet.endpoints.where,
    cell: ({ path, pid }) => (
      <>
        {path !== null && <HostileText text={path} limit={120} form="line" />}
        {pid > 0 && <> {texts.report.pid(pid)}</>}
      </>
    ),
  },
  { head: texts.artifacts.sha256, cell: ({ sha256 }) => <HashText text={sha256} /> },
];

interface SideProps {
  readonly label: string;
  readonly items: readonly Changed[];
  readonly total: number;
}

function Side({ label, items, total }: SideProps) {
  if (total === 0) return null;
  return (
    <>
      <h3>{label}</h3>
      {items.length < total && <p>{texts.fleet.endpoints.shownOf(items.length, total)}</p>}
      <More items={items} first={50}>
        {(rows) => (
          <DataTable label={label} columns={COLUMNS} rows={rows} rowKey={(one) => `${one.sha256}/${one.layout}`} />
        )}
      </More>
    </>
  );
}

function Compared({ changes }: { readonly changes: Changes }) {
  const words = texts.fleet.endpoints;
  const { since, appeared, gone } = changes;
  if (since === null) return <p>{words.nothingBefore}</p>;
  const rows = [
    ...changes.appearedItems.map((one) => ({ change: 'appeared', ...one })),
    ...changes.goneItems.map((one) => ({ change: 'gone', ...one })),
  ];
  return (
    <>
      <p>
        {words.compared}{' '}
        <Link to="/scans/$id" params={{ id: since.id }}>
          <Time value={since.createdAt} />
        </Link>
        . {words.unread}
      </p>
      {appeared + gone === 0 && <p>{words.noChanges}</p>}
      <Side label={words.appeared(appeared)} items={changes.appearedItems} total={appeared} />
      <Side label={words.gone(gone)} items={changes.goneItems} total={gone} />
      {rows.length > 0 && <SaveList name="genehound-changes" pages={onePage(rows)} />}
    </>
  );
}

/** What this scan saw that the one before did not, and the other way round. */
export function ScanChanges({ id }: { readonly id: string }) {
  const query = useQuery(scanChanges(id));
  if (query.data !== undefined) return <Compared changes={query.data} />;
  if (query.isError) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  return <Loading />;
}
