import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createClient, resources } from '@genehound/contract';
import { reportAfterRejudging } from '../src/hunt/report-after-rejudging.ts';
import { writeOfflineScan } from './offline-scan.test-helper.ts';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** What a hunt learns after its scan must be in its report. */

let server: RunningServer;
let folder = '';
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-rejudging-'));
  server = await startServer();
});
after(async () => {
  await server.clean();
  rmSync(folder, { recursive: true, force: true });
});

test('a scan that was judged before its programs were labelled: its report says so after the wait', async () => {
  const directory = writeOfflineScan(join(folder, 'offline'), 'scan_late_1', readFileSync('/bin/cat'));
  assert.equal((await genehound(server.data, ['upload', directory, '--wait'])).exit, 0);
  const id = readFileSync(join(directory, 'analysis_id.txt'), 'utf8').trim();
  const made = await genehound(server.data, ['key', 'create', 'reader', '--permission', 'full', '--json']);
  const client = createClient(server.url, resources.createdKey.parse(documentOf(made)).secret);
  const before = await client.call('getScanReport', { params: { id } });
  assert.deepEqual([before.artifacts.trusted, before.artifacts.unknown], [0, 1]);
  const since = Date.now();
  const args = ['index', '/bin/cat', '--family', 'coreutils', '--type', 'application', '--scope', 'global'];
  assert.equal((await genehound(server.data, args)).exit, 0);
  const { artifacts, notTrusted } = await reportAfterRejudging(client, id, since);
  assert.deepEqual([artifacts.trusted, artifacts.unknown, notTrusted], [1, 0, []]);
});
