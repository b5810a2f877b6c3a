import { Link } from '@tanstack/react-router';
import type { ScanSummary } from '../api/queries.ts';
import { duration, secondsBetween } from '../format/time.ts';
import { Sign, scanSign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { NotTrusted } from '../ui/not-trusted.tsx';
import { Time } from '../ui/time.tsx';
import css from './scans.module.css';

const FAMILIES_SHOWN = 3;

function ScanState({ scan }: { readonly scan: ScanSummary }) {
  if (scan.state === 'failed') return <Sign sign="failed" />;
  if (scan.state === 'receiving') return <Sign sign="running">{texts.scans.receiving}</Sign>;
  if (scan.state === 'analysing') return <Sign sign="running">{texts.scans.analysing(scan.pending)}</Sign>;
  return scan.verdict === null ? <Sign sign="running" /> : <Sign sign={scanSign(scan.verdict)} />;
}

function Verdict({ scan }: { readonly scan: ScanSummary }) {
  return (
    <>
      <ScanState scan={scan} />
      {scan.families.slice(0, FAMILIES_SHOWN).map((family) => (
        <span key={family} className={css.family}>
          <HostileText text={family} limit={80} form="line" />
        </span>
      ))}
      {scan.families.length > FAMILIES_SHOWN && (
        <span className={css.family}>{texts.artifacts.more(scan.families.length - FAMILIES_SHOWN)}</span>
      )}
    </>
  );
}

function Endpoint({ scan }: { readonly scan: ScanSummary }) {
  const name = scan.endpoint?.name ?? '';
  return (
    <Link to="/scans/$id" params={{ id: scan.id }} className={css.endpoint}>
      {name === '' ? texts.scans.nameless : <HostileText text={name} limit={80} form="line" />}
    </Link>
  );
}

function Took({ scan }: { readonly scan: ScanSummary }) {
  const seconds = secondsBetween(scan.createdAt, scan.endedAt);
  return <span className={css.nowrap}>{seconds === undefined ? '–' : duration(seconds)}</span>;
}

interface Props {
  readonly scans: readonly ScanSummary[];
  readonly hunts: ReadonlyMap<string, string>;
}

export function ScanTable({ scans, hunts }: Props) {
  const columns: readonly Column<ScanSummary>[] = [
    { head: texts.scans.endpoint, cell: (scan) => <Endpoint scan={scan} /> },
    { head: texts.scans.verdict, cell: (scan) => <Verdict scan={scan} /> },
    {
      head: texts.scans.hunt,
      cell: (scan) => {
        const name = scan.huntId === null ? undefined : hunts.get(scan.huntId);
        return name === undefined ? (
          <span className={css.dim}>–</span>
        ) : (
          <HostileText text={name} limit={80} form="line" />
        );
      },
    },
    {
      head: texts.scans.artifactsNotTrusted,
      cell: (scan) => <NotTrusted of={scan.artifacts} total />,
      align: 'number',
    },
    { head: texts.scans.started, cell: (scan) => <Time value={scan.createdAt} /> },
    { head: texts.scans.took, cell: (scan) => <Took scan={scan} />, align: 'number' },
  ];
  return <DataTable label={texts.scans.table} columns={columns} rows={scans} rowKey={(scan) => scan.id} />;
}
