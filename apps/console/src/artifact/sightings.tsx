import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { client } from '../api/client.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import type { ArtifactKey } from './artifact-queries.ts';

type Sightings = Answer<'listArtifactSightings'>;
type Item = Sightings['items'][number];

const COLUMNS: readonly Column<Item>[] = [
  {
    head: texts.scans.endpoint,
    cell: ({ endpoint }) =>
      endpoint === null ? (
        texts.scans.nameless
      ) : (
        <Link to="/endpoints/$id" params={{ id: endpoint.id }}>
          <HostileText text={endpoint.name} limit={60} form="line" />
        </Link>
      ),
  },
  {
    head: texts.findings.process,
    cell: ({ scanId, pid }) => (
      <Link to="/scans/$id" params={{ id: scanId }} search={{ tab: 'processes', process: String(pid) }}>
        {texts.report.pid(pid)}
      </Link>
    ),
  },
  { head: texts.findings.address, cell: ({ address }) => <code>{address}</code> },
  {
    head: texts.tree.path,
    cell: ({ path }) => (path === null ? texts.report.noFile : <HostileText text={path} limit={120} form="line" />),
  },
  {
    head: texts.unknown.findings,
    cell: ({ findings }) => (findings.length === 0 ? texts.none : findings.join(', ')),
  },
  { head: texts.unknown.seen, cell: ({ seenAt }) => <Time value={seenAt} /> },
];

function Seen({ sightings }: { readonly sightings: Sightings }) {
  const { endpoints, fleet, firstSeenAt, items } = sightings;
  return (
    <>
      <p>
        {texts.unknown.endpointsOf(endpoints)} ({texts.unknown.of(endpoints, fleet)})
        {firstSeenAt !== null && (
          <>
            {', '}
            {texts.unknown.firstSeen} <Time value={firstSeenAt} />
          </>
        )}
      </p>
      {items.length > 0 && (
        <>
          <More items={items} first={20}>
            {(rows) => (
              <DataTable
                label={texts.unknown.sightings}
                columns={COLUMNS}
                rows={rows}
                rowKey={({ endpoint, scanId }) => `${endpoint?.id} ${scanId}`}
              />
            )}
          </More>
          <SaveList name="genehound-sightings" pages={onePage(items)} />
        </>
      )}
    </>
  );
}

/** Whether this code is elsewhere: every endpoint that has it. */
export function ArtifactSightings({ of: { sha256, layout } }: { readonly of: ArtifactKey }) {
  const query = useQuery({
    queryKey: ['artifact', sha256, layout, 'sightings'],
    queryFn: () => client.call('listArtifactSightings', { params: { sha256, layout } }),
  });
  return (
    <section aria-labelledby="sightings-heading">
      <h2 id="sightings-heading">{texts.unknown.sightings}</h2>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && <Seen sightings={query.data} />}
    </section>
  );
}
