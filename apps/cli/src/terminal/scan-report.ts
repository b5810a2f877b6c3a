import type { ScanReport } from '@genehound/contract';
import { chainSection } from './chain-lines.ts';
import { safeText } from './escape.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';

/** Every artifact that is not trusted is printed; the bound is for an endpoint that invents them. */
const MOST_ARTIFACTS = 2_000;
const MOST_FINDINGS = 200;
const MOST_LINES = 20;

const count = (n: number): string => n.toLocaleString('en-GB');
const counted = (n: number, thing: string): string =>
  `${count(n)} ${thing}${n === 1 ? '' : thing === 'process' ? 'es' : 's'}`;

/** A word that is there without colour too. */
function verdictWord(verdict: ScanReport['verdict'], style: Style): string {
  switch (verdict) {
    case 'malicious':
      return style.bold(style.red('■ INFECTED'));
    case 'suspicious':
      return style.bold(style.yellow('▲ SUSPICIOUS'));
    case 'incomplete':
      return style.bold(style.blue('◐ INCOMPLETE'));
    case 'no_threats':
      return style.bold(style.green('● NO THREATS'));
  }
}

type Artifact = ScanReport['notTrusted'][number];

function artifactWord(verdict: Artifact['verdict'], style: Style): string {
  const word = verdict.toUpperCase();
  if (verdict === 'malicious') return style.bold(style.red(word));
  return verdict === 'suspicious' ? style.bold(style.yellow(word)) : style.bold(word);
}

function capped<T>(
  items: readonly T[],
  most: number,
  show: (item: T) => string,
  rest: (n: number) => string,
): string[] {
  const lines = items.slice(0, most).map(show);
  if (items.length > most) lines.push(rest(items.length - most));
  return lines;
}

const field = (label: string, value: string): string => `${label.padEnd(11)}${value}`;

function head(report: ScanReport, style: Style): string[] {
  const system = report.endpoint.operatingSystem === null ? '' : ` (${safeText(report.endpoint.operatingSystem, 100)})`;
  const lines = [
    field('Endpoint', `${safeText(report.endpoint.name, 200)}${system}`),
    field('Verdict', verdictWord(report.verdict, style)),
  ];
  if (report.families.length > 0)
    lines.push(field('Families', report.families.map((name) => safeText(name, 200)).join(', ')));
  if (report.hunt !== null) lines.push(field('Hunt', safeText(report.hunt.name, 200)));
  lines.push(field('Scan', report.scanId), field('Times', times(report)));
  for (const reason of report.reasons) lines.push(`  ${safeText(reason)}`);
  return lines;
}

function times(report: ScanReport): string {
  const { createdAt, endedAt, finishedAt } = report.times;
  const seconds = (from: string, to: string): string => {
    const ms = Date.parse(to) - Date.parse(from);
    return Number.isFinite(ms) ? `${Math.max(0, ms / 1000).toFixed(1)} s` : 'an unknown time';
  };
  const parts = [`started ${safeText(createdAt, 40)}`];
  if (endedAt !== null) parts.push(`scanned in ${seconds(createdAt, endedAt)}`);
  if (endedAt !== null && finishedAt !== null) parts.push(`judged ${seconds(endedAt, finishedAt)} later`);
  return parts.join(', ');
}

function counts(report: ScanReport): string[] {
  const c = report.counts;
  const a = report.artifacts;
  const seen = [
    counted(c.processes, 'process'),
    counted(c.modules, 'module'),
    counted(c.files, 'file'),
    counted(c.regions, 'region'),
    counted(c.findings, 'finding'),
  ];
  const judged = [
    `${count(a.trusted)} trusted`,
    `${count(a.unknown)} unknown`,
    `${count(a.suspicious)} suspicious`,
    `${count(a.malicious)} malicious`,
  ];
  return [field('Seen', seen.join(', ')), field('Artifacts', judged.join(', '))];
}

function coverage(report: ScanReport, style: Style): string[] {
  const { reported, complete, processes, problems } = report.coverage;
  const state = !reported ? 'not reported by this client' : complete ? 'complete' : style.bold('incomplete');
  const lines = [field('Coverage', `${state}: ${count(processes.read)} of ${count(processes.seen)} processes read`)];
  const groups = Map.groupBy(
    processes.notRead,
    (one) => `${one.incomplete ? 'not read' : 'not read, as expected'}, because ${one.reason.replaceAll('_', ' ')}`,
  );
  const rows = [...groups].map(([reason, list]) => {
    const shown = list
      .slice(0, 5)
      .map((one) => (one.path === null ? `${one.pid}` : `${one.pid} ${safeText(one.path, 80)}`));
    return [`${count(list.length)}`, reason, shown.join(', ') + (list.length > 5 ? ' …' : '')];
  });
  if (rows.length > 0) lines.push(formatTable(rows, '  '));
  const show = (one: (typeof problems)[number]): string =>
    `  problem ${safeText(one.code, 40)}: ${safeText(one.message)}`;
  lines.push(...capped(problems, MOST_LINES, show, (n) => `  and ${count(n)} more problems`));
  return lines;
}

function artifactLines(artifact: Artifact, style: Style): string[] {
  const families =
    artifact.families.length > 0 ? `  ${artifact.families.map((name) => safeText(name, 100)).join(', ')}` : '';
  const findings = artifact.findings.length > 0 ? `  [${artifact.findings.join(', ')}]` : '';
  const lines = [
    `  ${artifactWord(artifact.verdict, style)} ${style.dim(`(${artifact.subVerdict.replaceAll('_', ' ')})`)}  ${artifact.layout} ${artifact.sha256}${families}${findings}`,
  ];
  if (artifact.path !== null) lines.push(`    ${safeText(artifact.path)}`);
  const show = (one: Artifact['processes'][number]): string =>
    `${one.pid}${one.path === null ? '' : ` ${safeText(one.path, 120)}`}`;
  const processes = capped(artifact.processes, 4, show, (n) => `${count(n)} more`);
  if (processes.length > 0) lines.push(`    in ${processes.join(', ')}`);
  for (const reason of artifact.why.slice(0, 3)) lines.push(`    ${safeText(reason)}`);
  return lines;
}

const ORDER = ['malicious', 'suspicious', 'unknown'];

/** The engine in whose region all of an artifact's sightings lie; undefined where there is any other. */
function engineOf(artifact: Artifact, report: ScanReport): string | undefined {
  if (artifact.layout !== 'raw' || artifact.verdict !== 'unknown') return undefined;
  const pids = new Set(artifact.processes.map((one) => one.pid));
  const engines = artifact.addresses.map((text) => {
    const address = BigInt(text);
    const holds = (region: ScanReport['jitRegions'][number]): boolean => {
      const base = BigInt(region.address);
      return pids.has(region.pid) && address >= base && address < base + BigInt(region.size);
    };
    return report.jitRegions.find(holds)?.engine;
  });
  return engines.every((engine) => engine !== undefined) ? engines[0] : undefined;
}

/** What a JIT engine writes is different in every process and known to nobody: counted, not listed. */
function jitLines(groups: ReadonlyMap<string, readonly Artifact[]>): string[] {
  return [...groups].map(([engine, artifacts]) => {
    const pids = [...new Set(artifacts.flatMap((artifact) => artifact.processes.map((one) => one.pid)))];
    const shown = pids.slice(0, 12).join(', ') + (pids.length > 12 ? ' …' : '');
    return `  UNKNOWN JIT code of ${safeText(engine, 60)}: ${counted(artifacts.length, 'artifact')} in ${counted(pids.length, 'process')} (${shown}); --json has each`;
  });
}

function notTrusted(report: ScanReport, style: Style): string[] {
  if (report.notTrusted.length === 0) return ['Every artifact is trusted.'];
  const jitted = new Map<string, Artifact[]>();
  const others: Artifact[] = [];
  for (const artifact of report.notTrusted) {
    const engine = engineOf(artifact, report);
    if (engine === undefined) others.push(artifact);
    else jitted.set(engine, [...(jitted.get(engine) ?? []), artifact]);
  }
  others.sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  const show = (artifact: Artifact): string => artifactLines(artifact, style).join('\n');
  const rest = (n: number): string => `  and ${count(n)} more; the console and --json have them all`;
  return [style.bold('Not trusted'), ...capped(others, MOST_ARTIFACTS, show, rest), ...jitLines(jitted)];
}

function findings(report: ScanReport, style: Style): string[] {
  if (report.findings.length === 0) return [];
  const rows = report.findings
    .slice(0, MOST_FINDINGS)
    .map((one) => [
      one.finding,
      `process ${one.pid}`,
      one.address,
      safeText(one.path ?? '', 80),
      safeText(one.details, 200),
    ]);
  const lines = [style.bold('Findings'), formatTable(rows, '  ')];
  if (report.findings.length > MOST_FINDINGS) lines.push(`  and ${count(report.findings.length - MOST_FINDINGS)} more`);
  return lines;
}

function jit(report: ScanReport): string[] {
  if (report.jitRegions.length === 0) return [];
  const engines = Map.groupBy(report.jitRegions, (one) => one.engine);
  const parts = [...engines].map(
    ([engine, regions]) => `${safeText(engine, 60)} in ${counted(regions.length, 'region')}`,
  );
  return [field('JIT code', `${parts.join(', ')}: recognised by evidence, no finding`)];
}

/** A scan's report for people, without the newline at its end. Everything from the endpoint is made safe to print. */
export function formatScanReport(report: ScanReport, style: Style): string {
  const sections = [
    head(report, style),
    counts(report),
    coverage(report, style),
    jit(report),
    findings(report, style),
    chainSection(report, style),
    notTrusted(report, style),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}
