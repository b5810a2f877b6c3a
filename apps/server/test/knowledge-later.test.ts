import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deliver, OTHER_PROGRAM, PROGRAM, reportOf, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(async () => await server.close());

async function label(
  path: string,
  family: string,
  type: 'malware' | 'application',
  scope: 'global' | 'organisation',
): Promise<void> {
  const body = await readFile(path);
  await server.client.call('addSample', { query: { family, type, scope, source: `test:${path}` }, body });
}

/** The report once its verdict is the expected one; fails with what it was instead. */
async function becomes(id: string, verdict: string) {
  let report = await reportOf(server.client, id);
  for (const end = Date.now() + 60_000; report.verdict !== verdict && Date.now() < end; ) {
    await sleep(100);
    report = await reportOf(server.client, id);
  }
  assert.equal(report.verdict, verdict, report.reasons.join());
  return report;
}

test('a family that is learnt later is found in every past scan that had its code, and in no other', async () => {
  const had = await deliver(server.url, server.localKey, { name: 'had', programs: [PROGRAM, OTHER_PROGRAM] });
  const again = await deliver(server.url, server.localKey, { name: 'had', programs: [PROGRAM] });
  const without = await deliver(server.url, server.localKey, { name: 'without', programs: [OTHER_PROGRAM] });
  for (const { id } of [had, again, without]) assert.equal((await reportOf(server.client, id)).verdict, 'no_threats');

  await label(PROGRAM, 'test family', 'malware', 'organisation');
  for (const { id } of [had, again]) {
    const report = await becomes(id, 'malicious');
    assert.deepEqual(report.families, ['test family']);
    assert.equal(report.notTrusted[0]?.path, PROGRAM);
    assert.deepEqual(report.notTrusted[0]?.processes, [{ pid: 100, path: PROGRAM }]);
  }
  assert.equal((await reportOf(server.client, without.id)).verdict, 'no_threats');
  const listed = await server.client.call('listScans', { query: {} });
  assert.equal(listed.items.find(({ id }) => id === had.id)?.verdict, 'malicious');
});

test('a file that a global label names is judged without its bytes', async () => {
  const path = '/bin/cp';
  await label(path, 'coreutils', 'application', 'global');
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) {
    const { pendingSamples, indexCurrent } = await server.client.call('getGenome', {});
    if (pendingSamples === 0 && indexCurrent) break;
  }
  const { id, wanted } = await deliver(server.url, server.localKey, { name: 'labelled', programs: [path] });
  assert.deepEqual(wanted, []);
  const report = await reportOf(server.client, id);
  assert.deepEqual(
    [report.verdict, report.artifacts.trusted, report.artifacts.unknown],
    ['no_threats', 1, 0],
    report.reasons.join(),
  );
  const hash = sha256(await readFile(path));
  const artifact = await server.client.call('getArtifact', { params: { sha256: hash, layout: 'file' } });
  assert.equal(artifact.verdict?.subVerdict, 'known_trusted');
});

test('pages of the list hold every scan once, newest first', async () => {
  for (let round = 0; round < 3; round += 1)
    await deliver(server.url, server.localKey, { name: `page ${round}`, programs: [] });
  const all = (await server.client.call('listScans', { query: { limit: 500 } })).items.map(({ id }) => id);
  const paged: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await server.client.call('listScans', {
      query: { limit: 2, ...(cursor === undefined ? {} : { cursor }) },
    });
    paged.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  assert.deepEqual(paged, all);
  assert.ok(all.length >= 7);
});
