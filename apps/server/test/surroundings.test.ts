import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createLog } from '@genehound/intake';
import { ensureDatabase } from '../src/platform/open-database.ts';
import { type EmbeddedPostgres, startEmbedded } from '../src/platform/postgres/supervisor.ts';
import { coverage, deliver, field, PROGRAM, reportOf, ScanClient, send } from './scan-client.ts';
import { startTestServer, type TestServer, temporaryData } from './test-server.ts';

let base = '';
let external: EmbeddedPostgres;
let server: TestServer;
before(async () => {
  base = await temporaryData();
  // Some PostgreSQL that the server did not start itself, and a console that somebody built.
  external = await startEmbedded(join(base, 'external'), createLog('silent'));
  await ensureDatabase(external, 'production');
  const console = join(base, 'console');
  await mkdir(join(console, 'assets'), { recursive: true });
  await writeFile(join(console, 'index.html'), '<!doctype html><title>x</title>');
  await writeFile(join(console, 'assets', 'a-1.js'), 'export {};');
  server = await startTestServer({
    DATABASE_URL: `postgresql://${external.user}@/production?host=${encodeURIComponent(external.host)}`,
    GENEHOUND_CONSOLE: console,
  });
});
after(async () => {
  await server.close();
  await external.stop();
  await rm(base, { recursive: true, force: true });
});

test('with DATABASE_URL no PostgreSQL is started, and everything works', async () => {
  assert.equal((await server.client.call('getStatus', {})).database, 'external');
  assert.equal((await readdir(server.data)).includes('postgres'), false);
  const { id } = await deliver(server.url, server.localKey, { name: 'external', programs: [PROGRAM] });
  assert.equal((await reportOf(server.client, id)).verdict, 'no_threats');
});

test('messages beyond the budget of memory are asked to come again, and none counts as lost', async () => {
  const scan = new ScanClient(server.url, server.localKey);
  await scan.create();
  await scan.post('host-info', { host_info: { computer_name: 'much' } });
  await scan.post('processes-info', { processes_info: [] });
  await scan.post('coverage-info', { coverage_info: coverage(0) });
  const body = JSON.stringify({ files_info: [], filler: 'x'.repeat(60_000_000) });
  const headers = { authorization: `Bearer ${server.localKey}`, 'content-type': 'application/json' };
  const url = `${server.url}/scans/scans/${scan.scanId}/files-info`;
  const { promise: hold, resolve: release } = Promise.withResolvers<void>();
  // None of them ends, so all that were read are in memory at once: the fifth is one too many.
  const replies = Array.from({ length: 5 }, () => send(url, { method: 'POST', headers, body, hold }));
  const first = await Promise.race(replies);
  assert.deepEqual([first.status, first.headers['retry-after']], [503, '5']);
  release();
  const statuses = await Promise.all(replies.map(async (reply) => (await reply).status));
  assert.deepEqual(statuses.toSorted(), [200, 200, 200, 200, 503]);
  await scan.post('end', { reason: 'done' });
  const report = await reportOf(server.client, scan.analysisId);
  assert.equal(report.verdict, 'no_threats', report.reasons.join());
});

test('the console is served with its files, its pages, and nothing for what is missing', async () => {
  const html = { accept: 'text/html,*/*' };
  for (const path of ['/', '/scans', '/scans/0190a0a0-0000-7000-8000-00000000abcd']) {
    const page = await send(server.url + path, { headers: html });
    assert.deepEqual([page.status, page.headers['cache-control']], [200, 'no-cache'], path);
    assert.match(page.text, /<!doctype html>/);
  }
  const asset = await send(`${server.url}/assets/a-1.js`);
  assert.match(String(asset.headers['cache-control']), /immutable/);
  for (const path of ['/assets/missing.js', '/api/v1/nothing', '/scans/scans/x', '/assets/..%2f..%2fetc%2fpasswd']) {
    const missing = await send(server.url + path, { headers: html });
    assert.ok(missing.status === 404 || missing.status === 403, `${path} ${missing.status}`);
    assert.equal(typeof field(missing.body, 'error'), 'string', path);
  }
});

test('without room on the disk the server starts, reads, and refuses with 507; an unbuilt console says how to build it', async () => {
  const full = await startTestServer({
    GENEHOUND_MINIMUM_FREE_BYTES: String(Number.MAX_SAFE_INTEGER),
    GENEHOUND_CONSOLE: join(base, 'nothing'),
  });
  try {
    const reply = await new ScanClient(full.url, full.localKey).create();
    assert.deepEqual([reply.status, /no space left/.test(reply.text)], [507, true]);
    assert.equal((await full.client.call('listScans', { query: {} })).items.length, 0);
    assert.match((await send(`${full.url}/`)).text, /npm run build -w apps\/console/);
  } finally {
    await full.close();
  }
});
