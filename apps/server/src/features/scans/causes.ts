import type {
  ArtifactVerdict,
  Autorun,
  FileInfo,
  OriginLink,
  OriginStage,
  ProcessInfo,
  ScheduledTask,
} from '@genehound/contract';
import type { ScanDocument } from './document.ts';
import type { JudgedSeen } from './judged.ts';
import type { Place } from './places.ts';
import { fileVerdicts } from './surroundings.ts';

const MOST_ANCESTORS = 6;
/** Entries that are named as starting one file. */
const MOST_STARTERS = 6;
/** Characters of a name: what follows tells a reader nothing, and an endpoint may send much of it. */
const LONGEST_NAME = 500;
/** Other processes of one user that may have put code into a process, before their number says nothing any more. */
const MOST_SUSPECTS = 4;

/** Code that is not trusted, in one place. */
export interface Carrier {
  readonly artifact: JudgedSeen;
  readonly place: Place;
}

const hex = (address: bigint): string => `0x${address.toString(16)}`;
const nameOf = (process: ProcessInfo | undefined): string => process?.process_path ?? 'unknown program';

export function memoryStage(sha256: string, place: Place): OriginStage {
  return { kind: 'memory', name: hex(place.address), pid: place.pid, sha256 };
}

interface Starter {
  readonly stage: OriginStage;
  readonly path: string;
  readonly sha256: string;
}

function startersOf(document: ScanDocument): readonly Starter[] {
  const entry = (kind: 'autorun' | 'task', name: string | undefined, named: Autorun['extracted_files']): Starter[] =>
    Object.values(named ?? {}).map(({ full_path: path, sha256 }) => ({
      stage: { kind, name: name ?? 'without a name', pid: null, sha256: null },
      path,
      sha256,
    }));
  const ofTask = (task: ScheduledTask): Starter[] =>
    (task.exec_actions ?? []).flatMap((action) => entry('task', task.task_name, action.extracted_files));
  return [
    ...(document.autoruns ?? []).flatMap((one) => entry('autorun', one.entry_path, one.extracted_files)),
    ...(document.tasks ?? []).flatMap(ofTask),
  ];
}

function grouped<T>(
  items: readonly T[],
  key: (item: T) => string | number,
): ReadonlyMap<string | number, readonly T[]> {
  const groups = new Map<string | number, T[]>();
  for (const item of items) {
    const known = groups.get(key(item));
    if (known === undefined) groups.set(key(item), [item]);
    else known.push(item);
  }
  return groups;
}

function hashesByPath(files: readonly FileInfo[]): ReadonlyMap<string, string | null> {
  const hashes = new Map<string, string | null>();
  for (const { file_path: path, sha256 } of files) {
    const known = hashes.get(path);
    hashes.set(path, known === undefined || known === sha256 ? sha256 : null);
  }
  return hashes;
}

/** By process, the first and the first of other code: more are never asked for, and an endpoint may invent many. */
function twoOfEach(carriers: readonly Carrier[]): ReadonlyMap<number, readonly Carrier[]> {
  const kept = new Map<number, Carrier[]>();
  for (const carrier of carriers) {
    const list = kept.get(carrier.place.pid);
    if (list === undefined) kept.set(carrier.place.pid, [carrier]);
    else if (list.length === 1 && list[0]?.artifact.seen.sha256 !== carrier.artifact.seen.sha256) list.push(carrier);
  }
  return kept;
}

/** Where code in another process may have come from. `carrier`: null where no such code is known there. */
export interface Source {
  readonly carrier: Carrier | null;
  readonly from: OriginStage;
  readonly certainty: 'seen' | 'inferred';
  readonly why: string;
}

const inferred = (carrier: Carrier, why: string): Source => ({
  carrier,
  from: memoryStage(carrier.artifact.seen.sha256, carrier.place),
  certainty: 'inferred',
  why,
});

/** What a scan tells about causes, looked up once. */
export class Causes {
  readonly #processes: ReadonlyMap<number, ProcessInfo>;
  readonly #starters: ReadonlyMap<string | number, readonly Starter[]>;
  /** Hash of the file at each path; null where there are several. */
  readonly #files: ReadonlyMap<string, string | null>;
  /** Code that is not trusted, in memory, by process: the first, and the first other than that. */
  readonly #carriers: ReadonlyMap<number, readonly Carrier[]>;
  readonly #users: ReadonlyMap<string | number, readonly number[]>;

  readonly #verdicts: ReadonlyMap<string, ArtifactVerdict>;
  /** Whether a process runs a trusted program, as asked before. */
  readonly #trusted = new Map<number, boolean>();
  /** The first processes of a user that may have put code into others, as asked before. */
  readonly #suspects = new Map<string, readonly number[]>();

  constructor(document: ScanDocument, judged: readonly JudgedSeen[]) {
    this.#verdicts = fileVerdicts(judged);
    const suspects = judged.filter(({ verdict }) => verdict === 'suspicious' || verdict === 'malicious');
    this.#processes = new Map(document.processes.map((process) => [process.pid, process]));
    const starters = startersOf(document);
    this.#starters = new Map([
      ...grouped(starters, ({ path }) => `path ${path}`),
      ...grouped(starters, ({ sha256 }) => `hash ${sha256}`),
    ]);
    this.#files = hashesByPath(document.files);
    const carriers = suspects.flatMap((artifact) =>
      artifact.seen.layout === 'file' ? [] : artifact.seen.places.map((place) => ({ artifact, place })),
    );
    this.#carriers = twoOfEach(carriers);
    const pids = [...this.#carriers.keys()];
    this.#users = grouped(
      pids.filter((pid) => typeof this.#processes.get(pid)?.username === 'string'),
      (pid) => this.#processes.get(pid)?.username ?? '',
    );
  }

  process(pid: number): OriginStage {
    return { kind: 'process', name: nameOf(this.#processes.get(pid)), pid, sha256: null };
  }

  /** The program of a process, with its hash where one file alone lies at its path. */
  program(pid: number): OriginStage | null {
    const path = this.#processes.get(pid)?.process_path ?? null;
    if (path === null) return null;
    return { kind: 'file', name: path, pid: null, sha256: this.#files.get(path) ?? null };
  }

  #runsTrusted(pid: number): boolean {
    const known = this.#trusted.get(pid);
    if (known !== undefined) return known;
    const trusted = this.#verdicts.get(this.program(pid)?.sha256 ?? '') === 'trusted';
    this.#trusted.set(pid, trusted);
    return trusted;
  }

  /** The entries that name a file, by its content or its path. */
  startedBy(file: OriginStage): OriginLink[] {
    // No more are looked at than are told of: an endpoint may name one file as often as it likes.
    const byHash =
      file.sha256 === null ? [] : (this.#starters.get(`hash ${file.sha256}`) ?? []).slice(0, MOST_STARTERS);
    const same = new Set(byHash);
    const byPath = (this.#starters.get(`path ${file.name}`) ?? [])
      .slice(0, 2 * MOST_STARTERS)
      .filter((starter) => !same.has(starter));
    const links = [
      ...byHash.map(({ stage }) => link(stage, file, 'seen', 'The entry names a file of this very content')),
      ...byPath.map(({ stage }) => link(stage, file, 'seen', 'The entry names this path')),
    ];
    return links.slice(0, MOST_STARTERS);
  }

  /** Parents that were there before their children, oldest first: a pid may have been another's before. */
  #ancestors(pid: number): OriginLink[] {
    const links: OriginLink[] = [];
    let child = this.#processes.get(pid);
    for (let step = 0; step < MOST_ANCESTORS && child !== undefined; step += 1) {
      const parent = this.#processes.get(child.ppid);
      if (parent === undefined || parent.pid === child.pid || parent.pid === pid) break;
      const isLater =
        typeof parent.start_time === 'number' &&
        typeof child.start_time === 'number' &&
        parent.start_time > child.start_time;
      if (isLater) break;
      links.unshift(link(this.process(parent.pid), this.process(child.pid), 'seen', 'The parent, as the system says'));
      child = parent;
    }
    return links;
  }

  /** How a process came to run. */
  processOrigins(pid: number): OriginLink[] {
    const program = this.program(pid);
    if (program === null) return this.#ancestors(pid);
    const runs = link(program, this.process(pid), 'seen', 'The process runs this file');
    return [...this.startedBy(program), ...this.#ancestors(pid), runs];
  }

  /** Code in a process of which a debugger, or what behaves like one, has hold now: that process may write any memory. */
  #tracerOf(place: Place): Source | null {
    const tracer = this.#processes.get(place.pid)?.tracer_pid ?? 0;
    if (tracer === 0 || tracer === place.pid || !this.#processes.has(tracer)) return null;
    const carrier = this.#carriers.get(tracer)?.[0] ?? null;
    const from = carrier === null ? this.process(tracer) : memoryStage(carrier.artifact.seen.sha256, carrier.place);
    return { carrier, from, certainty: 'seen', why: 'The process traces this one, and may write its memory' };
  }

  /** Nearest first. */
  #ancestorsWithCode(place: Place): readonly Source[] {
    const sources: Source[] = [];
    const passed = new Set([place.pid]);
    let here = this.#processes.get(place.pid);
    for (let step = 0; step < MOST_ANCESTORS && here !== undefined && !passed.has(here.ppid); step += 1) {
      passed.add(here.ppid);
      const carrier = this.#carriers.get(here.ppid)?.[0];
      if (carrier !== undefined) sources.push(inferred(carrier, 'An ancestor holds code that is not trusted'));
      here = this.#processes.get(here.ppid);
    }
    return sources.slice(0, MOST_SUSPECTS);
  }

  /** Processes of a user that hold such code and may have put it into this one; none where they are too many to tell. */
  #suspectsOf(user: string, place: Place): readonly number[] {
    // A trusted program is where code is put, not what puts it into one that nobody trusts.
    const all = this.#firstOf(user, this.#runsTrusted(place.pid)).filter((pid) => pid !== place.pid);
    return all.length > MOST_SUSPECTS ? [] : all;
  }

  /** One of them may be the one that is asked about, and one more makes them too many: no more are looked for. */
  #firstOf(user: string, andTrusted: boolean): readonly number[] {
    const key = `${andTrusted} ${user}`;
    const known = this.#suspects.get(key);
    if (known !== undefined) return known;
    const found: number[] = [];
    for (const pid of this.#users.get(user) ?? []) {
      if (found.length === MOST_SUSPECTS + 2) break;
      if (andTrusted || !this.#runsTrusted(pid)) found.push(pid);
    }
    this.#suspects.set(key, found);
    return found;
  }

  /**
   * From which other process code may have come; no scan can see who wrote memory, so every such source is inferred,
   * but for a tracer, which is seen. Only processes that hold code which is not trusted themselves.
   */
  sourcesOf({ artifact, place }: Carrier): readonly Source[] {
    const tracer = this.#tracerOf(place);
    if (tracer !== null) return [tracer];
    const ancestors = this.#ancestorsWithCode(place);
    if (ancestors.length > 0) return ancestors;
    const user = this.#processes.get(place.pid)?.username ?? null;
    const others = user === null ? [] : this.#suspectsOf(user, place);
    return others.flatMap((pid) =>
      (this.#carriers.get(pid) ?? [])
        .filter((other) => other.artifact.seen.sha256 !== artifact.seen.sha256)
        .slice(0, 1)
        .map((other) =>
          inferred(other, 'A process of the same user holds other code that is not trusted, and may write to this one'),
        ),
    );
  }
}

export function link(from: OriginStage, to: OriginStage, certainty: 'seen' | 'inferred', why: string): OriginLink {
  const short = (stage: OriginStage): OriginStage =>
    stage.name.length <= LONGEST_NAME ? stage : { ...stage, name: `${stage.name.slice(0, LONGEST_NAME)}…` };
  return { from: short(from), to: short(to), certainty, why };
}
