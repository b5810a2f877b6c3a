import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDebianPostgres, startEmbeddedPostgres, startJava, startNode, startPython } from '../harness/controls.ts';
import { openMachine } from '../harness/machine.ts';
import { needsRoot, rootPrefix } from '../harness/privilege.ts';
import { scan, scannerPath } from '../harness/scanner.ts';
import { makeDataDirectory, makeScanKey, type Server, startServer } from '../harness/server.ts';

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

test('a machine that runs node, python, java and PostgreSQL has no threats', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-clean', server.port);
  context.after(() => machine.close());
  const [node, java] = await Promise.all([startNode(machine), startJava(machine), startPython(machine)]);
  const databases = await Promise.all([startEmbeddedPostgres(machine), startDebianPostgres(machine)]);
  const { report } = await scan(machine, server, key);
  const told = JSON.stringify(report, null, 1);
  assert.equal(report.verdict, 'no_threats', told);
  assert.equal(report.artifacts.suspicious + report.artifacts.malicious, 0, told);
  assert.deepEqual(report.findings, [], told);
  assert.ok(report.coverage.complete && report.coverage.reported, told);
  assert.deepEqual([report.endpoint.name, report.endpoint.identity], ['gh-clean', 'confirmed']);
  // That they are clean says something only where their own code was seen.
  const engines = new Set(report.jitRegions.map((one) => one.pid));
  for (const control of [node, java]) assert.ok(engines.has(control.ready.pid), `${control.ready.pid}: ${told}`);
  const compiled = databases.some((one) => one?.compiled);
  if (compiled)
    assert.ok(
      report.jitRegions.some((one) => /postgres/.test(one.path ?? '')),
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
