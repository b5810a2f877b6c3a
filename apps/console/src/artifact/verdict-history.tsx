import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { Sign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import page from '../ui/page.module.css';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { type ArtifactKey, verdictHistory } from './artifact-queries.ts';

type Judged = Answer<'listVerdictHistory'>['items'][number];

const words = texts.artifact.history;

const COLUMNS: readonly Column<Judged>[] = [
  { head: texts.scans.verdict, cell: ({ verdict }) => <Sign sign={verdict} /> },
  { head: texts.families.kind, cell: ({ subVerdict }) => texts.subVerdict(subVerdict) },
  { head: words.because, cell: ({ because }) => words.causes[because] },
  { head: words.judged, cell: ({ judgedAt }) => <Time value={judgedAt} /> },
  {
    head: texts.artifacts.why,
    cell: ({ reasons }) =>
      reasons[0] === undefined ? texts.none : <HostileText text={reasons.join('; ')} limit={200} />,
  },
];

/** How this code was judged over time, and what changed it. */
export function VerdictHistory({ of }: { readonly of: ArtifactKey }) {
  const query = useQuery(verdictHistory(of));
  const items = query.data?.items ?? [];
  return (
    <section className={page.section} aria-labelledby="judged-heading">
      <h2 id="judged-heading">{words.heading}</h2>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && items.length < 2 && <p>{words.never}</p>}
      {items.length > 1 && (
        <>
          <DataTable label={words.heading} columns={COLUMNS} rows={items} rowKey={(_, at) => String(at)} />
          <SaveList name="genehound-verdicts" pages={onePage(items)} />
        </>
      )}
    </section>
  );
}
