import type { AdviceEvidence, ArtifactVerdict, FindingKind, ScanReport, ScanSurroundings } from '@genehound/contract';
import type { ScanBody } from '../scans/read.ts';

export type Artifact = ScanReport['notTrusted'][number];
type Process = ScanBody['processes'][number];

/** A process that holds code which is not trusted, with that code. */
export interface Carrier {
  readonly pid: number;
  readonly path: string | null;
  readonly user: string | null;
  readonly artifacts: readonly Artifact[];
  /** Steps up to a process without a known parent: who is nearer to it may start the others again. */
  readonly depth: number;
}

/** What starts by itself and leads to code that is not trusted. */
interface Starter {
  readonly kind: 'autorun' | 'task';
  readonly category: string | null;
  /** The exact name: a registry key or file, or the task's name. */
  readonly name: string;
  readonly value: string | null;
  readonly file: { readonly path: string; readonly sha256: string; readonly verdict: ArtifactVerdict | null };
  /** True where the file itself is malicious; false where its process holds malicious code and nobody trusts the file. */
  readonly isMalicious: boolean;
}

/** Everything that advice follows from, looked up once. */
export interface CaseFacts {
  readonly report: ScanReport;
  readonly isWindows: boolean;
  readonly malicious: readonly Carrier[];
  readonly suspicious: readonly Carrier[];
  readonly maliciousFiles: readonly Artifact[];
  readonly starters: readonly Starter[];
  /** Verdict of the file that a process runs; null where it was not judged. */
  readonly programs: ReadonlyMap<number, ArtifactVerdict>;
  readonly knowsStarters: boolean;
}

const MOST_DEPTH = 64;

function depthOf(pid: number, processes: ReadonlyMap<number, Process>): number {
  let depth = 0;
  const seen = new Set<number>();
  for (let here = processes.get(pid); here !== undefined && depth < MOST_DEPTH; here = processes.get(here.parent)) {
    if (seen.has(here.pid)) break;
    seen.add(here.pid);
    depth += 1;
  }
  return depth;
}

function carriersOf(
  artifacts: readonly Artifact[],
  processes: ReadonlyMap<number, Process>,
  besides: ReadonlySet<number>,
): readonly Carrier[] {
  const byPid = new Map<number, { path: string | null; artifacts: Artifact[] }>();
  for (const artifact of artifacts) {
    for (const { pid, path } of artifact.processes) {
      if (besides.has(pid)) continue;
      const known = byPid.get(pid);
      if (known === undefined) byPid.set(pid, { path, artifacts: [artifact] });
      else known.artifacts.push(artifact);
    }
  }
  return [...byPid]
    .map(([pid, found]) => ({
      pid,
      ...found,
      user: processes.get(pid)?.user ?? null,
      depth: depthOf(pid, processes),
    }))
    .sort((a, b) => a.depth - b.depth || a.pid - b.pid);
}

function programVerdicts(body: ScanBody): ReadonlyMap<number, ArtifactVerdict> {
  const paths = new Map(body.processes.map(({ pid, path }) => [pid, path]));
  const verdicts = new Map<number, ArtifactVerdict>();
  for (const { layout, verdict, places } of body.artifacts) {
    if (layout !== 'file') continue;
    for (const { pid, path } of places)
      if (pid !== 0 && path !== null && path === paths.get(pid)) verdicts.set(pid, verdict);
  }
  return verdicts;
}

type Entry = Omit<Starter, 'isMalicious'>;

function entriesOf(surroundings: ScanSurroundings): readonly Entry[] {
  const autoruns = (surroundings.autoruns ?? []).flatMap(({ category, entry, name, value, files }) =>
    files.map((file) => ({ kind: 'autorun' as const, category, name: entry ?? name ?? 'without a name', value, file })),
  );
  const tasks = (surroundings.scheduledTasks ?? []).flatMap(({ name, actions }) =>
    actions.flatMap(({ command, files }) =>
      files.map((file) => ({
        kind: 'task' as const,
        category: null,
        name: name ?? 'without a name',
        value: command,
        file,
      })),
    ),
  );
  // A timer or a line of a crontab is told as both: its entry names the place, its task does not.
  const placed = new Set(
    autoruns.flatMap(({ name, file }) => [name, name.split('/').at(-1)].map((one) => keyOf(one, file))),
  );
  return [...autoruns, ...tasks.filter(({ name, file }) => !placed.has(keyOf(placeOf(name), file)))];
}

const keyOf = (name: string | undefined, { sha256 }: Entry['file']): string => JSON.stringify([name, sha256]);

/** Of a crontab's line the file, as the scanner writes it: `/etc/crontab: COMMAND`. */
const placeOf = (task: string): string => (task.startsWith('/') ? (task.split(': ')[0] ?? task) : task);

/**
 * Entries that start malicious files, or files nobody trusts whose processes hold malicious code. What starts a trusted
 * program stays: that code was put into it while it ran is not the entry's doing.
 */
function startersOf(
  surroundings: ScanSurroundings | undefined,
  malicious: readonly Artifact[],
  carriers: readonly Carrier[],
): readonly Starter[] {
  if (surroundings === undefined) return [];
  const hashes = new Set(malicious.map(({ sha256 }) => sha256));
  const programs = new Set(carriers.map(({ path }) => path));
  const seen = new Set<string>();
  return entriesOf(surroundings).flatMap((entry) => {
    const { file } = entry;
    const isMalicious = file.verdict === 'malicious' || hashes.has(file.sha256);
    if (!isMalicious && (file.verdict === 'trusted' || !programs.has(file.path))) return [];
    const key = JSON.stringify([entry.kind, entry.name, entry.value]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ ...entry, isMalicious }];
  });
}

/** Pure. */
export function caseFacts(body: ScanBody): CaseFacts {
  const { report, surroundings } = body;
  const processes = new Map(body.processes.map((process) => [process.pid, process]));
  const byVerdict = (verdict: Artifact['verdict']) => report.notTrusted.filter((one) => one.verdict === verdict);
  const bad = byVerdict('malicious');
  const malicious = carriersOf(bad, processes, new Set());
  const besides = new Set(malicious.map(({ pid }) => pid));
  const isWindows =
    /windows/i.test(report.endpoint.operatingSystem ?? '') ||
    body.processes.some(({ path }) => path !== null && /^[a-z]:\\/i.test(path));
  return {
    report,
    isWindows,
    malicious,
    suspicious: carriersOf(byVerdict('suspicious'), processes, besides),
    maliciousFiles: bad.filter(({ layout, path }) => layout === 'file' && path !== null),
    starters: startersOf(surroundings, bad, malicious),
    programs: programVerdicts(body),
    knowsStarters: surroundings?.autoruns != null || surroundings?.scheduledTasks != null,
  };
}

export function artifactEvidence(artifacts: readonly Artifact[]): AdviceEvidence[] {
  return artifacts.slice(0, 20).map(({ sha256, layout }) => ({ kind: 'artifact', sha256, layout }));
}

/** Findings of one kind or of any in a process. */
export function findingEvidence(report: ScanReport, pid: number, kind?: FindingKind): AdviceEvidence[] {
  return report.findings
    .filter((one) => one.pid === pid && (kind === undefined || one.finding === kind))
    .slice(0, 20)
    .map(({ finding, address }) => ({ kind: 'finding', finding, pid, address }));
}
