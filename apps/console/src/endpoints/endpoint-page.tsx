import type { Answer } from '@genehound/contract';
import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { client } from '../api/client.ts';
import { endpoint as endpointQuery } from '../api/fleet-queries.ts';
import { visibleText } from '../format/hostile.ts';
import { ApiSource } from '../frame/frame.tsx';
import { ScanTable } from '../scans/scan-table.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import page from '../ui/page.module.css';
import { byCursor, SaveList } from '../ui/save-list.tsx';
import { Standing } from '../ui/standing.tsx';
import { Failed, Loading, Stale } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { ScanChanges } from './changes.tsx';
import css from './endpoints.module.css';

const route = getRouteApi('/frame/endpoints/$id');

type Endpoint = Answer<'getEndpoint'>;
type Identity = Endpoint['identities'][number];

const KINDS: Readonly<Record<string, string>> = texts.fleet.endpoints.kinds;
const IDENTITIES: readonly Column<Identity>[] = [
  { head: texts.fleet.endpoints.kind, cell: ({ kind }) => KINDS[kind] ?? kind },
  { head: texts.fleet.endpoints.value, cell: ({ value }) => <HostileText text={value} limit={120} /> },
  { head: texts.fleet.endpoints.seen, cell: ({ seenAt }) => <Time value={seenAt} /> },
];

const PAGE = 50;
const scansOf = (id: string, cursor: string | undefined) =>
  client.call('listScans', { query: { endpointId: id, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) } });

function History({ id }: { readonly id: string }) {
  const query = useInfiniteQuery({
    queryKey: ['endpoint', id, 'scans'],
    queryFn: ({ pageParam }) => scansOf(id, pageParam === '' ? undefined : pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });
  const scans = (query.data?.pages ?? []).flatMap(({ items }) => items);
  return (
    <section className={page.section} aria-labelledby="history-heading">
      <h2 id="history-heading">{texts.fleet.endpoints.history}</h2>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {scans.length > 0 && <ScanTable scans={scans} hunts={new Map()} />}
      {query.hasNextPage && (
        <Button variant="default" mt="md" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {texts.scans.older}
        </Button>
      )}
      {scans.length > 0 && (
        <SaveList name="genehound-scans-of-endpoint" pages={byCursor((cursor) => scansOf(id, cursor))} />
      )}
    </section>
  );
}

function Facts({ endpoint }: { readonly endpoint: Endpoint }) {
  const words = texts.fleet.endpoints;
  return (
    <ul className={page.facts}>
      <li>
        {words.system}:{' '}
        {endpoint.operatingSystem === null ? (
          texts.unknownValue
        ) : (
          <HostileText text={endpoint.operatingSystem} limit={80} form="line" />
        )}
      </li>
      <li>
        {words.first}: <Time value={endpoint.firstSeenAt} />
      </li>
      <li>
        {words.seen}: <Time value={endpoint.lastSeenAt} />
      </li>
      <li>{words.scans(endpoint.scans)}</li>
      {endpoint.identity === 'name_only' && <li title={texts.report.nameOnlyWhy}>{texts.report.nameOnly}</li>}
    </ul>
  );
}

function Whole({ endpoint }: { readonly endpoint: Endpoint }) {
  useTitle(visibleText(endpoint.name, 60));
  const words = texts.fleet.endpoints;
  return (
    <>
      <div className={css.head}>
        <h1>
          <HostileText text={endpoint.name} limit={100} form="line" />
        </h1>
        <Standing of={endpoint.standing} />
        {endpoint.families.length > 0 && <HostileText text={endpoint.families.join(', ')} limit={200} form="line" />}
        {endpoint.scan !== null && (
          <Link to="/scans/$id" params={{ id: endpoint.scan.id }}>
            {words.newest}
          </Link>
        )}
      </div>
      <Facts endpoint={endpoint} />
      {endpoint.scan !== null && (
        <section aria-labelledby="changes-heading">
          <h2 id="changes-heading">{words.changes}</h2>
          <ScanChanges id={endpoint.scan.id} />
        </section>
      )}
      <History id={endpoint.id} />
      <section className={page.section} aria-labelledby="identities-heading">
        <h2 id="identities-heading">{words.identities}</h2>
        <DataTable
          label={words.identities}
          columns={IDENTITIES}
          rows={endpoint.identities}
          rowKey={({ kind, value }) => `${kind} ${value}`}
        />
      </section>
    </>
  );
}

/** One machine: where it stands, what changed on it, every scan of it. */
export function EndpointPage() {
  const { id } = route.useParams();
  const query = useQuery(endpointQuery(id));
  return (
    <>
      <nav aria-label={texts.report.crumbs}>
        <Link to="/endpoints">{texts.fleet.endpoints.heading}</Link>
      </nav>
      {query.data === undefined && <h1>{texts.fleet.endpoints.name}</h1>}
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && <Whole endpoint={query.data} />}
      <ApiSource
        paths={[
          `/api/v1/endpoints/${id}`,
          `/api/v1/scans?endpointId=${id}`,
          ...(query.data?.scan == null ? [] : [`/api/v1/scans/${query.data.scan.id}/changes`]),
        ]}
      />
    </>
  );
}
