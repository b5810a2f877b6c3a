import { createHash } from 'node:crypto';
import { type Advice, AppError, type Layout, stringifyJson } from '@genehound/contract';
import { readBlob } from '@genehound/intake';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import type { Context } from '../../platform/context.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { Turns } from '../../platform/turns.ts';
import { appendAudit } from '../accounts/read.ts';
import type { ScanBody } from '../scans/read.ts';
import { adviceOf, judgedScan } from './advice.ts';
import { casePage } from './case-page.ts';
import { endpointEvents } from './case-store.ts';
import { type Markup, markup } from './markup.ts';

/** Bytes of code in one case: it is packed in memory. What is beyond is named in case.json. */
const MOST_CODE = 67_108_864;
const MOST_ARTIFACTS = 500;
/** Records of the work that one case takes: a comment has up to 10,000 characters. */
const MOST_EVENTS = 1_000;
/** The one that whoever handles such code expects: it keeps programs from opening it, and hides nothing. */
const PASSWORD = 'infected';

interface CaseFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const json = (name: string, value: unknown): CaseFile => ({ name, bytes: Buffer.from(`${stringifyJson(value, 2)}\n`) });

async function zip(files: readonly CaseFile[], password: string | null): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  const locked = password === null ? {} : { password, encryptionStrength: 3 as const };
  for (const { name, bytes } of files) await writer.add(name, new Uint8ArrayReader(bytes), locked);
  return await writer.close();
}

interface LeftOut {
  readonly sha256: string;
  readonly layout: Layout;
  readonly why: string;
}

/** The code of what is accused, and what of it is not in the case. */
async function codeOf({ blobs }: Context, organisation: string, body: ScanBody) {
  const accused = body.report.notTrusted.filter(({ verdict }) => verdict !== 'unknown');
  const files: CaseFile[] = [];
  const leftOut: LeftOut[] = [];
  let size = 0;
  for (const { sha256, layout } of accused) {
    const name = `${sha256}.${layout}.sample`;
    if (files.some((file) => file.name === name)) continue;
    if (files.length >= MOST_ARTIFACTS || size >= MOST_CODE) {
      leftOut.push({ sha256, layout, why: 'There is more code than a case takes' });
      continue;
    }
    // Bytes that are too many or do not hash to their name any more are no reason to withhold the rest of the case.
    const bytes = await readBlob(blobs, { organisation, sha256 }, MOST_CODE - size).catch(() => undefined);
    if (bytes === undefined) leftOut.push({ sha256, layout, why: 'Its bytes are too many, or damaged' });
    else if (bytes === null) leftOut.push({ sha256, layout, why: 'The server does not have its bytes' });
    else {
      files.push({ name, bytes });
      size += bytes.length;
    }
  }
  return { files, leftOut };
}

type History = readonly {
  readonly about: string;
  readonly at: string;
  readonly by: string;
  readonly what: string;
  readonly value: string | null;
}[];

async function historyOf({ db }: Context, organisation: string, endpointId: string): Promise<History> {
  const events = await endpointEvents(db, organisation, endpointId, MOST_EVENTS);
  return events.map(({ sha256, kind, value, by, at }) => ({
    about: sha256 ?? 'endpoint',
    at: at.toISOString(),
    by,
    what: kind,
    value,
  }));
}

function historyPage(history: History): Markup {
  if (history.length === 0) return markup``;
  const rows = history.map(
    ({ about, at, by, what, value }) =>
      markup`<tr><td>${at}</td><td>${by}</td><td>${about}</td><td>${what}</td><td>${value}</td></tr>`,
  );
  const cut = history.length === MOST_EVENTS ? markup`<p class="dim">The last ${MOST_EVENTS} records</p>` : markup``;
  return markup`<h2>The work on it</h2>${cut}<table><tbody>${rows}</tbody></table>`;
}

function listOf(files: readonly CaseFile[]) {
  return files.map(({ name, bytes }) => ({
    name,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
  }));
}

async function build(context: Context, organisation: string, body: ScanBody, withCode: boolean) {
  const advice: Advice = await adviceOf(context, organisation, body);
  const history = await historyOf(context, organisation, body.report.endpoint.id);
  const { files: code, leftOut } = withCode ? await codeOf(context, organisation, body) : { files: [], leftOut: [] };
  const files: CaseFile[] = [
    { name: 'report.html', bytes: Buffer.from(casePage(body, advice, historyPage(history))) },
    json('report.json', body.report),
    json('advice.json', advice),
    json('processes.json', body.processes),
    json('history.json', history),
    ...(body.surroundings === undefined ? [] : [json('surroundings.json', body.surroundings)]),
    ...(code.length === 0 ? [] : [{ name: 'code.zip', bytes: await zip(code, PASSWORD) }]),
  ];
  const list = json('case.json', {
    format: 'genehound-case',
    version: 1,
    scan: body.report.scanId,
    endpoint: body.report.endpoint.name,
    installation: context.installation,
    files: listOf(files),
    code: code.map(({ name }) => name),
    leftOut,
  });
  return { files, list, artifacts: code.length };
}

const turns = new Turns();

/**
 * A scan as a ZIP that another team opens without the server. Code leaves with it unless it is left out, so it takes who
 * may do everything, and is recorded with the digest of its list. AppError not_found, conflict.
 */
export async function exportCase(
  context: Context,
  { organisation, actor }: Principal,
  scanId: string,
  withCode: boolean,
): Promise<Uint8Array> {
  const body = await judgedScan(context, organisation, scanId);
  let packed: Uint8Array | undefined;
  await turns.take('case', async () => {
    const { files, list, artifacts } = await build(context, organisation, body, withCode);
    const [listed] = listOf([list]);
    const details = { case: listed?.sha256 ?? '', artifacts, code: withCode };
    await appendAudit(context.db, { organisation, actor, action: 'export-case', subject: scanId, details });
    const signature = json('case.signature.json', context.signer.sign(list.bytes));
    packed = await zip([list, signature, ...files], null);
  });
  if (packed === undefined) throw new AppError('unavailable', { details: 'the case could not be packed' });
  return packed;
}
