import {
  type CoverageInfo,
  type FileInfo,
  type FileModuleDifference,
  type FindingInfo,
  type HostInfo,
  type IdentityInfo,
  type InjectedModule,
  type LoadedModule,
  type MemoryModuleDump,
  type ProcessInfo,
  type RegionInfo,
  SCAN_MESSAGES,
  type ScanMessage,
  type ScanMessageName,
} from '@genehound/contract';
import { parseBoundedJson } from '@genehound/intake';
import type { StoredPart } from './parts.ts';

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
  /** Mandatory messages that never came, by the name of their route. */
  readonly missing: readonly string[];
  /** Names of the messages of which at least a part is here. */
  readonly present: ReadonlySet<string>;
  /** Stored parts that this program cannot read; none, unless an update broke something. */
  readonly unreadable: readonly string[];
}

type Messages = {
  readonly [N in ScanMessageName]: readonly { readonly part: number; readonly value: ScanMessage<N> }[];
};

function decode(parts: readonly StoredPart[]): { messages: Messages; unreadable: string[] } {
  const unreadable: string[] = [];
  const byName = new Map<string, { part: number; value: unknown }[]>();
  for (const { message, part, body } of parts) {
    const row = Object.entries(SCAN_MESSAGES).find(([name]) => name === message)?.[1];
    if (row === undefined) continue;
    try {
      const value: unknown = row.schema.parse(parseBoundedJson(body));
      byName.set(message, [...(byName.get(message) ?? []), { part, value }]);
    } catch {
      unreadable.push(`${row.route} (part ${part})`);
    }
  }
  const entries = Object.keys(SCAN_MESSAGES).map((name) => [name, byName.get(name) ?? []]);
  // Each value was parsed by the schema of its name just above.
  return { messages: Object.fromEntries(entries) as Messages, unreadable };
}

function modulesOf(messages: Messages): ReadonlyMap<number, readonly LoadedModule[]> {
  const all = new Map<number, LoadedModule[]>();
  const add = (pid: number, modules: readonly LoadedModule[]) => {
    const known = all.get(pid);
    if (known === undefined) all.set(pid, [...modules]);
    else for (const module of modules) known.push(module);
  };
  for (const { value } of messages.all_loaded_modules_info) {
    for (const process of value.processes) add(process.pid, process.loaded_modules_info);
  }
  for (const { part, value } of messages.loaded_modules_info) add(part, value.loaded_modules_info);
  return all;
}

/** Pure: the same parts give the same document. */
export function readDocument(parts: readonly StoredPart[]): ScanDocument {
  const { messages, unreadable } = decode(parts);
  const missing = Object.entries(SCAN_MESSAGES)
    .filter(([name, row]) => row.mandatory && !parts.some((part) => part.message === name))
    .map(([, row]) => row.route);
  return {
    host: messages.host_info[0]?.value.host_info ?? null,
    identity: messages.identity_info[0]?.value.identity_info ?? null,
    processes: messages.processes_info.flatMap(({ value }) => value.processes_info),
    modules: modulesOf(messages),
    files: messages.files_info.flatMap(({ value }) => value.files_info),
    differences: messages.file_module_differences.flatMap(({ value }) => value.file_module_differences),
    injected: messages.injected_modules_info.flatMap(({ value }) => value.injected_modules_info),
    dumps: messages.memory_module_dumps_info.flatMap(({ value }) => value.memory_module_dumps_info),
    regions: messages.regions_info.flatMap(({ value }) => value.regions_info),
    findings: messages.findings_info.flatMap(({ value }) => value.findings_info),
    coverage: messages.coverage_info[0]?.value.coverage_info ?? null,
    missing,
    present: new Set(parts.map((part) => part.message)),
    unreadable,
  };
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
