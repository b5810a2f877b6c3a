import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Layout } from '@genehound/contract';
import { deliver, OTHER_PROGRAM, PROGRAM, reportOf, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(async () => await server.close());

/** Asks about bytes and waits for what becomes of them. */
async function analysed(bytes: Uint8Array, layout: Layout): Promise<Answer<'getArtifact'>> {
  let artifact: Answer<'getArtifact'> = await server.client.call('analyseArtifact', { query: { layout }, body: bytes });
  assert.equal(artifact.sha256, sha256(bytes));
  for (const end = Date.now() + 60_000; artifact.state === 'queued' || artifact.state === 'running'; ) {
    assert.ok(Date.now() < end, 'it was never analysed');
    await sleep(50);
    artifact = await server.client.call('getArtifact', { params: { sha256: artifact.sha256, layout } });
  }
  return artifact;
}

test('bytes that nobody has sent are judged by their genes, and asking again changes nothing', async () => {
  const known = await readFile(PROGRAM);
  await server.client.call('addSample', {
    query: { family: 'asked', type: 'malware', scope: 'organisation', source: 'test' },
    body: known,
  });
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    const { pendingSamples, indexCurrent } = await server.client.call('getGenome', {});
    if (pendingSamples === 0 && indexCurrent) break;
  }
  // One byte beyond the image: another hash, the same code.
  const changed = Buffer.concat([known, Buffer.from([0])]);
  const first = await analysed(changed, 'file');
  assert.equal(first.verdict?.verdict, 'malicious');
  assert.equal(first.verdict?.evidence.rule, 'malicious-genes');
  assert.deepEqual(await analysed(changed, 'file'), first);
});

test('bytes that were asked about are not asked for again when a scan sees them', async () => {
  const bytes = await readFile(OTHER_PROGRAM);
  assert.equal((await analysed(bytes, 'file')).verdict?.verdict, 'unknown');
  const { id, wanted } = await deliver(server.url, server.localKey, { name: 'later', programs: [OTHER_PROGRAM] });
  assert.deepEqual(wanted, []);
  assert.equal((await reportOf(server.client, id)).artifacts.unknown, 1);
});

test('what is no image is refused as a file, and taken as bare code', async () => {
  const bytes = Buffer.from('#!/bin/sh\necho this is a document\n');
  await assert.rejects(server.client.call('analyseArtifact', { query: { layout: 'file' }, body: bytes }), /image/);
  await assert.rejects(
    server.client.call('analyseArtifact', { query: { layout: 'raw' }, body: Buffer.alloc(0) }),
    /no bytes/,
  );
  assert.equal((await analysed(bytes, 'raw')).verdict?.verdict, 'unknown');
});
