import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, ApiError } from '@genehound/contract';
import { deliver, field, OTHER_PROGRAM, PROGRAM, reportOf, send, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

/** Sources of knowledge: imports under a licence, hash lists, and taking either back as a whole. */

/** A program that no other test of this file reads. */
const SILENT = '/bin/cat';

let server: TestServer;
let program: Buffer;
let other: Buffer;
before(async () => {
  server = await startTestServer();
  program = await readFile(PROGRAM);
  other = await readFile(OTHER_PROGRAM);
});
after(async () => await server.close());

async function becomes(bytes: Uint8Array, verdict: string): Promise<Answer<'getArtifact'>> {
  const params = { sha256: sha256(bytes), layout: 'file' } as const;
  await server.client.call('analyseArtifact', { query: { layout: 'file' }, body: bytes });
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const found = await server.client.call('getArtifact', { params });
    if (found.verdict?.verdict === verdict) return found;
    assert.ok(Date.now() < end, `${found.state}: ${found.verdict?.verdict}, not ${verdict}`);
  }
}

const refused = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code;
const words = { licence: 'CC-BY-4.0', tlp: 'green', attribution: 'Example CERT' } as const;

test('samples that are imported under a source go with it', async () => {
  const body = { kind: 'import', name: 'own corpus', ...words, date: '2026-11-01T00:00:00Z' } as const;
  const source = await server.client.call('addSource', { body });
  assert.equal((await server.client.call('addSource', { body })).id, source.id, 'an import can be taken up again');
  await assert.rejects(server.client.call('addSource', { body: { ...body, tlp: 'red' } }), refused('conflict'));
  const query = {
    family: 'sourced',
    type: 'malware',
    scope: 'organisation',
    source: 'a/path',
    sourceId: source.id,
  } as const;
  await server.client.call('addSample', { query, body: program });
  const relative = Buffer.concat([program, Buffer.from([0])]);
  await becomes(relative, 'malicious');
  const [listed] = (await server.client.call('listSources', {})).items;
  assert.deepEqual([listed?.labels, listed?.licence, listed?.date], [1, 'CC-BY-4.0', '2026-11-01T00:00:00.000Z']);
  await server.client.call('revokeSource', { params: { id: source.id }, body: {} });
  await becomes(relative, 'unknown');
  await assert.rejects(server.client.call('addSample', { query, body: program }), refused('conflict'));
});

test('a hash list makes a file known, never trusted; its tools are tools', async () => {
  const body = { kind: 'hashes', name: 'list', ...words } as const;
  const source = await server.client.call('addSource', { body });
  const params = { id: source.id };
  const file = { sha256: sha256(other), product: 'coreutils', version: '9.1', manufacturer: 'GNU' };
  const tool = { sha256: sha256(program), product: 'Hacking Tool', tool: true };
  const items = [file, tool];
  assert.deepEqual(await server.client.call('addKnownFiles', { params, body: { items } }), { added: 2, known: 0 });
  assert.deepEqual(await server.client.call('addKnownFiles', { params, body: { items } }), { added: 0, known: 2 });
  const known = await becomes(other, 'unknown');
  assert.deepEqual(known.knownAs, [{ name: 'coreutils', version: '9.1', manufacturer: 'GNU', source: 'list' }]);
  const found = await becomes(program, 'suspicious');
  assert.equal(found.verdict?.evidence.label?.family, 'Hacking Tool');
  const listed = (await server.client.call('listSources', {})).items.find(({ id }) => id === source.id);
  assert.deepEqual([listed?.files, listed?.labels], [2, 1]);
  await server.client.call('revokeSource', { params, body: { reason: 'old' } });
  assert.deepEqual((await becomes(program, 'unknown')).knownAs, []);
  await assert.rejects(server.client.call('addKnownFiles', { params, body: { items } }), refused('conflict'));
});

test('what only a hash told of is read like anything else once its bytes come, and holds up no scan before', async () => {
  const source = await server.client.call('addSource', { body: { kind: 'hashes', name: 'hearsay', ...words } });
  const named = Buffer.concat([other, Buffer.from('named')]);
  const items = [named, await readFile(SILENT)].map((bytes) => ({
    sha256: sha256(bytes),
    product: 'Heard of',
    tool: true,
  }));
  await server.client.call('addKnownFiles', { params: { id: source.id }, body: { items } });

  const query = { family: 'heard of later', type: 'malware', scope: 'organisation', source: 'test' } as const;
  await server.client.call('addSample', { query, body: named });
  await becomes(Buffer.concat([other, Buffer.from('another')]), 'malicious');

  const { id } = await deliver(server.url, server.localKey, { name: 'silent', programs: [SILENT], upload: false });
  assert.equal((await reportOf(server.client, id)).verdict, 'suspicious', 'its label speaks without the bytes');
});

test('a file of which only a hash is known is analysed by that hash, to an end', async () => {
  const source = await server.client.call('addSource', { body: { kind: 'hashes', name: 'by hash', ...words } });
  const hash = 'ab'.repeat(32);
  const items = [{ sha256: hash, product: 'Nobody has it', tool: true }];
  await server.client.call('addKnownFiles', { params: { id: source.id }, body: { items } });
  const headers = { authorization: `Bearer ${server.localKey}`, 'content-type': 'application/json' };
  const url = `${server.url}/api/v2-0`;
  const begun = await send(`${url}/analyze-by-hash`, { method: 'POST', headers, body: JSON.stringify({ hash }) });
  assert.equal(begun.status, 201, begun.text);
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const { status, body, text } = await send(`${url}${String(field(begun.body, 'result_url'))}`, {
      headers,
      body: '{}',
    });
    if (status === 200) {
      assert.equal(field(body, 'result', 'verdict'), 'suspicious');
      return;
    }
    assert.ok(status === 202 && Date.now() < end, text);
  }
});
