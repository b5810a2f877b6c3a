import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ArtifactVerdict } from '@genehound/contract';
import { deliver, OTHER_PROGRAM, PROGRAM, reportOf, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
let scanId: string;
let program: string;
let other: string;
before(async () => {
  server = await startTestServer();
  program = sha256(await readFile(PROGRAM));
  other = sha256(await readFile(OTHER_PROGRAM));
  scanId = (await deliver(server.url, server.localKey, { name: 'one', programs: [PROGRAM, OTHER_PROGRAM] })).id;
  await reportOf(server.client, scanId);
});
after(async () => await server.close());

const file = (hash: string) => ({ sha256: hash, layout: 'file' }) as const;

async function artifactBecomes(hash: string, verdict: ArtifactVerdict) {
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const found = await server.client.call('getArtifact', { params: file(hash) });
    if (found.verdict?.verdict === verdict) return found;
    assert.ok(Date.now() < end, `${found.verdict?.verdict}: ${found.verdict?.evidence.reasons.join()}`);
  }
}

async function scanBecomes(verdict: string, unknown: number): Promise<void> {
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const found = await server.client.call('getScan', { params: { id: scanId } });
    if (found.verdict === verdict && found.artifacts?.unknown === unknown) return;
    assert.ok(Date.now() < end, JSON.stringify(found));
  }
}

const refused = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code;

test('acquit, undo: the artifact is trusted, then unknown again; everything is on record', async () => {
  const body = { kind: 'acquit', artifacts: [file(program)], family: 'list tool', reason: 'known', scanId } as const;
  const preview = await server.client.call('previewDecision', { body });
  assert.deepEqual(preview, {
    taken: [{ ...file(program), family: 'list tool', verdict: 'unknown' }],
    leftOut: [],
  });
  const { decision } = await server.client.call('decide', { body });
  assert.deepEqual(
    [decision.kind, decision.basis, decision.reason, decision.scanId],
    ['acquit', 'genes', 'known', scanId],
  );
  const found = await artifactBecomes(program, 'trusted');
  assert.equal(found.verdict?.evidence.label?.family, 'list tool');
  await scanBecomes('no_threats', 1);

  await assert.rejects(server.client.call('decide', { body }), refused('conflict'));
  const { leftOut } = await server.client.call('previewDecision', { body });
  assert.equal(leftOut[0]?.why, 'decided');

  const { items: labels } = await server.client.call('listLabels', { query: { decisionId: decision.id } });
  assert.deepEqual(
    labels.map((one) => [one.sha256, one.basis, one.revoked, one.speaks]),
    [[program, 'genes', null, true]],
  );
  const undone = await server.client.call('undoDecision', {
    params: { id: decision.id },
    body: { reason: 'a mistake' },
  });
  assert.deepEqual([undone.labels, undone.revoked], [1, 1]);
  await artifactBecomes(program, 'unknown');
  await scanBecomes('no_threats', 2);
  const again = await server.client.call('undoDecision', { params: { id: decision.id }, body: {} });
  assert.equal(again.revoked, 1, 'again changes nothing');
  const after = await server.client.call('listLabels', { query: { decisionId: decision.id } });
  assert.equal(after.items[0]?.revoked?.reason, 'a mistake');
});

test('convict: past scans are infected; by genes nothing malicious is acquitted, by hash with a reason one artifact', async () => {
  const { decision } = await server.client.call('decide', {
    body: { kind: 'convict', artifacts: [file(other)], family: 'bad shell' },
  });
  await artifactBecomes(other, 'malicious');
  await scanBecomes('malicious', 1);
  const acquit = { kind: 'acquit', artifacts: [file(other), file(program)], family: 'fine' } as const;
  const { taken, leftOut } = await server.client.call('previewDecision', { body: acquit });
  assert.deepEqual(
    [taken.map((one) => one.sha256), leftOut.map((one) => [one.sha256, one.why])],
    [[program], [[other, 'malicious']]],
  );
  const byHash = { ...acquit, artifacts: [file(other)], basis: 'hash' } as const;
  await assert.rejects(server.client.call('decide', { body: byHash }), refused('bad_request'));
  await assert.rejects(
    server.client.call('decide', { body: { ...acquit, basis: 'hash', reason: 'both' } }),
    refused('bad_request'),
  );
  // An acquittal of the hash does not outweigh the organisation's own conviction of the same hash.
  await server.client.call('undoDecision', { params: { id: decision.id }, body: {} });
  await artifactBecomes(other, 'unknown');
});

test('malware that is learnt later overrules an acquittal by genes, not one of the exact hash, and says so', async () => {
  const { decision } = await server.client.call('decide', {
    body: { kind: 'acquit', artifacts: [file(other)], family: 'golden image' },
  });
  await artifactBecomes(other, 'trusted');
  // The same program with another hash: its genes are known as malware from now on.
  const bytes = Buffer.concat([await readFile(OTHER_PROGRAM), Buffer.from('another build')]);
  const sample = await server.client.call('addSample', {
    query: { family: 'shell worm', type: 'malware', scope: 'global', source: 'test' },
    body: bytes,
  });
  await artifactBecomes(other, 'malicious');
  await scanBecomes('malicious', 1);
  const { items } = await server.client.call('listConflicts', {});
  assert.deepEqual(
    items.map((one) => [one.sha256, one.decisionId, one.acquittedAs, one.families, one.resolvedAt]),
    [[other, decision.id, 'golden image', ['shell worm'], null]],
  );
  const { decision: exact } = await server.client.call('decide', {
    body: { kind: 'acquit', basis: 'hash', artifacts: [file(other)], family: 'our shell', reason: 'checked by hand' },
  });
  await artifactBecomes(other, 'trusted');
  const { items: settled } = await server.client.call('listConflicts', {});
  assert.ok(settled.every((one) => one.resolvedAt !== null));
  await server.client.call('undoDecision', { params: { id: exact.id }, body: {} });
  await artifactBecomes(other, 'malicious');
  await server.client.call('revokeLabel', { params: { id: sample.labelId }, body: { reason: 'a false report' } });
  await artifactBecomes(other, 'trusted');
  await server.client.call('undoDecision', { params: { id: decision.id }, body: {} });
  await artifactBecomes(other, 'unknown');
});

test('a file that only a label spoke for is not read once the label is revoked, and is asked for the next time', async () => {
  const path = '/bin/cp';
  const sample = await server.client.call('addSample', {
    query: { family: 'coreutils', type: 'application', scope: 'global', source: 'test' },
    body: await readFile(path),
  });
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    const { pendingSamples, indexCurrent } = await server.client.call('getGenome', {});
    if (pendingSamples === 0 && indexCurrent) break;
  }
  const first = await deliver(server.url, server.localKey, { name: 'two', programs: [path] });
  assert.deepEqual(first.wanted, []);
  assert.equal((await reportOf(server.client, first.id)).verdict, 'no_threats');
  await server.client.call('revokeLabel', { params: { id: sample.labelId }, body: {} });
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const report = await reportOf(server.client, first.id);
    if (report.verdict === 'incomplete') break;
    assert.ok(Date.now() < end, report.verdict);
  }
  const hash = sha256(await readFile(path));
  const found = await server.client.call('getArtifact', { params: file(hash) });
  assert.equal(found.state, 'failed');
  assert.match(found.problem ?? '', /not read/);
  const second = await deliver(server.url, server.localKey, { name: 'two', programs: [path] });
  assert.deepEqual(second.wanted, [hash]);
  assert.equal((await reportOf(server.client, second.id)).verdict, 'no_threats');
});

test('what is not there is said to be not there', async () => {
  const id = '01890000-0000-7000-8000-000000000000';
  await assert.rejects(server.client.call('undoDecision', { params: { id }, body: {} }), refused('not_found'));
  await assert.rejects(server.client.call('revokeLabel', { params: { id }, body: {} }), refused('not_found'));
  await assert.rejects(
    server.client.call('decide', { body: { kind: 'acquit', artifacts: [file('0'.repeat(64))], family: 'x' } }),
    refused('conflict'),
  );
  await assert.rejects(
    server.client.call('decide', {
      body: { kind: 'acquit', type: 'malware', artifacts: [file(program)], family: 'x' },
    }),
    refused('bad_request'),
  );
});
