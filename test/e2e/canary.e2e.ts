import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseJson, type RegionInfo, SCAN_MESSAGES } from '@genehound/contract';
import { type Machine, openMachine } from '../harness/machine.ts';
import { needsRoot, rootPrefix } from '../harness/privilege.ts';
import { runScanner, scan, scannerPath } from '../harness/scanner.ts';
import { type Hit, searchBlobs, searchBytes, searchDatabase, searchFolder } from '../harness/search.ts';
import { genehound, makeDataDirectory, makeScanKey, type Server, startServer } from '../harness/server.ts';
import { buildPayload } from '../targets/families.ts';
import type { Ready } from '../targets/launch.ts';
import { buildProgram } from '../targets/programs.ts';

/**
 * What is data never leaves, wherever it stands: unlike strings on heap, stack, in the environment and in mapped
 * documents, also where all of that is executable, and in memory that holds real code too. A marker that may leave
 * (it is in a command line) and bytes of the real code prove that the search would have found the others.
 */

const canary = randomBytes(32).toString('hex');
/** A part is enough: whoever sends half a secret has sent it. */
const NEEDLES = [0, 16, 32, 48].map((at) => canary.slice(at, at + 16));
const marker = `marker-${randomBytes(12).toString('hex')}`;

let server: Server;
let key = '';
let remove: () => Promise<void> = async () => undefined;
let machine: Machine | undefined;

before(async () => {
  if ((await rootPrefix()) === undefined) return;
  const data = await makeDataDirectory();
  remove = data.remove;
  [server] = await Promise.all([startServer(data.path, { GENEHOUND_LOG_LEVEL: 'trace' }), scannerPath()]);
  key = (await makeScanKey(server, 'canary')).secret;
});
after(async () => {
  await machine?.close();
  await server?.stop();
  await remove();
});

interface Holders {
  readonly plain: Ready;
  readonly impliesExec: Ready;
  readonly executableStack: Ready;
  readonly pages: Ready;
  readonly page: Ready;
  readonly between: Ready;
  readonly sparse: Ready;
}

async function startHolders(inside: Machine): Promise<Holders> {
  const options = { line: canary, environment: { INITIAL_SECRET: `${canary}-initial` } };
  const places = async (mode: string, executableStack: boolean): Promise<Ready> => {
    const document = `/var/tmp/document-${mode}-${executableStack}`;
    return (await inside.launch(await buildProgram('canary-places', executableStack), [document, mode], options)).ready;
  };
  const payload = await buildPayload('amber', 'labelled', 'flat');
  const beside = async (way: string): Promise<Ready> =>
    (await inside.launch(await buildProgram('canary-beside-code'), [payload, way], options)).ready;
  await inside.launch(await buildProgram('sleeper'), [marker]);
  return {
    plain: await places('plain', false),
    impliesExec: await places('implies-exec', false),
    executableStack: await places('plain', true),
    pages: await beside('pages'),
    page: await beside('page'),
    between: await beside('between'),
    sparse: await beside('sparse'),
  };
}

async function regionsOf(offline: string): Promise<RegionInfo[]> {
  const files = (await readdir(offline, { recursive: true })).filter((name) => /regions_info_\d+\.json$/.test(name));
  const regions: RegionInfo[] = [];
  for (const file of files) {
    const message = SCAN_MESSAGES.regions_info.schema.parse(parseJson(await readFile(join(offline, file), 'utf8')));
    regions.push(...message.regions_info);
  }
  return regions;
}

function regionsAt(regions: readonly RegionInfo[], ready: Ready, place: string): RegionInfo[] {
  const at = BigInt(String(ready[place]));
  return regions.filter((one) => {
    const base = BigInt(one.base_address);
    return one.pid === ready.pid && base <= at && at < base + BigInt(one.size_in_bytes);
  });
}

/** The places that are executable without being code are listed, so nothing was kept safe by not being looked at. */
function assertListed(regions: readonly RegionInfo[], holders: Holders): void {
  const { plain, impliesExec, executableStack } = holders;
  const expected: [Ready, string][] = [
    [plain, 'document'],
    [impliesExec, 'document'],
    [impliesExec, 'data'],
    [impliesExec, 'heap'],
    [impliesExec, 'large'],
    [executableStack, 'stack'],
  ];
  for (const [ready, place] of expected) {
    const classes = regionsAt(regions, ready, place).map((one) => one.classification);
    assert.deepEqual(classes, ['executable_data'], `${place} of pid ${ready.pid}`);
  }
  for (const ready of [holders.pages, holders.page, holders.between, holders.sparse]) {
    const found = regionsAt(regions, ready, 'address').filter((one) => one.sha256 !== undefined);
    assert.ok(found.length > 0, `the code of pid ${ready.pid} was not collected`);
  }
}

function assertClean(hits: readonly Hit[], where: string): void {
  const leaks = hits.filter((hit) => hit.needle !== marker).map((hit) => hit.place);
  assert.deepEqual(leaks, [], `the canary left: ${where}`);
}

function assertMarked(hits: readonly Hit[], where: string): void {
  assert.ok(
    hits.some((hit) => hit.needle === marker),
    `the search finds nothing in ${where}, not even what is there`,
  );
}

test('a canary in data never leaves the endpoint', async (context) => {
  if (!(await needsRoot(context))) return;
  const inside = await openMachine('gh-canary', server.port);
  machine = inside;
  const holders = await startHolders(inside);
  const needles = [...NEEDLES, marker];
  const code = (await readFile(await buildPayload('amber', 'labelled', 'flat')))
    .subarray(4096, 4128)
    .toString('latin1');
  let offline = '';

  await context.test('in the offline directory', async () => {
    const told = await runScanner(inside, ['-o', '/var/tmp/offline']);
    assert.equal(told.code, 0, told.stderr);
    offline = await inside.takeOver('/var/tmp/offline');
    const hits = await searchFolder(offline, [...needles, code]);
    assertClean(
      hits.filter((hit) => hit.needle !== code),
      'offline directory',
    );
    assertMarked(hits, 'offline directory');
    assert.ok(
      hits.some((hit) => hit.needle === code),
      'no real code was collected',
    );
    assertListed(await regionsOf(offline), holders);
    assertClean(searchBytes('scanner output', Buffer.from(told.stdout + told.stderr), needles), 'scanner output');
  });

  await context.test('in the upload', async () => {
    inside.network.keep();
    const { scanner, report } = await scan(inside, server, key);
    assert.ok(report.coverage.complete, JSON.stringify(report.coverage));
    const hits = inside.network.exchanges.flatMap((one) =>
      searchBytes(one.path, Buffer.concat([Buffer.from(one.path + one.headers), one.body]), [...needles, code]),
    );
    assertClean(
      hits.filter((hit) => hit.needle !== code),
      'upload',
    );
    assertMarked(hits, 'upload');
    assert.ok(
      hits.some((hit) => hit.needle === code),
      'no real code was sent',
    );
    assertClean(searchBytes('scanner output', Buffer.from(scanner.stdout + scanner.stderr), needles), 'scanner output');
  });

  await context.test('in what the server stores and says, also after the offline directory was uploaded', async () => {
    const uploaded = await genehound(server.data, ['upload', offline, '--json']);
    assert.equal(uploaded.code, 0, uploaded.stderr);
    const database = await searchDatabase(server.data, needles);
    assertClean(database.hits, 'database');
    assertMarked(database.hits, 'database');
    const blobs = await searchBlobs(server.data, [...NEEDLES, code]);
    assertClean(
      blobs.hits.filter((hit) => hit.needle !== code),
      'blobs',
    );
    assert.ok(blobs.hits.length > 0, 'no blob holds the code');
    assertClean(await searchFolder(server.data, NEEDLES), 'files of the data directory');
    assertClean(
      searchBytes('server log', Buffer.from(server.log() + uploaded.stdout + uploaded.stderr), needles),
      'log',
    );
  });
});
