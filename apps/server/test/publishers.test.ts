import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@genehound/contract';
import {
  AUTHORITY,
  CODE,
  CodeSigning,
  type Identity,
  unsignedCatalog,
} from '../src/features/analysis/extraction/authenticode/code-signing.test-helper.ts';
import { deliver, reportOf, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';
import { until } from './two-organisations.ts';

const SUBJECT = 'CN=Example Publisher, O=Example Works';
const signing = new CodeSigning();
let server: TestServer;
let root: Identity;
let signer: Identity;
let embedded: Uint8Array;
let bare: Uint8Array;

before(async () => {
  server = await startTestServer();
  root = signing.issue('/O=Test/CN=Test Root', { by: null, extensions: AUTHORITY });
  signer = signing.issue('/O=Example Works/CN=Example Publisher', { by: root, extensions: CODE });
  embedded = signing.sign(signing.program('embedded'), signer, []);
  bare = signing.program('named by a catalog');
});
after(async () => {
  await server.close();
  signing.close();
});

const show = (bytes: Uint8Array) =>
  server.client.call('getArtifact', { params: { sha256: sha256(bytes), layout: 'file' } });

async function becomes(bytes: Uint8Array, verdict: string) {
  for (const end = Date.now() + 90_000; ; await sleep(150)) {
    const artifact = await show(bytes);
    if (artifact.verdict?.verdict === verdict) return artifact;
    assert.ok(Date.now() < end, `${artifact.verdict?.verdict}: ${artifact.verdict?.evidence.reasons.join()}`);
  }
}

const add = (certificate: Identity, subject = SUBJECT) =>
  server.client.call('addPublisher', {
    body: { subject, certificates: [readFileSync(certificate.certificate, 'utf8')], reason: 'we buy from them' },
  });

test('a signed file is unknown until its publisher is trusted, and again once it is not', async () => {
  const path = signing.path('signed.exe');
  writeFileSync(path, embedded);
  const { id } = await deliver(server.url, server.localKey, { name: 'windows', programs: [path] });
  await reportOf(server.client, id);
  const before = await becomes(embedded, 'unknown');
  assert.deepEqual(before.signed?.problems, []);
  assert.deepEqual(before.signed?.items, [
    { subject: SUBJECT, catalog: null, stampedAt: null, trusted: false, untimely: false },
  ]);
  const seen = await server.client.call('listSeenSigners', {});
  assert.deepEqual(seen.items, [{ subject: SUBJECT, files: 1, catalogs: 0, trusted: false, otherChain: false }]);

  const impostor = signing.issue('/O=Test/CN=Test Root', { by: null, extensions: AUTHORITY });
  const wrong = await add(impostor);
  assert.equal((await show(embedded)).verdict?.verdict, 'unknown', 'another root of the same name');
  assert.equal((await server.client.call('listSeenSigners', {})).items[0]?.otherChain, true);
  await server.client.call('removePublisher', { params: { id: wrong.id }, body: { reason: 'the wrong root' } });

  const added = await add(root);
  assert.deepEqual([added.subject, added.files, added.certificates[0]?.isAuthority], [SUBJECT, 1, true]);
  const trusted = await becomes(embedded, 'trusted');
  assert.deepEqual(
    [trusted.verdict?.evidence.rule, trusted.verdict?.evidence.publisher?.publisher, trusted.signed?.items[0]?.trusted],
    ['trusted-publisher', SUBJECT, true],
  );
  await until('the change told as a retro-hunt', async () => {
    const { items } = await server.client.call('listRetroHunts', { query: {} });
    return items.some(({ changedArtifacts }) => changedArtifacts === 1) ? true : undefined;
  });

  const body = { reason: 'sold to somebody' };
  const removed = await server.client.call('removePublisher', { params: { id: added.id }, body });
  assert.equal(removed.removed?.reason, 'sold to somebody');
  await becomes(embedded, 'unknown');
  assert.deepEqual(
    await server.client.call('removePublisher', { params: { id: added.id }, body }),
    removed,
    'again changes nothing',
  );
});

test('a catalog extends trust to the files that it names, in the organisations that trust its signer', async () => {
  await server.client.call('analyseArtifact', { query: { layout: 'file' }, body: bare });
  const { signed } = await becomes(bare, 'unknown');
  assert.deepEqual(signed?.items, []);
  const digest = Buffer.from(signed?.digest ?? '', 'hex');
  const catalog = signing.sign(unsignedCatalog([digest]), signer, []);
  const query = { scope: 'global', name: 'updates.cat', reason: 'from the image of the vendor' } as const;
  const { catalog: row, known } = await server.client.call('addCatalog', { query, body: catalog });
  assert.deepEqual([row.subject, row.members, row.scope, known], [SUBJECT, 1, 'global', false]);
  assert.equal((await server.client.call('addCatalog', { query, body: catalog })).known, true);
  assert.deepEqual((await show(bare)).signed?.items[0]?.trusted, false, 'nobody trusts its signer');
  const publisher = await add(root);
  const trusted = await becomes(bare, 'trusted');
  assert.equal(trusted.verdict?.evidence.publisher?.catalog, 'updates.cat');
  // New files of that signer are trusted at once.
  const fresh = signing.sign(signing.program('fresh'), signer, []);
  await server.client.call('analyseArtifact', { query: { layout: 'file' }, body: fresh });
  await becomes(fresh, 'trusted');

  await server.client.call('removeCatalog', { params: { id: row.id }, body: {} });
  await becomes(bare, 'unknown');
  await server.client.call('addCatalog', { query, body: catalog });
  await becomes(bare, 'trusted');
  await server.client.call('removePublisher', { params: { id: publisher.id }, body: {} });
  await becomes(bare, 'unknown');
});

test('malicious labels speak louder, and what cannot be read is refused with a reason', async () => {
  const publisher = await add(root);
  await becomes(embedded, 'trusted');
  await server.client.call('decide', {
    body: {
      kind: 'convict',
      basis: 'hash',
      artifacts: [{ sha256: sha256(embedded), layout: 'file' }],
      family: 'stolen key',
      reason: 'their key was stolen',
    },
  });
  const convicted = await becomes(embedded, 'malicious');
  assert.equal(convicted.verdict?.evidence.publisher?.publisher, SUBJECT, 'the signature is shown all the same');
  await server.client.call('removePublisher', { params: { id: publisher.id }, body: {} });

  const refused = async (work: Promise<unknown>, message: RegExp) => await assert.rejects(work, { message });
  const body = { subject: SUBJECT, certificates: ['no certificate'], reason: 'r' };
  await refused(server.client.call('addPublisher', { body }), /certificate cannot be read/);
  await refused(add(root, 'Example Publisher'), /must read "CN=/);
  await refused(add(signer, 'CN=Somebody else'), /none of the certificates is that of an authority/);
  const query = { scope: 'organisation', name: 'x', reason: 'r' } as const;
  await refused(server.client.call('addCatalog', { query, body: bare }), /It is no catalog/);
  const nobody = createClient(server.url, 'wrong');
  await refused(nobody.call('listPublishers', {}), /key is wrong/);
});
