import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { client } from '../api/client.ts';
import { baseName, visibleText } from '../format/hostile.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { Sign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { HashText } from '../ui/copyable.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import css from '../ui/page.module.css';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Failed, Loading, Stale } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { FamilyFacts } from './family-facts.tsx';
import { Vaccine } from './vaccine.tsx';

const route = getRouteApi('/frame/families/$id');

type Family = Answer<'getFamily'>;
type Member = Family['members'][number];
type Artifact = Family['artifacts'][number];

/** Samples of the global genome are no artifacts of the organisation, so that their hashes lead to the search. */
const MEMBERS: readonly Column<Member>[] = [
  {
    head: texts.artifacts.sha256,
    cell: ({ sha256 }) => (
      <Link to="/search" search={{ q: sha256 }}>
        <HashText text={sha256} />
      </Link>
    ),
  },
  { head: texts.artifacts.layout, cell: ({ layout }) => texts.artifacts.layouts[layout] },
  { head: texts.families.source, cell: ({ source }) => <HostileText text={source} limit={120} form="line" /> },
  { head: texts.baseline.basis, cell: ({ basis }) => texts.baseline.bases[basis] },
  {
    head: texts.unknown.genes,
    cell: ({ genes }) => (genes === null ? texts.unknownValue : count(genes)),
    align: 'number',
  },
  { head: texts.baseline.when, cell: ({ createdAt }) => <Time value={createdAt} /> },
  { head: texts.baseline.who, cell: ({ createdBy }) => <HostileText text={createdBy} limit={60} form="line" /> },
];

const ARTIFACTS: readonly Column<Artifact>[] = [
  { head: texts.scans.verdict, cell: ({ verdict }) => <Sign sign={verdict} /> },
  {
    head: texts.unknown.code,
    cell: ({ sha256, layout, path }) => (
      <Link to="/artifacts/$sha256/$layout" params={{ sha256, layout }}>
        {path === null ? texts.unknown.memory : <HostileText text={baseName(path)} limit={60} form="line" />}
      </Link>
    ),
  },
  { head: texts.families.kind, cell: ({ subVerdict }) => texts.subVerdict(subVerdict) },
  {
    head: texts.tree.path,
    cell: ({ path }) => (path === null ? texts.none : <HostileText text={path} limit={120} form="line" />),
  },
  { head: texts.artifacts.sha256, cell: ({ sha256 }) => <HashText text={sha256} /> },
];

function Members({ family }: { readonly family: Family }) {
  const words = texts.families;
  return (
    <section className={css.section} aria-labelledby="members-heading">
      <h2 id="members-heading">{words.members}</h2>
      {family.members.length === 0 && <p>{words.noMembers}</p>}
      {family.members.length < family.samples && (
        <p>{texts.fleet.endpoints.shownOf(family.members.length, family.samples)}</p>
      )}
      {family.members.length > 0 && (
        <>
          <More items={family.members} first={50}>
            {(rows) => (
              <DataTable label={words.members} columns={MEMBERS} rows={rows} rowKey={({ labelId }) => labelId} />
            )}
          </More>
          <SaveList name="genehound-family-members" pages={onePage(family.members)} />
        </>
      )}
    </section>
  );
}

/** As many as the API names. */
const MOST_ARTIFACTS = 100;

function Whole({ family }: { readonly family: Family }) {
  useTitle(visibleText(family.name, 60));
  const words = texts.families;
  return (
    <>
      <h1>
        <HostileText text={family.name} limit={120} form="line" />
      </h1>
      <ul className={css.facts}>
        <li>{texts.familyType(family.type)}</li>
        <li>{texts.shares.scopes[family.scope]}</li>
        <li>{words.samples(family.samples)}</li>
        <li>
          {words.since} <Time value={family.createdAt} />
        </li>
        <li>
          <Link to="/endpoints" search={{ family: family.name, sort: 'standing' }}>
            {words.hit(family.endpoints)}
          </Link>
        </li>
      </ul>
      <section className={css.section} aria-labelledby="met-heading">
        <h2 id="met-heading">{words.met}</h2>
        {family.artifacts.length === 0 ? (
          <p>{words.notMet}</p>
        ) : (
          <>
            {family.artifacts.length === MOST_ARTIFACTS && <p>{words.most(MOST_ARTIFACTS)}</p>}
            <DataTable
              label={words.met}
              columns={ARTIFACTS}
              rows={family.artifacts}
              rowKey={({ sha256, layout }) => `${sha256}/${layout}`}
            />
            <SaveList name="genehound-family-artifacts" pages={onePage(family.artifacts)} />
          </>
        )}
      </section>
      <FamilyFacts id={family.id} />
      <Members family={family} />
      <Vaccine of={{ family: family.name }} />
    </>
  );
}

/** One family: what it is, what speaks for it, and where its code was met. */
export function FamilyPage() {
  const { id } = route.useParams();
  const query = useQuery({
    queryKey: ['families', id],
    queryFn: () => client.call('getFamily', { params: { id } }),
  });
  return (
    <>
      <nav aria-label={texts.report.crumbs}>
        <Link to="/families">{texts.families.heading}</Link>
      </nav>
      {query.data === undefined && <h1>{texts.shares.family}</h1>}
      {query.isPending && <Loading />}
      {query.isError && query.data === undefined && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.isError && query.data !== undefined && <Stale />}
      {query.data !== undefined && <Whole family={query.data} />}
      <ApiSource paths={[`/api/v1/families/${id}`, `/api/v1/families/${id}/facts`]} />
    </>
  );
}
