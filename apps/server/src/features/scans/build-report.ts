import type {
  Answer,
  ArtifactVerdict,
  FileInfo,
  FindingInfo,
  FindingKind,
  PublicScanVerdict,
  ScanReport,
  ScanVerdict,
} from '@genehound/contract';
import type { JudgedArtifact, ScanInput } from '@genehound/genes';
import { Causes } from './causes.ts';
import { chainsOf } from './chains.ts';
import type { Coverage } from './coverage.ts';
import type { ScanDocument } from './document.ts';
import { bySeverity, type JudgedSeen, worse } from './judged.ts';
import { originsByArtifact } from './origins.ts';
import { findingsOf, isJit, type Place } from './places.ts';

export type ProcessNode = Answer<'listScanProcesses'>['items'][number];

const hex = (address: number | bigint): string => `0x${address.toString(16)}`;

const PUBLIC: Readonly<Record<ScanVerdict, PublicScanVerdict>> = {
  infected: 'malicious',
  suspicious: 'suspicious',
  incomplete: 'incomplete',
  no_threats: 'no_threats',
};

export function publicVerdict(verdict: ScanVerdict): PublicScanVerdict {
  return PUBLIC[verdict];
}

/** pid -> path of its program. */
export function processPaths(document: ScanDocument): ReadonlyMap<number, string | null> {
  return new Map(document.processes.map((process) => [process.pid, process.process_path]));
}

/** Code is there that could not be taken, so nobody can say that it is trusted. Facts about files hold none. */
function holdsUnseenCode(finding: FindingInfo): boolean {
  return finding.sha256 === undefined && finding.finding !== 'deleted-file' && finding.finding !== 'header-modified';
}

function nameOf(place: Place | undefined, sha256: string, paths: ReadonlyMap<number, string | null>): string {
  if (place === undefined) return sha256;
  if (place.kind !== 'region' && place.path !== null) return place.path;
  return `memory at ${hex(place.address)} of process ${place.pid} (${paths.get(place.pid) ?? 'unknown program'})`;
}

/** The artifacts as the scan's verdict sees them, with one more for each finding whose code is not among them. */
function judgedArtifacts(document: ScanDocument, judged: readonly JudgedSeen[]): readonly JudgedArtifact[] {
  const paths = processPaths(document);
  const seen = judged.map(({ seen, verdict, families }) => ({
    verdict,
    families,
    name: nameOf(seen.places[0], seen.sha256, paths),
  }));
  const unseen = findingsOf(document)
    .filter(holdsUnseenCode)
    .map((finding): JudgedArtifact => {
      const where = `${hex(finding.base_address)} of process ${finding.pid} (${paths.get(finding.pid) ?? 'unknown program'})`;
      return { verdict: 'suspicious', families: [], name: `${finding.finding} at ${where}, whose code was not taken` };
    });
  return [...seen, ...unseen];
}

export function scanInput(
  document: ScanDocument,
  judged: readonly JudgedSeen[],
  coverage: Coverage,
  end: { readonly reason: string | null; readonly lost: readonly string[] },
): ScanInput {
  return {
    artifacts: judgedArtifacts(document, judged),
    endReason: end.reason,
    missingMessages: [...document.missing, ...end.lost],
    coverage: { reported: coverage.report.reported, complete: coverage.report.complete, notRead: coverage.notRead },
    missingBytes: judged.filter((artifact) => artifact.missing).length,
    failed: judged.filter((artifact) => artifact.failed).length,
  };
}

function distinctProcesses(places: readonly Place[], paths: ReadonlyMap<number, string | null>) {
  const pids = [...new Set(places.filter((place) => place.pid !== 0).map((place) => place.pid))].sort((a, b) => a - b);
  return pids.map((pid) => ({ pid, path: paths.get(pid) ?? null }));
}

type FileFacts = NonNullable<ScanReport['notTrusted'][number]['file']>;

/** What the scanner told of a file; null where it told nothing. */
function factsOf(file: FileInfo | undefined): FileFacts | null {
  if (file === undefined) return null;
  const facts = {
    package: file.package ?? null,
    packageVersion: file.package_version ?? null,
    product: file.product ?? null,
    company: file.company ?? null,
    version: file.file_version ?? null,
    signer: file.signer ?? null,
    signatureMatches: file.signature_matches ?? null,
    catalog: file.catalog ?? null,
    catalogSigner: file.catalog_signer ?? null,
  };
  return Object.values(facts).every((fact) => fact === null) ? null : facts;
}

function notTrusted(
  document: ScanDocument,
  sorted: readonly JudgedSeen[],
  causes: Causes,
  paths: ReadonlyMap<number, string | null>,
): ScanReport['notTrusted'] {
  const rows: ScanReport['notTrusted'] = [];
  const origins = originsByArtifact(causes, sorted);
  const files = new Map(document.files.map((file) => [file.sha256, file]));
  for (const artifact of sorted) {
    const { seen, verdict, evidence } = artifact;
    if (verdict === 'trusted') continue;
    const addresses = [
      ...new Set(seen.places.filter((place) => place.address !== 0n).map((place) => hex(place.address))),
    ];
    const links = origins.get(`${seen.sha256}/${seen.layout}`) ?? [];
    const facts = seen.layout === 'file' ? factsOf(files.get(seen.sha256)) : null;
    const kinds: FindingKind[] = [...new Set(seen.findings.map((finding) => finding.kind))];
    rows.push({
      sha256: seen.sha256,
      layout: seen.layout,
      verdict,
      subVerdict: artifact.subVerdict,
      families: [...artifact.families],
      processes: distinctProcesses(seen.places, paths),
      path: seen.places.find((place) => place.path !== null)?.path ?? null,
      addresses,
      findings: kinds,
      why: [...artifact.why],
      ...(evidence === null ? {} : { evidence }),
      ...(links.length === 0 ? {} : { origins: [...links] }),
      ...(facts === null ? {} : { file: facts }),
    });
  }
  return rows;
}

export function countVerdicts(judged: readonly JudgedSeen[]): ScanReport['artifacts'] {
  const counts = { trusted: 0, unknown: 0, suspicious: 0, malicious: 0 };
  for (const { verdict } of judged) counts[verdict] += 1;
  return counts;
}

function jitRegions(document: ScanDocument, paths: ReadonlyMap<number, string | null>): ScanReport['jitRegions'] {
  return document.regions.filter(isJit).map((region) => ({
    pid: region.pid,
    path: paths.get(region.pid) ?? null,
    engine: region.jit_engine ?? 'unknown',
    size: Math.min(Number(region.size_in_bytes), Number.MAX_SAFE_INTEGER),
    address: hex(region.base_address),
  }));
}

function findings(document: ScanDocument, paths: ReadonlyMap<number, string | null>): ScanReport['findings'] {
  return findingsOf(document).map((finding) => ({
    finding: finding.finding,
    pid: finding.pid,
    path: finding.module_path ?? paths.get(finding.pid) ?? null,
    address: hex(finding.base_address),
    sha256: finding.sha256 ?? null,
    details: finding.details,
    ...(finding.other_pids === undefined ? {} : { otherPids: [...finding.other_pids] }),
  }));
}

function countsOf(document: ScanDocument): ScanReport['counts'] {
  const modules = [...document.modules.values()].reduce((sum, list) => sum + list.length, 0);
  return {
    processes: document.processes.length,
    modules,
    files: document.files.length,
    regions: Math.max(document.regions.length, document.dumps.filter((dump) => dump.is_fileless === true).length),
    findings: findingsOf(document).length,
  };
}

export type ReportFrame = Pick<ScanReport, 'scanId' | 'endpoint' | 'hunt' | 'times' | 'families' | 'reasons'> & {
  readonly verdict: ScanVerdict;
};

/** The report of a scan. Pure. */
export function buildReport(
  document: ScanDocument,
  judged: readonly JudgedSeen[],
  coverage: Coverage,
  frame: ReportFrame,
): ScanReport {
  const paths = processPaths(document);
  const sorted = judged.toSorted(bySeverity);
  const causes = new Causes(document, sorted);
  const chains = chainsOf(causes, sorted);
  return {
    version: 1,
    ...frame,
    verdict: publicVerdict(frame.verdict),
    coverage: coverage.report,
    counts: countsOf(document),
    artifacts: countVerdicts(judged),
    notTrusted: notTrusted(document, sorted, causes, paths),
    ...(chains.length === 0 ? {} : { chains: [...chains] }),
    findings: findings(document, paths),
    jitRegions: jitRegions(document, paths),
  };
}

function startOf(seconds: number | null | undefined): string | null {
  if (typeof seconds !== 'number' || !(Math.abs(seconds) < 8e9)) return null;
  return new Date(seconds * 1000).toISOString();
}

/** Every process with the worst verdict of what was seen in it. Pure. */
export function processNodes(document: ScanDocument, judged: readonly JudgedSeen[]): readonly ProcessNode[] {
  const verdicts = new Map<number, { verdict: ArtifactVerdict; artifacts: number }>();
  for (const { seen, verdict } of judged) {
    for (const pid of new Set(seen.places.map((place) => place.pid))) {
      const known = verdicts.get(pid);
      verdicts.set(pid, {
        verdict: worse(known?.verdict ?? 'trusted', verdict),
        artifacts: (known?.artifacts ?? 0) + 1,
      });
    }
  }
  return document.processes.map((process) => ({
    pid: process.pid,
    parent: process.ppid,
    path: process.process_path,
    commandLine: process.command_line ?? null,
    user: process.username ?? null,
    startedAt: startOf(process.start_time),
    verdict: verdicts.get(process.pid)?.verdict ?? null,
    artifacts: verdicts.get(process.pid)?.artifacts ?? 0,
  }));
}
