import type { FileInfo, FindingInfo, FindingKind, Layout, LoadedModule, RegionInfo } from '@genehound/contract';
import type { ArtifactFinding } from '@genehound/genes';
import type { ScanDocument } from './document.ts';

type PlaceKind = 'file' | 'module' | 'region';

/** One sighting: this artifact, in this process, at this address. pid and address 0 where a file is only on disk. */
export interface Place {
  readonly pid: number;
  readonly address: bigint;
  readonly kind: PlaceKind;
  readonly path: string | null;
}

/** A finding with what is needed to see where a hook leads. */
export interface SeenFinding extends ArtifactFinding {
  readonly pid: number;
  /** Paths of the modules into which the changes lead, where they do nothing else; else empty. */
  readonly leadsTo: readonly string[];
}

/** One distinct artifact of a scan with everything the scan says about it. */
export interface SeenArtifact {
  readonly sha256: string;
  readonly layout: Layout;
  readonly places: readonly Place[];
  readonly findings: readonly SeenFinding[];
}

/**
 * The layout in which memory of this hash is judged: the one that the scan says (null: it leaves that to the upload
 * route), unless the bytes came in the other one alone.
 */
export type LayoutOf = (sha256: string, said: Layout | null) => Layout;

/** Everything that a scan saw. */
export interface Seen {
  readonly artifacts: readonly SeenArtifact[];
  /** What was left out because there was too much of it, one sentence each. */
  readonly leftOut: readonly string[];
}

interface Draft {
  readonly sha256: string;
  readonly layout: Layout;
  readonly places: Map<string, Place>;
  readonly pids: Set<number>;
  readonly findings: SeenFinding[];
}

class Drafts {
  readonly all = new Map<string, Draft>();
  readonly leftOut = new Set<string>();
  #places = 0;
  of(sha256: string, layout: Layout): Draft {
    const key = `${sha256}:${layout}`;
    const known = this.all.get(key);
    if (known !== undefined) return known;
    const fresh: Draft = { sha256, layout, places: new Map(), pids: new Set(), findings: [] };
    this.all.set(key, fresh);
    return fresh;
  }
  place(draft: Draft, place: Place): void {
    const key = `${place.pid}:${place.address}`;
    if (!draft.places.has(key)) {
      this.#places += 1;
      if (this.#places > MOST_PLACES) {
        this.leftOut.add(`Only the first ${MOST_PLACES} sightings are told apart; there are more`);
        const { path } = place;
        draft.places.set('0:0', { pid: 0, address: 0n, kind: 'file', path });
        return;
      }
    }
    // A module says more than the file behind it, a region more than the dump of it: the last one stays.
    draft.places.set(key, place);
    draft.pids.add(place.pid);
  }
}

/** Paths as Windows means them are the same in any case; others are not. */
function pathKey(path: string): string {
  return /^([a-z]:\\|\\\\)/i.test(path) ? path.toLowerCase() : path;
}

/**
 * Images at one path that are put in its processes; a path has several where mount namespaces differ. Those beyond are
 * judged all the same, as files of no process: each is put in every process of the path, which must not multiply.
 */
const IMAGES_PER_PATH = 256;
/** Sightings of one scan, for the same reason. Where more are told, an artifact has one more, in no process. */
const MOST_PLACES = 2_000_000;

/** Which images lie at a path. */
function imagesByPath(files: readonly FileInfo[], leftOut: Set<string>): ReadonlyMap<string, readonly FileInfo[]> {
  const byPath = new Map<string, Map<string, FileInfo>>();
  for (const file of files) {
    if (file.is_image === false) continue;
    const key = pathKey(file.file_path);
    const known = byPath.get(key);
    if (known === undefined) byPath.set(key, new Map([[file.sha256, file]]));
    else if (known.has(file.sha256)) continue;
    else if (known.size < IMAGES_PER_PATH) known.set(file.sha256, file);
    else leftOut.add(`More than ${IMAGES_PER_PATH} images lie at one path; those beyond are shown in no process`);
  }
  return new Map([...byPath].map(([path, images]) => [path, [...images.values()]]));
}

function addFiles(document: ScanDocument, drafts: Drafts): void {
  const byPath = imagesByPath(document.files, drafts.leftOut);
  const loaded = new Set<string>();
  const seenIn = (pid: number, path: string | null, module: LoadedModule | null): void => {
    if (path === null) return;
    for (const file of byPath.get(pathKey(path)) ?? []) {
      loaded.add(file.sha256);
      const address = module === null ? 0n : BigInt(module.base_address);
      const kind = module === null ? 'file' : 'module';
      drafts.place(drafts.of(file.sha256, 'file'), { pid, address, kind, path: file.file_path });
    }
  };
  for (const [pid, modules] of document.modules) for (const module of modules) seenIn(pid, module.file_path, module);
  const modulePaths = new Map<number, ReadonlySet<string | null>>();
  for (const [pid, modules] of document.modules) {
    modulePaths.set(pid, new Set(modules.map((module) => module.file_path)));
  }
  for (const process of document.processes) {
    const known = modulePaths.get(process.pid)?.has(process.process_path);
    if (known !== true) seenIn(process.pid, process.process_path, null);
  }
  for (const file of document.files) {
    if (file.is_image === false || loaded.has(file.sha256)) continue;
    drafts.place(drafts.of(file.sha256, 'file'), { pid: 0, address: 0n, kind: 'file', path: file.file_path });
  }
}

interface ModuleRange {
  readonly from: bigint;
  readonly to: bigint;
  readonly path: string | null;
}

/** Finds the path of the module of a process that holds an address: the one that begins last before it, or null. */
function modulePathFinder(document: ScanDocument): (pid: number, address: bigint) => string | null {
  const sorted = new Map<number, readonly ModuleRange[]>();
  const rangesOf = (pid: number): readonly ModuleRange[] => {
    const known = sorted.get(pid);
    if (known !== undefined) return known;
    const ranges = (document.modules.get(pid) ?? []).map((module) => {
      const from = BigInt(module.base_address);
      return { from, to: from + BigInt(module.mapped_size_in_bytes ?? 1), path: module.file_path };
    });
    ranges.sort((left, right) => (left.from < right.from ? -1 : left.from > right.from ? 1 : 0));
    sorted.set(pid, ranges);
    return ranges;
  };
  return (pid, address) => {
    const ranges = rangesOf(pid);
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ranges[middle]?.from ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    const found = ranges[low - 1];
    return found !== undefined && address < found.to ? found.path : null;
  };
}

function addMemory(document: ScanDocument, drafts: Drafts, layoutOf: LayoutOf): void {
  const modulePath = modulePathFinder(document);
  for (const dump of document.dumps) {
    const said: Layout | null = dump.is_fileless === true ? 'raw' : dump.is_fileless === false ? 'mapped' : null;
    const layout = layoutOf(dump.sha256, said);
    const address = BigInt(dump.base_address);
    const path = modulePath(dump.pid, address);
    const kind = layout === 'raw' ? 'region' : 'module';
    drafts.place(drafts.of(dump.sha256, layout), { pid: dump.pid, address, kind, path });
  }
  for (const region of document.regions) {
    if (region.sha256 === undefined || region.layout === undefined) continue;
    const { pid, path } = region;
    const place = { pid, address: BigInt(region.base_address), kind: 'region', path: path ?? null } as const;
    drafts.place(drafts.of(region.sha256, layoutOf(region.sha256, region.layout)), place);
  }
}

function addFindings(findings: readonly FindingInfo[], drafts: Drafts, layoutOf: LayoutOf): void {
  for (const finding of findings) {
    if (finding.sha256 === undefined) continue;
    const layout = layoutOf(finding.sha256, finding.layout ?? null);
    const draft = drafts.of(finding.sha256, layout);
    const changes = (finding.changes ?? []).map((change) => ({ rva: change.rva, size: change.size_in_bytes }));
    const leadsTo = finding.leads_to ?? [];
    draft.findings.push({ kind: finding.finding, changes, leadsToTrusted: false, pid: finding.pid, leadsTo });
    const kind = layout === 'raw' ? 'region' : 'module';
    const path = finding.module_path ?? null;
    for (const pid of [finding.pid, ...(finding.other_pids ?? [])]) {
      if (!draft.pids.has(pid)) drafts.place(draft, { pid, address: BigInt(finding.base_address), kind, path });
    }
  }
}

/**
 * What public clients say instead of findings: injected modules, and files that differ from what is loaded. Their
 * dump of the same place holds the code.
 */
export function findingsOf(document: ScanDocument): readonly FindingInfo[] {
  if (document.findings.length > 0 || document.coverage !== null) return document.findings;
  const dumps = new Map<string, string>();
  for (const { pid, base_address: base, sha256 } of document.dumps) {
    const key = `${pid}:${base}`;
    if (!dumps.has(key)) dumps.set(key, sha256);
  }
  const made = (
    finding: FindingKind,
    pid: number,
    base: number | bigint,
    details: string,
    path?: string,
  ): FindingInfo => {
    const sha256 = dumps.get(`${pid}:${base}`);
    return {
      finding,
      pid,
      base_address: base,
      details,
      ...(path === undefined ? {} : { module_path: path }),
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  };
  return [
    ...document.injected.map((module) =>
      made('implanted-image', module.pid, module.base_address, 'an injected module'),
    ),
    ...document.differences.flatMap((difference) =>
      difference.modules.map((module) => {
        const details = module.comparison_result.map((result) => result.details ?? result.type).join(', ');
        return made('header-modified', module.pid, module.base_address, details.slice(0, 1_000), difference.file_path);
      }),
    ),
  ];
}

/** Every distinct artifact of the scan, with where it was seen and what was found about it. Pure. */
export function seenArtifacts(document: ScanDocument, layoutOf: LayoutOf): Seen {
  const drafts = new Drafts();
  addFiles(document, drafts);
  addMemory(document, drafts, layoutOf);
  addFindings(findingsOf(document), drafts, layoutOf);
  const artifacts = [...drafts.all.values()].map((draft) => ({
    sha256: draft.sha256,
    layout: draft.layout,
    places: [...draft.places.values()],
    findings: draft.findings,
  }));
  return { artifacts, leftOut: [...drafts.leftOut] };
}

/** What is known of the bytes that came decides where what the scan says does not fit them. Pure. */
export function layoutFinder(received: readonly { readonly sha256: string; readonly layout: Layout }[]): LayoutOf {
  const layouts = new Map<string, Layout[]>();
  for (const { sha256, layout } of received) {
    const known = layouts.get(sha256);
    if (known === undefined) layouts.set(sha256, [layout]);
    else known.push(layout);
  }
  return (sha256, said) => {
    const known = layouts.get(sha256) ?? [];
    if (said === 'file' || (said !== null && known.includes(said))) return said;
    return known.find((layout) => layout !== 'file') ?? said ?? 'mapped';
  };
}

/** True for memory whose code an engine made while it ran. */
export function isJit(region: RegionInfo): boolean {
  return region.classification === 'jit_code';
}
