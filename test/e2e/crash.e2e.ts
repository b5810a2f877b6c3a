import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { ScanReport } from '@genehound/contract';
import { type Finished, type Machine, openMachine } from '../harness/machine.ts';
import type { Moment } from '../harness/network.ts';
import { needsRoot } from '../harness/privilege.ts';
import { reportOf, runScanner, scan } from '../harness/scanner.ts';
import { searchBlobs } from '../harness/search.ts';
import {
  genehound,
  labelMalware,
  makeDataDirectory,
  makeScanKey,
  type Server,
  startServer,
} from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { buildPayload } from '../targets/families.ts';
import type { Launched } from '../targets/launch.ts';
import { buildProgram } from '../targets/programs.ts';
import { writeAppendedCopy, writeUnlikeCopy } from '../targets/unlike.ts';

/**
 * kill -9 of the server at twenty moments of intake and analysis. After each: it starts again, what it had
 * acknowledged is there, the scan finishes with the verdict it has without a kill.
 */

const FAMILY = 'E2E Amber';

/** A moment named in the server's own code, as GENEHOUND_FAULT writes it. */
const POINTS: readonly string[] = [
  'blob:after-write',
  'blob:after-write:3',
  'blob:before-fsync',
  'blob:before-fsync:2',
  'blob:after-rename',
  'blob:after-rename:2',
  'intake:before-commit',
  'intake:before-commit:4',
  'intake:after-commit',
  'intake:after-commit:3',
  'analysis:after-genome',
  'scan:before-verdict',
  'scan:after-verdict',
];

/** A moment of a request: when it begins to reach the server, or when the answer is on its way back. */
const REQUESTS: readonly [RegExp, Moment['phase']][] = [
  [/\/host-info$/, 'begun'],
  [/\/processes-info$/, 'answered'],
  [/\/files-info$/, 'answered'],
  [/\/file-system\/collected-binaries$/, 'begun'],
  [/\/fileless\/collected-binaries$/, 'answered'],
  [/\/end$/, 'begun'],
  [/\/end$/, 'answered'],
];

interface Ground {
  readonly data: string;
  readonly machine: Machine;
  readonly key: string;
  readonly reference: ScanReport;
}

interface Planted {
  readonly end: () => Promise<void>;
}

/** Code, a program and a file that no server has seen, so that every kind of upload takes place. */
async function plant(machine: Machine): Promise<Planted> {
  const folder = await mkdtemp(join(machine.varTmp, 'planted-'));
  const inside = `/var/tmp/${basename(folder)}`;
  await Promise.all([
    writeUnlikeCopy(await buildPayload('amber', 'plain', 'flat'), join(folder, 'flat')),
    writeUnlikeCopy(await buildPayload('amber', 'plain', 'program'), join(folder, 'program')),
    writeAppendedCopy(await buildProgram('sleeper'), join(folder, 'file')),
  ]);
  const running: Launched[] = [
    await machine.launch(await buildProgram('rw-then-rx'), [`${inside}/flat`]),
    await machine.launch(await buildProgram('memfd-exec'), [`${inside}/program`]),
    await machine.launch(`${inside}/file`, []),
  ];
  return {
    end: async () => {
      await Promise.all(running.map((one) => one.end()));
      await rm(folder, { recursive: true });
    },
  };
}

/** What must be the same with and without a kill. */
function essence(report: ScanReport): unknown {
  const { processes, modules, files, regions, findings } = report.counts;
  return {
    verdict: report.verdict,
    families: report.families,
    counts: { processes, modules, files, regions, findings },
    complete: report.coverage.complete,
    artifacts: report.artifacts,
    malicious: report.notTrusted
      .filter((one) => one.verdict === 'malicious')
      .map((one) => [one.layout, one.findings])
      .sort(),
  };
}

async function prepare(context: TestContext, name: string): Promise<Ground> {
  const data = await makeDataDirectory();
  context.after(data.remove);
  const server = await startServer(data.path);
  try {
    const key = (await makeScanKey(server, 'crash')).secret;
    await labelMalware(server, FAMILY, await buildPayload('amber', 'labelled', 'library'));
    const machine = await openMachine(name, server.port);
    context.after(() => machine.close());
    const planted = await plant(machine);
    const { report } = await scan(machine, server, key);
    await planted.end();
    assert.equal(report.verdict, 'malicious', JSON.stringify(report, null, 1));
    return { data: data.path, machine, key, reference: report };
  } finally {
    await server.stop();
  }
}

/** Every upload that the server had acknowledged, before or after the kill, is in its store and was analysed. */
async function assertNothingLost(ground: Ground, server: Server, since: number): Promise<void> {
  const sent = ground.machine.network.exchanges
    .slice(since)
    .filter((one) => one.path.endsWith('/collected-binaries') && one.status === 200);
  assert.ok(sent.length >= 3, `only ${sent.length} binaries were sent`);
  const needles = sent.map((one) => one.body.subarray(-48).toString('latin1'));
  const { hits } = await searchBlobs(server.data, needles);
  const missing = needles.filter((needle) => !hits.some((hit) => hit.needle === needle));
  assert.deepEqual(missing, [], `${missing.length} acknowledged binaries are not in the store`);
}

async function waitForKill(doomed: Server): Promise<void> {
  let cause: string | number | null | undefined;
  void doomed.gone.then((how) => {
    cause = how;
  });
  try {
    await until('The kill', 60, async () => cause);
  } finally {
    await doomed.stop();
  }
  assert.equal(cause, 'SIGKILL', doomed.log().slice(-2000));
}

/** One scan during which the server is killed once; `arm` starts the server so that it will be. */
async function killedScan(ground: Ground, arm: () => Promise<Server>): Promise<void> {
  const { machine, key } = ground;
  const since = machine.network.exchanges.length;
  machine.network.keep();
  const planted = await plant(machine);
  try {
    const doomed = await arm();
    machine.network.setServerPort(doomed.port);
    const id = randomUUID();
    const scanning = runScanner(machine, ['-k', key, '-u', machine.network.url, '--id', id]);
    // A scanner that ends badly is told about below; while the kill is waited for it must not end the process.
    scanning.catch(() => undefined);
    await waitForKill(doomed);
    machine.network.watch(undefined);
    await finishScan(ground, scanning, id, since);
  } finally {
    await planted.end();
  }
}

async function finishScan(ground: Ground, scanning: Promise<Finished>, id: string, since: number): Promise<void> {
  const server = await startServer(ground.data);
  ground.machine.network.setServerPort(server.port);
  try {
    const scanner = await scanning;
    assert.equal(scanner.code, 0, `${scanner.stdout}${scanner.stderr}`);
    const report = await reportOf(server, id);
    assert.deepEqual(essence(report), essence(ground.reference), JSON.stringify(report, null, 1));
    await assertNothingLost(ground, server, since);
  } finally {
    await server.stop();
  }
}

async function killAtRequest(ground: Ground, [path, phase]: (typeof REQUESTS)[number]): Promise<void> {
  await killedScan(ground, async () => {
    const server = await startServer(ground.data);
    ground.machine.network.watch((moment) => {
      if (moment.phase === phase && path.test(moment.path)) server.child.kill('SIGKILL');
    });
    return server;
  });
}

describe('kill -9 of the server', { concurrency: 2 }, () => {
  test('at the points that its code names', async (context) => {
    if (!(await needsRoot(context))) return;
    const ground = await prepare(context, 'gh-crash-points');
    for (const point of POINTS) {
      await context.test(point, () => killedScan(ground, () => startServer(ground.data, { GENEHOUND_FAULT: point })));
    }
  });

  test('while requests are under way', async (context) => {
    if (!(await needsRoot(context))) return;
    const ground = await prepare(context, 'gh-crash-requests');
    for (const moment of REQUESTS) {
      await context.test(`${moment[0].source} ${moment[1]}`, () => killAtRequest(ground, moment));
    }
    await context.test('between the commit of a label and the index', () => killWhileLabelling(ground));
  });
});

/** A label that was committed counts, though the server died before its genes were in the index. */
async function killWhileLabelling(ground: Ground): Promise<void> {
  const { data, machine, key } = ground;
  const doomed = await startServer(data, { GENEHOUND_FAULT: 'analysis:between-commit-and-index' });
  const args = [
    'index',
    await buildPayload('basalt', 'labelled', 'library'),
    '--family',
    'E2E Basalt',
    '--type',
    'malware',
    '--scope',
    'global',
    '--json',
  ];
  await Promise.all([waitForKill(doomed), genehound(data, args)]);
  const server = await startServer(data);
  machine.network.setServerPort(server.port);
  try {
    const again = await genehound(data, args);
    assert.equal(again.code, 0, again.stderr);
    const target = await machine.launch(await buildProgram('rw-then-rx'), [
      await buildPayload('basalt', 'fast', 'flat'),
    ]);
    const { report } = await scan(machine, server, key);
    await target.end();
    assert.deepEqual([report.verdict, report.families], ['malicious', ['E2E Basalt']], JSON.stringify(report, null, 1));
    const families = await server.client.call('listFamilies', {});
    assert.equal(families.items.filter((one) => one.name === 'E2E Basalt').length, 1);
  } finally {
    await server.stop();
  }
}
