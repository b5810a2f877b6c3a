import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { client } from '../api/client.ts';
import { baseName } from '../format/hostile.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { Sign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading, Stale } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';

type Foreign = Answer<'listForeign'>['items'][number];

const COLUMNS: readonly Column<Foreign>[] = [
  { head: texts.scans.verdict, cell: ({ verdict }) => <Sign sign={verdict} /> },
  {
    head: texts.foreign.software,
    cell: ({ family, path }) => (
      <>
        {family === null ? texts.unknownValue : <HostileText text={family} limit={80} form="line" />}
        {path !== null && (
          <>
            {': '}
            <HostileText text={baseName(path)} limit={60} form="line" />
          </>
        )}
      </>
    ),
  },
  {
    head: texts.foreign.why,
    cell: ({ why }) => (why === null ? texts.none : <HostileText text={why} limit={300} />),
  },
  { head: texts.fleet.endpoints.heading, cell: ({ endpoints }) => count(endpoints), align: 'number' },
  { head: texts.foreign.judged, cell: ({ judgedAt }) => <Time value={judgedAt} /> },
  {
    head: texts.foreign.code,
    cell: ({ sha256, layout, family }) => (
      <Link to="/artifacts/$sha256/$layout" params={{ sha256, layout }} search={family === null ? {} : { family }}>
        {texts.foreign.beside}
      </Link>
    ),
  },
];

/** As many as the API gives at once. */
const MOST = 500;

/** Known software with functions that no release of it ever had: what a tampered update looks like. */
export function ForeignPage() {
  useTitle(texts.foreign.heading);
  const query = useQuery({
    queryKey: ['foreign'],
    queryFn: () => client.call('listForeign', { query: { limit: MOST } }),
  });
  const items = query.data?.items ?? [];
  return (
    <>
      <h1>{texts.foreign.heading}</h1>
      <p>{texts.foreign.intro}</p>
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && items.length === 0 && <Empty>{texts.foreign.nothing}</Empty>}
      {items.length > 0 && (
        <>
          {items.length === MOST && <p>{texts.foreign.most(MOST)}</p>}
          <DataTable
            label={texts.foreign.heading}
            columns={COLUMNS}
            rows={items}
            rowKey={({ sha256, layout }) => `${sha256}/${layout}`}
          />
          <SaveList name="genehound-foreign-code" pages={onePage(items)} />
        </>
      )}
      <ApiSource paths={['/api/v1/foreign']} />
    </>
  );
}
