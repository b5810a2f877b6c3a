import {
  type Autorun,
  type CoverageInfo,
  type FileInfo,
  type FileModuleDifference,
  type FindingInfo,
  type HostInfo,
  type IdentityInfo,
  type InjectedModule,
  type LoadedModule,
  type ManifestInfo,
  type MemoryModuleDump,
  type ProcessInfo,
  type RegionInfo,
  SCAN_MESSAGES,
  type ScanEnd,
  type ScanMessage,
  type ScanMessageName,
  type ScheduledTask,
  scanEnd,
} from '@genehound/contract';
import { parseBoundedJson, shapeOfJson } from '@genehound/intake';
import type { StoredPart } from './parts-store.ts';

/** Everything a scan said, put together from its messages. */
export interface ScanDocument {
  readonly host: HostInfo | null;
  readonly identity: IdentityInfo | null;
  readonly processes: readonly ProcessInfo[];
  readonly modules: ReadonlyMap<number, readonly LoadedModule[]>;
  readonly files: readonly FileInfo[];
  readonly differences: readonly FileModuleDifference[];
  readonly injected: readonly InjectedModule[];
  readonly dumps: readonly MemoryModuleDump[];
  readonly regions: readonly RegionInfo[];
  readonly findings: readonly FindingInfo[];
  readonly coverage: CoverageInfo | null;
  /** Null where the message never came. */
  readonly autoruns: readonly Autorun[] | null;
  readonly tasks: readonly ScheduledTask[] | null;
  readonly manifest: ManifestInfo | null;
  readonly end: ScanEnd | null;
  /** SHA-256 of every message as it came. */
  readonly received: ReadonlySet<string>;
  /** Mandatory messages that never came, by the name of their route. */
  readonly missing: readonly string[];
  /** Names of the messages of which at least a part is here. */
  readonly present: ReadonlySet<string>;
  /** Stored parts that this program cannot read; none, unless an update broke something. */
  readonly unreadable: readonly string[];
}

type Values = { readonly [N in ScanMessageName]: ScanMessage<N> };

/** Reads one stored part; null where its message is none of ours, undefined where it cannot be read. */
function decode<N extends ScanMessageName>(name: N, body: Uint8Array): Values[N] | undefined {
  try {
    // The schema of a name gives the value of that name, which a lookup by a variable name cannot say.
    return SCAN_MESSAGES[name].schema.parse(parseBoundedJson(body)) as Values[N];
  } catch {
    return undefined;
  }
}

const isMessageName = (name: string): name is ScanMessageName => Object.hasOwn(SCAN_MESSAGES, name);

type Draft = Omit<{ -readonly [K in keyof ScanDocument]: ScanDocument[K] }, 'modules'> & {
  /** Values of JSON in all parts so far. */
  values: number;
  readonly processes: ProcessInfo[];
  readonly modules: Map<number, LoadedModule[]>;
  readonly files: FileInfo[];
  readonly differences: FileModuleDifference[];
  readonly injected: InjectedModule[];
  readonly dumps: MemoryModuleDump[];
  readonly regions: RegionInfo[];
  readonly findings: FindingInfo[];
  readonly received: Set<string>;
  readonly present: Set<string>;
  readonly unreadable: string[];
};

function append<T>(list: T[], more: readonly T[]): void {
  for (const item of more) list.push(item);
}

function addModules(draft: Draft, pid: number, modules: readonly LoadedModule[]): void {
  const known = draft.modules.get(pid);
  if (known === undefined) draft.modules.set(pid, [...modules]);
  else append(known, modules);
}

/** What each message adds; of those that come once, the first counts. */
const ADD: { readonly [N in ScanMessageName]?: (draft: Draft, value: Values[N], part: number) => void } = {
  host_info: (draft, value) => {
    draft.host ??= value.host_info;
  },
  identity_info: (draft, value) => {
    draft.identity ??= value.identity_info;
  },
  coverage_info: (draft, value) => {
    draft.coverage ??= value.coverage_info;
  },
  autoruns_info: (draft, value) => {
    draft.autoruns ??= value.autoruns_info;
  },
  scheduled_tasks_info: (draft, value) => {
    draft.tasks ??= value.scheduled_tasks_info;
  },
  manifest_info: (draft, value) => {
    draft.manifest ??= value.manifest_info;
  },
  processes_info: (draft, value) => append(draft.processes, value.processes_info),
  all_loaded_modules_info: (draft, value) => {
    for (const process of value.processes) addModules(draft, process.pid, process.loaded_modules_info);
  },
  loaded_modules_info: (draft, value, part) => addModules(draft, part, value.loaded_modules_info),
  files_info: (draft, value) => append(draft.files, value.files_info),
  file_module_differences: (draft, value) => append(draft.differences, value.file_module_differences),
  injected_modules_info: (draft, value) => append(draft.injected, value.injected_modules_info),
  memory_module_dumps_info: (draft, value) => append(draft.dumps, value.memory_module_dumps_info),
  regions_info: (draft, value) => append(draft.regions, value.regions_info),
  findings_info: (draft, value) => append(draft.findings, value.findings_info),
};

/**
 * Values of JSON that one scan is judged by, which bounds the memory that takes: 5,000 processes with 200 modules each
 * have half of it. Parts beyond count as unreadable, so that the scan is incomplete.
 */
const MOST_VALUES = 8_000_000;

function addPart<N extends ScanMessageName>(draft: Draft, name: N, part: StoredPart): void {
  const add = ADD[name];
  if (add === undefined) return;
  draft.values += shapeOfJson(part.body).values;
  const value = draft.values > MOST_VALUES ? undefined : decode(name, part.body);
  if (value === undefined) draft.unreadable.push(`${SCAN_MESSAGES[name].route} (part ${part.part})`);
  else add(draft, value, part.part);
}

/** How the client ended; what else it says there is for information, so that a strange one costs nothing. */
function endOf(body: Uint8Array): ScanEnd | null {
  try {
    return scanEnd.parse(parseBoundedJson(body));
  } catch {
    return null;
  }
}

export interface DocumentReader {
  take(part: StoredPart): void;
  /** Once, after the last part. */
  finish(): ScanDocument;
}

/** Puts a document together part by part, so that no more than one part's JSON is in memory. */
export function documentReader(): DocumentReader {
  const draft: Draft = {
    values: 0,
    host: null,
    identity: null,
    processes: [],
    modules: new Map(),
    files: [],
    differences: [],
    injected: [],
    dumps: [],
    regions: [],
    findings: [],
    coverage: null,
    autoruns: null,
    tasks: null,
    manifest: null,
    end: null,
    received: new Set(),
    missing: [],
    present: new Set(),
    unreadable: [],
  };
  return {
    take: (part) => {
      draft.present.add(part.message);
      draft.received.add(part.sha256);
      if (part.message === 'end') draft.end ??= endOf(part.body);
      if (isMessageName(part.message)) addPart(draft, part.message, part);
    },
    finish: () => {
      draft.missing = Object.entries(SCAN_MESSAGES)
        .filter(([name, row]) => row.mandatory && !draft.present.has(name))
        .map(([, row]) => row.route);
      return draft;
    },
  };
}

/** Pure: the same parts give the same document. */
export function readDocument(parts: Iterable<StoredPart>): ScanDocument {
  const reader = documentReader();
  for (const part of parts) reader.take(part);
  return reader.finish();
}

/**
 * Messages that are lost because they were refused, as people read them. One that comes once may have been sent
 * again in a better form; of one that comes in parts, a refused part is missing for good.
 */
export function lostMessages(document: ScanDocument, refused: readonly (string | null)[]): readonly string[] {
  const lost = Object.entries(SCAN_MESSAGES).filter(
    ([name, row]) =>
      refused.includes(name) && (row.many || !document.present.has(name)) && !document.missing.includes(row.route),
  );
  return lost.map(([, row]) => `${row.route} (it was refused)`);
}
