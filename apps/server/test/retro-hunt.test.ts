import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '@genehound/contract';
import { deliver, OTHER_PROGRAM, PROGRAM, reportOf, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(async () => await server.close());

test('a retro-hunt tells which past scans were infected, also where a clean one came since', async () => {
  const had = await deliver(server.url, server.localKey, { name: 'once', programs: [PROGRAM, OTHER_PROGRAM] });
  await reportOf(server.client, had.id);
  const clean = await deliver(server.url, server.localKey, { name: 'once', programs: [OTHER_PROGRAM] });
  await reportOf(server.client, clean.id);
  const bytes = Buffer.concat([await readFile(PROGRAM), Buffer.from('another build')]);
  await server.client.call('addSample', {
    query: { family: 'late worm', type: 'malware', scope: 'organisation', source: 'test' },
    body: bytes,
  });
  const hunt = await (async () => {
    for (const end = Date.now() + 60_000; ; await sleep(100)) {
      const { items } = await server.client.call('listRetroHunts', { query: {} });
      const found = items.find(({ families }) => families.includes('late worm'));
      if (found?.state === 'done' && found.changedScans > 0) return found;
      assert.ok(Date.now() < end, JSON.stringify(items));
    }
  })();
  assert.deepEqual([hunt.scope, hunt.progress, hunt.changedArtifacts, hunt.changedScans], ['organisation', 1, 2, 1]);
  assert.ok(hunt.genes > 100);
  const changes = await server.client.call('listRetroHuntChanges', { params: { id: hunt.id } });
  const hash = sha256(await readFile(PROGRAM));
  const change = { layout: 'file', before: 'unknown', after: 'malicious' };
  // The sample itself is an artifact of the organisation, too.
  const both = [hash, sha256(bytes)].sort().map((one) => ({ sha256: one, ...change }));
  assert.deepEqual(changes.artifacts, both);
  assert.deepEqual(
    changes.scans.map((scan) => [scan.scanId, scan.endpoint?.name, scan.before, scan.after, scan.familiesAfter]),
    [[had.id, 'once', 'no_threats', 'malicious', ['late worm']]],
  );
  assert.equal((await server.client.call('getScan', { params: { id: clean.id } })).verdict, 'no_threats');
  assert.deepEqual(await server.client.call('getRetroHunt', { params: { id: hunt.id } }), hunt);
  await assert.rejects(
    server.client.call('getRetroHunt', { params: { id: had.id } }),
    (error) => error instanceof ApiError && error.code === 'not_found',
  );
});
