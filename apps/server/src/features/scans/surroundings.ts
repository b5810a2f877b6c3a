import type { ArtifactVerdict, Autorun, ManifestInfo, ScanSurroundings, ScheduledTask } from '@genehound/contract';
import type { ScanDocument } from './document.ts';
import type { JudgedSeen } from './judged.ts';

/** Entries of each kind that are kept with the judged scan; a machine has some hundreds. */
const MOST_ENTRIES = 5_000;
/** Messages that a manifest names and nobody received. */
const MOST_NOT_RECEIVED = 100;

type Started = NonNullable<ScanSurroundings['autoruns']>[number]['files'][number];
type VerdictOf = ReadonlyMap<string, ArtifactVerdict>;
type Named = Autorun['extracted_files'];

function filesOf(named: Named, verdicts: VerdictOf): Started[] {
  return Object.values(named ?? {}).map(({ full_path: path, sha256 }) => ({
    path,
    sha256,
    verdict: verdicts.get(sha256) ?? null,
  }));
}

function autorunOf(entry: Autorun, verdicts: VerdictOf): NonNullable<ScanSurroundings['autoruns']>[number] {
  return {
    category: entry.category ?? null,
    entry: entry.entry_path ?? null,
    value: entry.entry_value ?? null,
    name: entry.display_name ?? null,
    user: entry.username ?? null,
    state: entry.state ?? null,
    files: filesOf(entry.extracted_files, verdicts),
  };
}

function taskOf(task: ScheduledTask, verdicts: VerdictOf): NonNullable<ScanSurroundings['scheduledTasks']>[number] {
  return {
    name: task.task_name ?? null,
    author: task.author ?? null,
    state: task.state ?? null,
    hidden: task.is_hidden ?? null,
    when: task.when ?? null,
    user: task.username ?? null,
    actions: (task.exec_actions ?? []).map((action) => ({
      command: action.exec_path ?? null,
      arguments: action.exec_args ?? null,
      directory: action.exec_working_dir ?? null,
      files: filesOf(action.extracted_files, verdicts),
    })),
  };
}

/** `received`: SHA-256 of every message as it came. */
function manifestOf(manifest: ManifestInfo, received: ReadonlySet<string>): ScanSurroundings['manifest'] {
  return {
    scannerVersion: manifest.scanner.version,
    platform: manifest.scanner.platform,
    scannerSha256: manifest.scanner.sha256 ?? null,
    started: manifest.clock.started,
    ended: manifest.clock.ended,
    private: manifest.private,
    messages: manifest.messages.length,
    artifacts: manifest.artifacts.length,
    leftOut: manifest.left_out,
    notReceived: manifest.messages
      .filter(({ sha256 }) => !received.has(sha256))
      .slice(0, MOST_NOT_RECEIVED)
      .map(({ route, sha256 }) => ({ route, sha256 })),
  };
}

function metricsOf(document: ScanDocument): ScanSurroundings['metrics'] {
  const said = document.end?.runtime_metrics;
  if (said === undefined) return null;
  const figures = Object.entries(said).flatMap(([name, value]): [string, number][] => {
    const figure = typeof value === 'bigint' ? Number(value) : value;
    return typeof figure === 'number' && Number.isFinite(figure) ? [[name, figure]] : [];
  });
  return Object.fromEntries(figures.slice(0, 100));
}

/** Of each file that was judged, by its SHA-256. Where a scan judged it as a file and as memory, as a file. */
export function fileVerdicts(judged: readonly JudgedSeen[]): ReadonlyMap<string, ArtifactVerdict> {
  return new Map(
    judged.flatMap(({ seen, verdict, missing }) =>
      seen.layout === 'file' && !missing ? [[seen.sha256, verdict] as const] : [],
    ),
  );
}

/** Pure: autoruns, tasks, manifest and cost as the scan says them, with the verdicts of the files that start. */
export function surroundingsOf(document: ScanDocument, judged: readonly JudgedSeen[]): ScanSurroundings {
  const verdicts = fileVerdicts(judged);
  const { autoruns, tasks, manifest } = document;
  const some = <T, U>(list: readonly T[] | null, make: (item: T, verdicts: VerdictOf) => U): U[] | null =>
    list === null ? null : list.slice(0, MOST_ENTRIES).map((item) => make(item, verdicts));
  const beyond = (list: readonly unknown[] | null): number => Math.max(0, (list?.length ?? 0) - MOST_ENTRIES);
  return {
    autoruns: some(autoruns, autorunOf),
    scheduledTasks: some(tasks, taskOf),
    manifest: manifest === null ? null : manifestOf(manifest, document.received),
    metrics: metricsOf(document),
    leftOut: { autoruns: beyond(autoruns), scheduledTasks: beyond(tasks) },
  };
}
