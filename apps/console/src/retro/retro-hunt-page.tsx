import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { client } from '../api/client.ts';
import { ApiSource } from '../frame/frame.tsx';
import { Sign, scanSign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { HashText } from '../ui/copyable.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { type RetroHunt, RetroState } from './retro-hunts-page.tsx';

const route = getRouteApi('/frame/retro-hunts/$id');

type Changes = Answer<'listRetroHuntChanges'>;
type ScanChange = Changes['scans'][number];
type ArtifactChange = Changes['artifacts'][number];

interface Judgement {
  readonly verdict: ScanChange['before'];
  readonly families: readonly string[];
}

function Judged({ verdict, families }: Judgement) {
  return (
    <>
      <Sign sign={scanSign(verdict)} />{' '}
      {families.length > 0 && <HostileText text={families.join(', ')} limit={80} form="line" />}
    </>
  );
}

const SCANS: readonly Column<ScanChange>[] = [
  {
    head: texts.scans.endpoint,
    cell: ({ scanId, endpoint }) => (
      <Link to="/scans/$id" params={{ id: scanId }}>
        {endpoint === null ? texts.scans.nameless : <HostileText text={endpoint.name} limit={80} form="line" />}
      </Link>
    ),
  },
  { head: texts.retro.scannedAt, cell: ({ createdAt }) => <Time value={createdAt} /> },
  {
    head: texts.retro.before,
    cell: ({ before, familiesBefore }) => <Judged verdict={before} families={familiesBefore} />,
  },
  { head: texts.retro.after, cell: ({ after, familiesAfter }) => <Judged verdict={after} families={familiesAfter} /> },
];

const ARTIFACTS: readonly Column<ArtifactChange>[] = [
  {
    head: texts.artifacts.sha256,
    cell: ({ sha256, layout }) => (
      <Link to="/artifacts/$sha256/$layout" params={{ sha256, layout }}>
        <HashText text={sha256} />
      </Link>
    ),
  },
  { head: texts.artifacts.layout, cell: ({ layout }) => texts.artifacts.layouts[layout] },
  { head: texts.retro.before, cell: ({ before }) => <Sign sign={before} /> },
  { head: texts.retro.after, cell: ({ after }) => <Sign sign={after} /> },
];

function Changed({ changes }: { readonly changes: Changes }) {
  const words = texts.retro;
  return (
    <>
      <h2>{words.changedScans}</h2>
      {changes.scans.length === 0 ? (
        <p>{words.noScans}</p>
      ) : (
        <>
          <More items={changes.scans}>
            {(rows) => (
              <DataTable
                label={words.changedScans}
                columns={SCANS}
                rows={rows}
                rowKey={({ scanId }, at) => `${scanId} ${at}`}
              />
            )}
          </More>
          <SaveList name="genehound-retro-hunt-scans" pages={onePage(changes.scans)} />
        </>
      )}
      <h2>{words.changedArtifacts}</h2>
      {changes.artifacts.length === 0 ? (
        <p>{words.noArtifacts}</p>
      ) : (
        <>
          <More items={changes.artifacts}>
            {(rows) => (
              <DataTable
                label={words.changedArtifacts}
                columns={ARTIFACTS}
                rows={rows}
                rowKey={({ sha256, layout }) => `${sha256}/${layout}`}
              />
            )}
          </More>
          <SaveList name="genehound-retro-hunt-code" pages={onePage(changes.artifacts)} />
        </>
      )}
    </>
  );
}

function Facts({ hunt }: { readonly hunt: RetroHunt }) {
  return (
    <p>
      <RetroState hunt={hunt} /> · <Time value={hunt.startedAt} />
      {hunt.families.length > 0 && (
        <>
          {' · '}
          <HostileText text={hunt.families.join(', ')} limit={200} />
        </>
      )}
    </p>
  );
}

/** What one change of knowledge made of the past. */
export function RetroHuntPage() {
  useTitle(texts.retro.one);
  const { id } = route.useParams();
  const hunt = useQuery({
    queryKey: ['retro-hunt', id],
    queryFn: () => client.call('getRetroHunt', { params: { id } }),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? 2_000 : false),
  });
  const changes = useQuery({
    queryKey: ['retro-hunt', id, 'changes', hunt.data?.state ?? ''],
    queryFn: () => client.call('listRetroHuntChanges', { params: { id } }),
    enabled: hunt.data !== undefined,
  });
  return (
    <>
      <nav aria-label={texts.report.crumbs}>
        <Link to="/retro-hunts">{texts.retro.heading}</Link>
      </nav>
      <h1>{texts.retro.one}</h1>
      {(hunt.isPending || changes.isLoading) && <Loading />}
      {hunt.isError && hunt.data === undefined && <Failed error={hunt.error} onAgain={() => void hunt.refetch()} />}
      {hunt.data !== undefined && <Facts hunt={hunt.data} />}
      {changes.isError && <Failed error={changes.error} onAgain={() => void changes.refetch()} />}
      {changes.data !== undefined && <Changed changes={changes.data} />}
      <ApiSource paths={[`/api/v1/retro-hunts/${id}`, `/api/v1/retro-hunts/${id}/changes`]} />
    </>
  );
}
