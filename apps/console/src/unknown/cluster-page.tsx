import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { unknownCluster } from '../api/queries.ts';
import { useMay } from '../api/use-may.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { HashText } from '../ui/copyable.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { DecideForm } from './decide-form.tsx';
import css from './unknown.module.css';
import { ClusterName } from './unknown-page.tsx';

const route = getRouteApi('/frame/unknown/$id');

type Details = Answer<'getUnknown'>;
type Member = Details['shownMembers'][number];
type Sighting = Details['sightings'][number];

const pathCell = ({ path }: { readonly path: string | null }) =>
  path === null ? texts.report.noFile : <HostileText text={path} limit={120} />;

const MEMBERS: readonly Column<Member>[] = [
  { head: texts.artifacts.sha256, cell: (one) => <HashText text={one.sha256} /> },
  { head: texts.artifacts.layout, cell: (one) => texts.artifacts.layouts[one.layout] },
  { head: texts.tree.path, cell: pathCell },
  { head: texts.unknown.genes, cell: (one) => count(one.genes), align: 'number' },
  { head: texts.unknown.endpoints, cell: (one) => count(one.endpoints), align: 'number' },
];

const SIGHTINGS: readonly Column<Sighting>[] = [
  {
    head: texts.scans.endpoint,
    cell: (one) => (
      <Link to="/scans/$id" params={{ id: one.scanId }} search={{ tab: 'processes', process: String(one.pid) }}>
        {one.endpoint === null ? texts.scans.nameless : <HostileText text={one.endpoint} limit={60} form="line" />}
      </Link>
    ),
  },
  { head: texts.findings.process, cell: (one) => texts.report.pid(one.pid) },
  { head: texts.findings.address, cell: (one) => <code>{one.address}</code> },
  { head: texts.tree.path, cell: pathCell },
  { head: texts.unknown.findings, cell: (one) => (one.findings.length === 0 ? texts.none : one.findings.join(', ')) },
  { head: texts.unknown.seen, cell: (one) => <Time value={one.seenAt} /> },
];

function Facts({ cluster }: { readonly cluster: Details }) {
  return (
    <ul className={css.facts}>
      <li>{texts.unknown.membersOf(cluster.members)}</li>
      <li>{texts.unknown.endpointsOf(cluster.endpoints)}</li>
      <li>{texts.report.processes(cluster.processes)}</li>
      <li>{texts.shares.geneCount(cluster.genes)}</li>
      {cluster.resembles !== null && (
        <li>
          {texts.acquit.like} <HostileText text={cluster.resembles.family} limit={60} form="line" /> (
          {texts.percent(cluster.resembles.share)})
        </li>
      )}
    </ul>
  );
}

function Cluster({ cluster }: { readonly cluster: Details }) {
  const mayDecide = useMay('decideUnknown');
  return (
    <>
      <h1>
        {texts.unknown.cluster}: <ClusterName cluster={cluster} />
      </h1>
      <Facts cluster={cluster} />
      {mayDecide && <DecideForm clusters={[cluster]} />}
      <h2>{texts.unknown.sightings}</h2>
      <More items={cluster.sightings}>
        {(rows) => (
          <DataTable
            label={texts.unknown.sightings}
            columns={SIGHTINGS}
            rows={rows}
            rowKey={(one) => `${one.scanId}/${one.sha256}/${one.pid}/${one.address}`}
          />
        )}
      </More>
      <SaveList name="genehound-cluster-sightings" pages={onePage(cluster.sightings)} />
      <h2>{texts.unknown.members}</h2>
      <More items={cluster.shownMembers}>
        {(rows) => (
          <DataTable
            label={texts.unknown.members}
            columns={MEMBERS}
            rows={rows}
            rowKey={(one) => `${one.sha256}/${one.layout}`}
          />
        )}
      </More>
      <SaveList name="genehound-cluster-members" pages={onePage(cluster.shownMembers)} />
    </>
  );
}

/** One cluster of unknown code: where it is, what it is like, and what is to become of it. */
export function ClusterPage() {
  const { id } = route.useParams();
  const query = useQuery(unknownCluster(id));
  useTitle(texts.unknown.cluster);
  return (
    <>
      <nav aria-label={texts.report.crumbs}>
        <Link to="/unknown">{texts.unknown.heading}</Link>
      </nav>
      {query.data === undefined && <h1>{texts.unknown.cluster}</h1>}
      {query.isPending && <Loading />}
      {query.data === undefined && query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && <Cluster cluster={query.data} />}
      <ApiSource paths={[`/api/v1/unknown/${id}`]} />
    </>
  );
}
