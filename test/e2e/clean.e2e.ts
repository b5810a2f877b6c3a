import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  startDebianPostgres,
  startEmbeddedPostgres,
  startJava,
  startLuajit,
  startNode,
  startPython,
} from '../harness/controls.ts';
import { footprintsOf, runMeasured } from '../harness/footprint.ts';
import { openMachine } from '../harness/machine.ts';
import { needsRoot, rootPrefix } from '../harness/privilege.ts';
import { scan, scannerPath } from '../harness/scanner.ts';
import { makeDataDirectory, makeScanKey, type Server, startServer } from '../harness/server.ts';
import { buildPayload } from '../targets/families.ts';
import { buildProgram } from '../targets/programs.ts';

/** Software that makes executable memory for good reasons is no threat; the test threat is one, and only when held. */

let server: Server;
let key = '';
let remove: () => Promise<void> = async () => undefined;

before(async () => {
  if ((await rootPrefix()) === undefined) return;
  const data = await makeDataDirectory();
  remove = data.remove;
  [server] = await Promise.all([startServer(data.path), scannerPath()]);
  key = (await makeScanKey(server, 'clean')).secret;
});
after(async () => {
  await server?.stop();
  await remove();
});

test('a machine that runs node, python, java, luajit and PostgreSQL has no threats', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-clean', server.port);
  context.after(() => machine.close());
  const [node, java, lua, python] = await Promise.all([
    startNode(machine),
    startJava(machine),
    startLuajit(machine),
    startPython(machine),
  ]);
  const databases = await Promise.all([startEmbeddedPostgres(machine), startDebianPostgres(machine)]);
  const { report } = await scan(machine, server, key);
  const told = JSON.stringify(report, null, 1);
  assert.equal(report.verdict, 'no_threats', told);
  assert.equal(report.artifacts.suspicious + report.artifacts.malicious, 0, told);
  assert.deepEqual(report.findings, [], told);
  assert.ok(report.coverage.complete && report.coverage.reported, told);
  assert.deepEqual([report.endpoint.name, report.endpoint.identity], ['gh-clean', 'confirmed']);
  // That they are clean says something only where their own code was seen, and known for what it is.
  const engines = new Set(report.jitRegions.map((one) => `${one.engine} in ${one.pid}`));
  for (const expected of [`V8 in ${node.ready.pid}`, `HotSpot in ${java.ready.pid}`, `LuaJIT in ${lua.ready.pid}`])
    assert.ok(engines.has(expected), `${expected}: ${told}`);
  // libffi's closures are too small to be code of their own: nothing of them is collected.
  const ofPython = report.notTrusted.filter((one) => one.processes.some((at) => at.pid === python.ready.pid));
  assert.ok(
    ofPython.every((one) => one.layout === 'file'),
    JSON.stringify(ofPython),
  );
  assert.deepEqual(
    databases.map((one) => one?.compiled),
    [false, true],
    'Debian builds PostgreSQL with LLVM, and its plan says that it compiled',
  );
  assert.ok(
    report.jitRegions.some((one) => one.engine === 'LLVM' && /postgres/.test(one.path ?? '')),
    told,
  );
  await Promise.all(databases.map((one) => one?.end()));
});

test('the self-test threat makes a machine infected, a normal run does not', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-self-test', server.port);
  context.after(() => machine.close());
  const normal = await scan(machine, server, key);
  assert.equal(normal.report.verdict, 'no_threats', JSON.stringify(normal.report, null, 1));
  assert.deepEqual(normal.report.families, []);
  const tested = await scan(machine, server, key, { args: ['--self-test'] });
  const told = JSON.stringify(tested.report, null, 1);
  assert.equal(tested.report.verdict, 'malicious', told);
  assert.deepEqual(tested.report.families, ['Genehound Test Threat'], told);
  const holders = tested.report.notTrusted.filter((one) => one.verdict === 'malicious').flatMap((one) => one.processes);
  assert.equal(holders.length, 1, told);
  assert.match(holders[0]?.path ?? '', /scanner-linux-\w+$/);
  const again = await scan(machine, server, key);
  assert.equal(again.report.verdict, 'no_threats', 'the file of the scanner holds nothing');
});

test('a scan stays within 40 MB and changes no process that it reads', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-light', server.port);
  context.after(() => machine.close());
  // For the scanner to have something to read; what runs changes by itself.
  await Promise.all([startNode(machine), startJava(machine), startPython(machine)]);
  const sleeper = await buildProgram('sleeper');
  const holder = await buildProgram('rw-then-rx');
  const payload = await buildPayload('amber', 'plain', 'flat');
  const idle = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      i % 4 === 0 ? machine.launch(holder, [payload]) : machine.launch(sleeper, []),
    ),
  );
  const pids = idle.map((one) => one.ready.pid);
  const before = await footprintsOf(machine, pids);
  for (const target of [
    ['-o', '/var/tmp/offline'],
    ['-k', key, '-u', machine.network.url],
  ]) {
    const { exit, peak } = await runMeasured(machine, await scannerPath(), ['--cpu', '100', '--quiet', ...target]);
    assert.equal(exit, 0);
    assert.ok(peak * 1024 <= 40_000_000, `its peak was ${peak} kB`);
    assert.deepEqual(await footprintsOf(machine, pids), before, 'resident memory and page faults are what they were');
  }
});
