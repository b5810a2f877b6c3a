import type { Advice, ScanReport } from '@genehound/contract';
import type { ScanBody } from '../scans/read.ts';
import { type Markup, markup } from './markup.ts';

/** Rows of one table that are printed; report.json has the others. */
const MOST_ROWS = 500;

const STYLE = `body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;color:#111}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:1.6rem 0 .4rem;border-bottom:1px solid #999}
table{border-collapse:collapse;width:100%;font-size:12.5px}th,td{text-align:left;vertical-align:top;padding:.2rem .5rem;border-bottom:1px solid #ddd;overflow-wrap:anywhere}
li{margin:.3rem 0;overflow-wrap:anywhere}.dim{color:#555}code{font-size:12px;overflow-wrap:anywhere}
@media print{body{margin:0;max-width:none}h2{break-after:avoid}tr,li{break-inside:avoid}thead{display:table-header-group}}`;

const WORDS: Readonly<Record<Advice['steps'][number]['kind'], string>> = {
  isolate: 'Isolate',
  save: 'Save',
  stop: 'Stop',
  disable: 'Disable',
  remove: 'Remove',
  rotate: 'Rotate the credentials of',
  review: 'Review',
};

function table(heads: readonly string[], rows: readonly (readonly (string | number | null)[])[]): Markup {
  const row = (cells: readonly (string | number | null)[]) =>
    markup`<tr>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`;
  const rest =
    rows.length > MOST_ROWS ? markup`<p class="dim">and ${rows.length - MOST_ROWS} more in report.json</p>` : markup``;
  return markup`<table><thead><tr>${heads.map((head) => markup`<th>${head}</th>`)}</tr></thead>
<tbody>${rows.slice(0, MOST_ROWS).map(row)}</tbody></table>${rest}`;
}

function adviceOf({ steps, problems, techniques, attribution, families, spread }: Advice): Markup {
  const list = steps.map(
    ({ kind, target, pid, reason, caution }) =>
      markup`<li><b>${WORDS[kind]}</b> ${target}${pid === null ? '' : `, process ${pid}`}<br><span class="dim">${reason}${caution === null ? '' : `. Mind: ${caution}`}</span></li>`,
  );
  const known = families.map(
    ({ name, aliases, notes, links }) =>
      markup`<p><b>${name}</b>${aliases.length === 0 ? '' : `, also ${aliases.join(', ')}`}<br>${notes}<br>${links.map(({ title, url }) => `${title}: ${url}`).join(' · ')}</p>`,
  );
  return markup`<h2>Do now</h2>${steps.length === 0 ? markup`<p>Nothing in this scan asks for a response.</p>` : markup`<ol>${list}</ol>`}
${problems.map((problem) => markup`<p class="dim">Not known: ${problem}</p>`)}
${known.length === 0 ? markup`` : markup`<h2>Known of the families</h2>${known}`}
${
  spread.length === 0
    ? markup``
    : markup`<h2>The same code on other endpoints</h2>${table(
        ['SHA-256', 'Layout', 'Endpoints', 'Among them', 'First seen', 'Last seen'],
        spread.map((one) => [
          one.sha256,
          one.layout,
          one.endpoints,
          one.shown.map(({ name }) => name).join(', '),
          one.firstSeenAt,
          one.lastSeenAt,
        ]),
      )}`
}
${
  techniques.length === 0
    ? markup``
    : markup`<h2>Techniques (MITRE ATT&amp;CK)</h2>${table(
        ['Id', 'Name', 'Because'],
        techniques.map(({ id, name, because }) => [id, name, because]),
      )}<p class="dim">${attribution}</p>`
}`;
}

function codeOf({ notTrusted, findings }: ScanReport): Markup {
  const rows = notTrusted.map((one) => [
    one.verdict,
    one.families.join(', ') || null,
    one.path ?? `memory at ${one.addresses.slice(0, 4).join(', ')}`,
    one.processes
      .slice(0, 6)
      .map(({ pid, path }) => `${pid} ${path ?? ''}`)
      .join(', '),
    one.findings.join(', '),
    `${one.layout} ${one.sha256}`,
    one.why.slice(0, 3).join(' '),
  ]);
  const found = findings.map(({ finding, pid, path, address, details }) => [finding, pid, path, address, details]);
  const origins = notTrusted.flatMap(({ origins: links = [], verdict }) =>
    verdict === 'unknown'
      ? []
      : links.map(({ from, to, certainty, why }) => [from.kind, from.name, to.kind, to.name, certainty, why]),
  );
  return markup`<h2>Code that is not trusted</h2>${table(['Verdict', 'Families', 'Where', 'In processes', 'Findings', 'Artifact', 'Why'], rows)}
<h2>How it got there</h2>${table(['From', 'Name', 'To', 'Name', 'Certainty', 'Why'], origins)}
<h2>Findings</h2>${table(['Finding', 'Process', 'Path', 'Address', 'Details'], found)}`;
}

const depthOf = (pid: number, parents: ReadonlyMap<number, number>): number => {
  let depth = 0;
  const seen = new Set<number>();
  for (let here = parents.get(pid); here !== undefined && !seen.has(here) && depth < 12; here = parents.get(here)) {
    seen.add(here);
    depth += 1;
  }
  return depth;
};

function processesOf(processes: ScanBody['processes']): Markup {
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]));
  const accused = processes.filter(({ verdict }) => verdict === 'malicious' || verdict === 'suspicious');
  const shown = new Set<number>();
  for (const { pid } of accused) {
    for (let here: number | undefined = pid; here !== undefined && !shown.has(here); here = parents.get(here))
      shown.add(here);
  }
  const rows = processes
    .filter(({ pid }) => shown.has(pid))
    .map((one) => [
      `${'— '.repeat(depthOf(one.pid, parents))}${one.pid}`,
      one.path,
      one.commandLine,
      one.user,
      one.startedAt,
      one.verdict,
    ]);
  return markup`<h2>Processes that hold such code, with their ancestors</h2>${table(['Process', 'Program', 'Command line', 'User', 'Started', 'Verdict'], rows)}`;
}

function coverageOf({ coverage }: ScanReport): Markup {
  const { processes, problems, complete } = coverage;
  const rows = processes.notRead
    .filter(({ incomplete }) => incomplete)
    .map((one) => [one.pid, one.path, one.reason, one.details]);
  return markup`<h2>What was read</h2><p>${processes.read} of ${processes.seen} processes; the scan is ${complete ? 'complete' : 'incomplete'}.</p>
${rows.length === 0 ? markup`` : table(['Process', 'Path', 'Not read', 'Details'], rows)}
${
  problems.length === 0
    ? markup``
    : table(
        ['Problem', 'Message'],
        problems.map(({ code, message }) => [code, message]),
      )
}`;
}

/**
 * A case as one page that prints, opens without a server, and loads and runs nothing: its policy forbids even what a
 * fault in it might let in. Pure.
 */
export function casePage(body: ScanBody, advice: Advice, history: Markup): string {
  const { report } = body;
  const { endpoint, verdict, families, reasons, times, hunt, scanId } = report;
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>Genehound case: ${endpoint.name}</title><style>${{ html: STYLE }}</style></head>
<body><h1>${endpoint.name}: ${verdict.replaceAll('_', ' ')}</h1>
<p>${families.join(', ') || 'no family'} · ${endpoint.operatingSystem} · scan <code>${scanId}</code> of ${times.createdAt}${hunt === null ? '' : ` · hunt ${hunt.name}`}</p>
<ul>${reasons.map((reason) => markup`<li>${reason}</li>`)}</ul>
${adviceOf(advice)}
${codeOf(report)}
${processesOf(body.processes)}
${coverageOf(report)}
${history}
<p class="dim">Names, paths and command lines are the endpoint's word. code.zip holds the code that is accused, under the password "infected"; case.json lists every file with its SHA-256.</p>
</body></html>
`.html;
}
