import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, ApiError, FAMILY_TYPES, TLPS } from '@genehound/contract';
import { type PackEvent, PackReader, PackSigner, rawPublicKey } from '@genehound/genes';
import { OTHER_PROGRAM, PROGRAM, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
let known: Buffer;
/** Another hash, the same code. */
let relative: Buffer;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signer = rawPublicKey(publicKey).toString('hex');

before(async () => {
  server = await startTestServer();
  known = await readFile(PROGRAM);
  relative = Buffer.concat([known, Buffer.from([0])]);
});
after(async () => await server.close());

async function label(bytes: Uint8Array, family: string, type: 'malware' | 'library'): Promise<string> {
  const query = { family, type, scope: 'organisation', source: 'packs test' } as const;
  const { labelId } = await server.client.call('addSample', { query, body: bytes });
  await settled();
  return labelId;
}

async function settled(): Promise<void> {
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const { pendingSamples, indexCurrent } = await server.client.call('getGenome', {});
    if (pendingSamples === 0 && indexCurrent) return;
    assert.ok(Date.now() < end, 'the labels never spoke');
  }
}

async function becomes(bytes: Uint8Array, verdict: string): Promise<Answer<'getArtifact'>> {
  const params = { sha256: sha256(bytes), layout: 'file' } as const;
  await server.client.call('analyseArtifact', { query: { layout: 'file' }, body: bytes });
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const found = await server.client.call('getArtifact', { params });
    if (found.verdict?.verdict === verdict) return found;
    assert.ok(Date.now() < end, `${found.state}: ${found.verdict?.verdict}, not ${verdict}`);
  }
}

interface ExportChoice {
  readonly name: string;
  readonly family?: string;
  readonly source?: string;
  readonly tlp?: 'clear' | 'amber';
}

async function exported(choice: ExportChoice, key: KeyObject = privateKey): Promise<Buffer> {
  const query = { tlp: 'amber', licence: 'CC0-1.0', ...choice } as const;
  const signing = new PackSigner(key);
  const pieces: Uint8Array[] = [];
  for await (const bytes of await server.client.call('exportPack', { query })) {
    signing.update(bytes);
    pieces.push(bytes);
  }
  return Buffer.concat([...pieces, signing.finish()]);
}

function read(pack: Buffer): readonly PackEvent[] {
  const reader = new PackReader({ types: FAMILY_TYPES, tlps: TLPS });
  const events = [...reader.push(pack)];
  reader.end();
  return events;
}

const kinds = (events: readonly PackEvent[]) => events.map(({ kind }) => kind);
const refused = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code;
const importPack = (body: Buffer) => server.client.call('importPack', { query: {}, body });

test('what a pack brings is known by genes and by hash, and can be taken back as a whole', async () => {
  const first = await label(known, 'pack family', 'malware');
  const second = await label(await readFile(OTHER_PROGRAM), 'pack library', 'library');
  await becomes(relative, 'malicious');
  const pack = await exported({ name: 'first pack' });
  const events = read(pack);
  assert.deepEqual(kinds(events), ['header', 'genes', 'labels', 'signed']);

  for (const id of [first, second]) await server.client.call('revokeLabel', { params: { id }, body: {} });
  await becomes(relative, 'unknown');

  await assert.rejects(importPack(pack), refused('pack_refused'), 'nobody has said that the signer is to be trusted');
  await server.client.call('addPackSigner', { body: { publicKey: signer, name: 'ours' } });
  const { source, known: wasKnown } = await importPack(pack);
  assert.equal(wasKnown, false);
  assert.deepEqual(
    [source.kind, source.name, source.licence, source.tlp, source.signer, source.labels, source.sha256],
    ['pack', 'first pack', 'CC0-1.0', 'amber', signer, 2, sha256(pack)],
  );
  const found = await becomes(relative, 'malicious');
  assert.equal(found.verdict?.evidence.rule, 'malicious-genes');
  assert.equal((await importPack(pack)).known, true);

  // Genes that came by a pack leave in one as they came.
  const again = read(await exported({ name: 'again' }));
  const genesOf = (all: readonly PackEvent[]) => all.flatMap((event) => (event.kind === 'genes' ? [event.genes] : []));
  assert.deepEqual(genesOf(again), genesOf(events));
  assert.deepEqual(
    again.filter(({ kind }) => kind === 'labels'),
    events.filter(({ kind }) => kind === 'labels'),
  );

  const revoked = await server.client.call('revokeSource', { params: { id: source.id }, body: { reason: 'wrong' } });
  assert.equal(revoked.revoked?.reason, 'wrong');
  await becomes(relative, 'unknown');
  const { items } = await server.client.call('listSources', {});
  assert.deepEqual(
    items.map(({ name, revoked: state }) => [name, state?.reason]),
    [['first pack', 'wrong']],
  );
  // What was taken back may be brought again.
  assert.equal((await importPack(pack)).known, false);
  await becomes(relative, 'malicious');
});

test('a pack holds what was asked for: one family, one source', async () => {
  await label(await readFile(OTHER_PROGRAM), 'pack library', 'library');
  const [header, ...rest] = read(await exported({ name: 'one', family: 'Pack Library', source: 'packs test' }));
  assert.ok(header?.kind === 'header');
  assert.deepEqual(header.header.families, [{ name: 'pack library', type: 'library' }]);
  assert.deepEqual(header.header.instructionSets, ['x86-64']);
  assert.deepEqual(kinds(rest), ['genes', 'labels', 'signed']);
  assert.deepEqual(kinds(read(await exported({ name: 'none', source: 'nobody' }))), ['header', 'signed']);
  await assert.rejects(exported({ name: 'none', family: 'nobody' }), refused('not_found'));
});

test('a pack is refused whole: changed, cut off, of an unknown signer, of a name that is taken', async () => {
  const pack = await exported({ name: 'refusals' });
  const { items: before } = await server.client.call('listSources', {});
  const changed = Buffer.from(pack);
  changed[pack.length >> 1] = (changed[pack.length >> 1] ?? 0) ^ 1;
  for (const bytes of [changed, pack.subarray(0, pack.length - 1), Buffer.from('no pack'), Buffer.alloc(0)]) {
    await assert.rejects(importPack(bytes), refused('pack_refused'));
  }
  const stranger = generateKeyPairSync('ed25519').privateKey;
  await assert.rejects(importPack(await exported({ name: 'stranger' }, stranger)), /whose packs are not taken/);
  await assert.rejects(importPack(await exported({ name: 'First Pack' })), refused('conflict'));
  assert.deepEqual((await server.client.call('listSources', {})).items, before);
  await server.client.call('removePackSigner', { params: { publicKey: signer }, query: {} });
  assert.deepEqual((await server.client.call('listPackSigners', {})).items, []);
  await assert.rejects(importPack(pack), refused('pack_refused'));
});

test('what a source allows is not widened by passing it on', async () => {
  await assert.rejects(exported({ name: 'wider', tlp: 'clear' }), /TLP:AMBER/);
  // By whatever word the labels are chosen: the name of their source, in any case.
  await assert.rejects(exported({ name: 'wider', source: 'FIRST pack', tlp: 'clear' }), /TLP:AMBER/);
  await assert.rejects(exported({ name: 'wider', source: 'first pack', tlp: 'clear' }), /TLP:AMBER/);
});
