import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type HuntReport, huntReport } from '@genehound/contract';
import { HARNESS } from '../harness/config.ts';
import { type Finished, openMachine, REPOSITORY } from '../harness/machine.ts';
import { needsRoot } from '../harness/privilege.ts';
import { startServer } from '../harness/server.ts';
import { buildProgram } from '../targets/programs.ts';

/**
 * The README's first command, twice on one data directory, in a machine that reaches no package mirror: it goes on,
 * says what it lacks, prints exactly one document each time, and nothing is doubled; once more over HTTPS.
 */

function reportOf(told: Finished): HuntReport {
  assert.equal(told.code, 0, told.stderr);
  return huntReport.parse(JSON.parse(told.stdout));
}

test('npm run hunt -- --json, twice', async (context) => {
  if (!(await needsRoot(context))) return;
  // Nothing listens on the discard port: this machine has no way out.
  const machine = await openMachine('gh-hunt', 9);
  context.after(() => machine.close());
  const sleeper = await machine.launch(await buildProgram('sleeper'), []);
  const hunt = (more: Readonly<Record<string, string>> = {}): Promise<Finished> =>
    machine.run('npm', ['--prefix', REPOSITORY, 'run', '-s', 'hunt', '--', '--json'], {
      environment: { GENEHOUND_DATA: '/var/tmp/hunt', HOME: HARNESS.home, ...more },
      seconds: 240,
    });
  const first = reportOf(await hunt());
  const second = reportOf(await hunt());
  // With an authority that nobody but the server's own data directory knows.
  const overHttps = reportOf(await hunt({ GENEHOUND_TLS: 'generated' }));
  assert.match(overHttps.console, /^https:/);
  for (const report of [first, second, overHttps]) {
    assert.equal(report.verdict, 'no_threats', JSON.stringify(report, null, 1));
    assert.equal(report.endpoint.name, 'gh-hunt');
    assert.equal(report.artifacts.suspicious + report.artifacts.malicious, 0);
    assert.ok(report.coverage.processes.seen >= 3, 'itself, its server, and the sleeper');
    assert.ok(report.coverage.processes.notRead.every((one) => one.pid !== sleeper.ready.pid));
    assert.ok(report.genome.lacking.length > 0, 'without a mirror something is lacking, and it says so');
  }
  assert.ok(second.seconds <= 60, `the second run took ${second.seconds} s`);
  assert.equal(second.endpoint.id, first.endpoint.id);
  assert.equal(second.hunt?.id, first.hunt?.id);
  const server = await startServer(join(machine.varTmp, 'hunt'));
  try {
    const [hunts, scans, families] = await Promise.all([
      server.client.call('listHunts', {}),
      server.client.call('listScans', { query: {} }),
      server.client.call('listFamilies', {}),
    ]);
    assert.equal(hunts.items.length, 1);
    assert.deepEqual(
      new Set(scans.items.map((one) => one.id)),
      new Set([first, second, overHttps].map((one) => one.scanId)),
    );
    const names = families.items.map((one) => `${one.scope} ${one.name}`);
    assert.equal(new Set(names).size, names.length, 'no family is there twice');
  } finally {
    await server.stop();
  }
});
