import type { Answer } from '@genehound/contract';
import { Link } from '@tanstack/react-router';
import { useMay } from '../api/use-may.ts';
import { visibleText } from '../format/hostile.ts';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { NotTrusted } from '../ui/not-trusted.tsx';
import { Standing } from '../ui/standing.tsx';
import { Time } from '../ui/time.tsx';
import type { VirtualColumn } from '../ui/virtual-table.tsx';
import css from './endpoints.module.css';

export type EndpointRow = Answer<'listEndpoints'>['items'][number];

/** Whoever is accused is looked at first: his report has the way there, too. */
function Acquit({ row: { scan, standing, name } }: { readonly row: EndpointRow }) {
  const may = useMay('acquitEndpoint');
  if (!may || scan === null || standing !== 'no_threats') return null;
  return (
    <Link
      to="/scans/$id/acquit"
      params={{ id: scan.id }}
      aria-label={texts.fleet.endpoints.acquitOf(visibleText(name, 60))}
    >
      {texts.fleet.endpoints.acquit}
    </Link>
  );
}

export const ENDPOINT_COLUMNS: readonly VirtualColumn<EndpointRow>[] = [
  {
    head: texts.fleet.endpoints.name,
    width: '2fr',
    cell: (row) => (
      <Link to="/endpoints/$id" params={{ id: row.id }} className={css.name}>
        <HostileText text={row.name} limit={80} form="line" />
      </Link>
    ),
  },
  {
    head: texts.fleet.endpoints.standing,
    width: '2.5fr',
    cell: (row) => (
      <>
        <Standing of={row.standing} />{' '}
        {row.families.length > 0 && <HostileText text={row.families.join(', ')} limit={80} form="line" />}
      </>
    ),
  },
  {
    head: texts.fleet.endpoints.notTrusted,
    width: '12rem',
    cell: (row) => <NotTrusted of={row.artifacts} />,
  },
  {
    head: texts.fleet.endpoints.system,
    width: '1.5fr',
    cell: (row) =>
      row.operatingSystem === null ? (
        texts.unknownValue
      ) : (
        <HostileText text={row.operatingSystem} limit={60} form="line" />
      ),
  },
  {
    head: texts.fleet.endpoints.judgedBy,
    width: '11rem',
    cell: (row) =>
      row.scan === null ? (
        texts.none
      ) : (
        <Link to="/scans/$id" params={{ id: row.scan.id }}>
          <Time value={row.scan.createdAt} />
        </Link>
      ),
  },
  {
    head: texts.fleet.endpoints.decide,
    width: '5rem',
    cell: (row) => <Acquit row={row} />,
  },
];
