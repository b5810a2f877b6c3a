import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { ApiError } from '@genehound/contract';
import { coverage, PROGRAM, reportOf, ScanClient, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

/** What the scanner collects beside code is in the API, as it was sent. */

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.close());

test('autoruns, tasks, manifest and cost are answered with the verdicts of the files that start', async () => {
  const program = await readFile(PROGRAM);
  const hash = sha256(program);
  const script = 'e'.repeat(64);
  const scan = new ScanClient(server.url, server.localKey);
  await scan.create();
  const host = JSON.stringify({ host_info: { computer_name: 'starts' } });
  await scan.post('host-info', host);
  await scan.post('processes-info', { processes_info: [{ pid: 7, ppid: 1, process_path: PROGRAM }] });
  const claims = { package: 'dpkg x', package_version: '1', catalog: 'x.cat', catalog_signer: '<b>Somebody</b>' };
  const files = [{ file_path: PROGRAM, sha256: hash, size_in_bytes: program.length, ...claims }];
  await scan.post('files-info', { files_info: files });
  await scan.upload('file-system/collected-binaries', program);
  const named = { a: { full_path: PROGRAM, sha256: hash }, b: { full_path: '/opt/x.sh', sha256: script } };
  const autorun = { category: 'cron', entry_path: '/etc/crontab', entry_value: 'x', extracted_files: named };
  await scan.post('autoruns-info', { autoruns_info: [autorun] });
  const task = {
    task_name: 't',
    is_hidden: true,
    exec_actions: [{ exec_path: PROGRAM, extracted_files: { a: named.a } }],
  };
  await scan.post('scheduled-tasks-info', { scheduled_tasks_info: [task] });
  await scan.post('coverage-info', { coverage_info: coverage(1) });
  const lost = 'f'.repeat(64);
  const messages = [sha256(Buffer.from(host)), lost].map((one) => ({
    route: 'host-info',
    sha256: one,
    size_in_bytes: 1,
  }));
  const clock = { started: '2026-11-24T10:00:00+01:00', ended: '2026-11-24T10:00:09+01:00' };
  const scanner = { version: '1', platform: 'linux/amd64' };
  const manifest = { version: 1, scanner, clock, private: false, messages, artifacts: [], left_out: 2 };
  await scan.post('manifest-info', { manifest_info: manifest });
  await scan.post('end', { reason: 'done', runtime_metrics: { scanner_cpu_user_time: 7, odd: 'text' } });

  const report = await reportOf(server.client, scan.analysisId);
  const found = report.notTrusted.find((row) => row.sha256 === hash);
  const nothing = { product: null, company: null, version: null, signer: null, signatureMatches: null };
  const brought = { package: 'dpkg x', packageVersion: '1' };
  assert.deepEqual(found?.file, { ...nothing, ...brought, catalog: 'x.cat', catalogSigner: '<b>Somebody</b>' });
  assert.deepEqual(
    found?.origins?.slice(0, 2).map(({ from, certainty }) => [from.kind, from.name, certainty]),
    [
      ['autorun', '/etc/crontab', 'seen'],
      ['task', 't', 'seen'],
    ],
  );
  const told = await server.client.call('getScanSurroundings', { params: { id: scan.analysisId } });
  const verdict = found?.verdict ?? null;
  assert.deepEqual(told.autoruns?.[0]?.files, [
    { path: PROGRAM, sha256: hash, verdict },
    { path: '/opt/x.sh', sha256: script, verdict: null },
  ]);
  assert.deepEqual(
    [told.scheduledTasks?.[0]?.hidden, told.scheduledTasks?.[0]?.actions[0]?.files[0]?.verdict],
    [true, verdict],
  );
  assert.deepEqual([told.manifest?.leftOut, told.manifest?.started], [2, clock.started]);
  assert.deepEqual(told.manifest?.notReceived, [{ route: 'host-info', sha256: lost }]);
  assert.deepEqual(told.metrics, { scanner_cpu_user_time: 7 });
});

test('what was never told is not none', async () => {
  const scan = new ScanClient(server.url, server.localKey);
  await scan.create();
  await scan.post('host-info', { host_info: { computer_name: 'silent' } });
  await scan.post('processes-info', { processes_info: [] });
  await scan.post('end', { reason: 'done' });
  await reportOf(server.client, scan.analysisId);
  const told = await server.client.call('getScanSurroundings', { params: { id: scan.analysisId } });
  assert.deepEqual([told.autoruns, told.scheduledTasks, told.manifest, told.metrics], [null, null, null, null]);
  const params = { id: crypto.randomUUID() };
  await assert.rejects(
    server.client.call('getScanSurroundings', { params }),
    (error) => error instanceof ApiError && error.code === 'not_found',
  );
});
