import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { SignShape } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import css from './report.module.css';

type Surroundings = Answer<'getScanSurroundings'>;
type Autorun = NonNullable<Surroundings['autoruns']>[number];
type Task = NonNullable<Surroundings['scheduledTasks']>[number];
type Started = Autorun['files'][number];

const NOTHING = '–';

function Text({ value, limit = 160 }: { readonly value: string | null; readonly limit?: number }) {
  return value === null ? NOTHING : <HostileText text={value} limit={limit} />;
}

function Files({ files }: { readonly files: readonly Started[] }) {
  if (files.length === 0) return NOTHING;
  return files.map((file) => (
    <span key={`${file.path} ${file.sha256}`} className={css.note}>
      {file.verdict !== null && (
        <span title={texts.verdicts[file.verdict]}>
          <SignShape sign={file.verdict} />
        </span>
      )}{' '}
      <HostileText text={file.path} limit={120} />
      {file.verdict !== null && ` (${texts.verdicts[file.verdict]})`}
    </span>
  ));
}

const AUTORUN_COLUMNS: readonly Column<Autorun>[] = [
  { head: texts.artifact.category, cell: ({ category }) => <Text value={category} limit={60} /> },
  { head: texts.artifact.entry, cell: ({ entry, name }) => <Text value={name ?? entry} /> },
  { head: texts.artifact.value, cell: ({ value }) => <Text value={value} /> },
  { head: texts.artifact.starts, cell: ({ files }) => <Files files={files} /> },
  { head: texts.artifact.user, cell: ({ user }) => <Text value={user} limit={60} /> },
];

const TASK_COLUMNS: readonly Column<Task>[] = [
  { head: texts.artifact.task, cell: ({ name }) => <Text value={name} /> },
  { head: texts.artifact.when, cell: ({ when }) => <Text value={when} /> },
  {
    head: texts.artifact.command,
    cell: ({ actions }) => (
      <Text value={actions.map((one) => `${one.command ?? ''} ${one.arguments ?? ''}`).join('; ')} />
    ),
  },
  { head: texts.artifact.starts, cell: ({ actions }) => <Files files={actions.flatMap(({ files }) => files)} /> },
  { head: texts.artifact.user, cell: ({ user }) => <Text value={user} limit={60} /> },
];

/** What accuses comes first; the order of the scan within. */
const RANK = ['malicious', 'suspicious', 'unknown', 'trusted'];

function worst(files: readonly Started[]): number {
  return Math.min(RANK.length, ...files.map(({ verdict }) => (verdict === null ? RANK.length : RANK.indexOf(verdict))));
}

interface ListProps<T> {
  readonly label: string;
  /** Of the file that it is saved as. */
  readonly file: string;
  readonly rows: readonly T[] | null;
  readonly columns: readonly Column<T>[];
  readonly none: string;
  readonly leftOut: number;
  readonly filesOf: (row: T) => readonly Started[];
}

function List<T extends Autorun | Task>({ label, file, rows, columns, none, leftOut, filesOf }: ListProps<T>) {
  const sorted = rows === null ? [] : [...rows].sort((a, b) => worst(filesOf(a)) - worst(filesOf(b)));
  return (
    <section aria-label={label}>
      <h2>{label}</h2>
      {rows === null && <p>{texts.artifact.neverTold}</p>}
      {rows?.length === 0 && <Empty>{none}</Empty>}
      {sorted.length > 0 && (
        <>
          <More items={sorted}>
            {(shown) => <DataTable label={label} columns={columns} rows={shown} rowKey={(_, at) => String(at)} />}
          </More>
          <SaveList name={file} pages={onePage(sorted)} />
        </>
      )}
      {leftOut > 0 && <p>{texts.artifact.leftOut(leftOut)}</p>}
    </section>
  );
}

function Manifest({ manifest }: { readonly manifest: Surroundings['manifest'] }) {
  if (manifest === null) return null;
  const missing = manifest.notReceived.length;
  return (
    <section aria-label={texts.artifact.manifest}>
      <h2>{texts.artifact.manifest}</h2>
      <p>
        {texts.artifact.sent(manifest.messages, manifest.artifacts)}{' '}
        {missing === 0 ? texts.artifact.allReceived : texts.artifact.notReceived(missing)}
      </p>
    </section>
  );
}

/** What starts by itself on the endpoint, with the verdict of what it starts, and the scanner's account of what it sent. */
export function Persistence({ id }: { readonly id: string }) {
  const query = useQuery({
    queryKey: ['scan', id, 'surroundings'],
    queryFn: () => client.call('getScanSurroundings', { params: { id } }),
  });
  if (query.isError) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  const { autoruns, scheduledTasks, manifest, leftOut } = query.data;
  return (
    <>
      <List
        label={texts.artifact.autoruns}
        file="genehound-autoruns"
        rows={autoruns}
        columns={AUTORUN_COLUMNS}
        none={texts.artifact.noAutoruns}
        leftOut={leftOut.autoruns}
        filesOf={({ files }) => files}
      />
      <List
        label={texts.artifact.tasks}
        file="genehound-scheduled-tasks"
        rows={scheduledTasks}
        columns={TASK_COLUMNS}
        none={texts.artifact.noTasks}
        leftOut={leftOut.scheduledTasks}
        filesOf={({ actions }) => actions.flatMap(({ files }) => files)}
      />
      <Manifest manifest={manifest} />
    </>
  );
}
