import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { query } from './query.ts';
import { deliver, OTHER_PROGRAM, PROGRAM, reportOf, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';
import { until } from './two-organisations.ts';

/** Code-sequence rules, made of random bytes by this test: harmless, and in no other file. */

let server: TestServer;
let folder: string;
const sequences = Array.from({ length: 10 }, () => randomBytes(12));
const ruleOf = (name: string, all: readonly Buffer[]): string =>
  `rule ${name} { meta: author = "this test" strings:
    ${all.map((bytes, i) => `$sequence_${i} = { ${bytes.toString('hex')} }`).join('\n    ')}
    condition: 3 of them }`;

before(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'genehound-signatures-'));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** The program with some of the sequences behind it. */
async function withSequences(name: string, count: number): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([await readFile(PROGRAM), ...sequences.slice(0, count)]));
  return path;
}

async function verdictBecomes(id: string, verdict: string) {
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const report = await reportOf(server.client, id);
    if (report.verdict === verdict) return report;
    assert.ok(Date.now() < end, `${report.verdict}: ${report.reasons.join()}`);
  }
}

const rules = (name: string, text: string) => ({
  source: 'made by a test',
  licence: 'CC0-1.0',
  attribution: 'this test',
  rules: [{ name, family: 'test.sequences', text }],
});

test('rules name the family of past and new scans from seven sequences on; withdrawn, all is as before', async () => {
  const seven = await withSequences('seven', 7);
  const six = await withSequences('six', 6);
  const past = await deliver(server.url, server.localKey, { name: 'past', programs: [seven, six] });
  assert.equal((await reportOf(server.client, past.id)).verdict, 'no_threats');
  assert.equal((await server.client.call('getSignatureStatus', {})).state, 'none');

  const body = rules('test_sequences_auto', ruleOf('test_sequences_auto', sequences));
  assert.deepEqual(await server.client.call('addSignatures', { body }), { added: 1, known: 0, problems: [] });
  assert.deepEqual(await server.client.call('addSignatures', { body }), { added: 0, known: 1, problems: [] });
  const report = await verdictBecomes(past.id, 'malicious');
  assert.deepEqual(report.families, ['test.sequences']);
  const found = report.notTrusted.find(({ verdict }) => verdict === 'malicious');
  assert.deepEqual([found?.path, found?.evidence?.rule], [seven, 'signature']);
  assert.match(found?.why[0] ?? '', /^7 of 10 code sequences of test\.sequences/);
  const weak = sha256(await readFile(six));
  const artifact = await server.client.call('getArtifact', { params: { sha256: weak, layout: 'file' } });
  assert.equal(artifact.verdict?.verdict, 'unknown', 'six are evidence and no verdict');
  assert.equal(artifact.verdict?.evidence.signatures?.[0]?.matched, 6);

  const ten = await withSequences('ten', 10);
  const now = await deliver(server.url, server.localKey, { name: 'now', programs: [ten] });
  assert.equal((await reportOf(server.client, now.id)).verdict, 'malicious');
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const status = await server.client.call('getSignatureStatus', {});
    if (status.pending === 0) {
      assert.deepEqual([status.state, status.rules], ['on', 1]);
      break;
    }
    assert.ok(Date.now() < end);
  }
  const { items } = await server.client.call('listSignatures', { query: {} });
  assert.deepEqual(
    items.map((one) => [one.name, one.sequences, one.licence, one.attribution]),
    [['test_sequences_auto', 10, 'CC0-1.0', 'this test']],
  );

  const gone = await server.client.call('withdrawSignatures', { body: { source: 'made by a test' } });
  assert.equal(gone.withdrawn, 1);
  await verdictBecomes(past.id, 'no_threats');
  await verdictBecomes(now.id, 'no_threats');
});

test('a rule that is none is told, the others are taken', async () => {
  const body = {
    ...rules('good', ruleOf('good', sequences)),
    rules: [
      { name: 'good', family: 'f', text: ruleOf('good', sequences) },
      { name: 'bad', family: 'f', text: 'rule bad { condition: nonsense }' },
      { name: 'other_name', family: 'f', text: ruleOf('another', sequences) },
    ],
  };
  const answer = await server.client.call('addSignatures', { body });
  assert.deepEqual([answer.added, answer.problems.map(({ name }) => name).sort()], [1, ['bad', 'other_name']]);
});

/** A text as an earlier version took it, beside those that are there. */
async function plant(name: string, text: string): Promise<void> {
  await query(
    server.data,
    `insert into signature (id, name, family, type, rule, sequences, source, licence, attribution, created_by)
     values (gen_random_uuid(), $1, 'planted', 'malware', $2, 1, 'planted', 'CC0-1.0', 'this test', 'this test')`,
    [name, text],
  );
}

async function settled(): Promise<void> {
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const { pending, state } = await server.client.call('getSignatureStatus', {});
    if (pending === 0) return;
    assert.ok(Date.now() < end, `${pending} pending, ${state}`);
  }
}

test('texts that clash cost none but themselves, and what was not examined is at the next start', async () => {
  const fresh = [{ name: 'two', family: 'f', text: `${ruleOf('two', sequences)} ${ruleOf('three', sequences)}` }];
  const refused = await server.client.call('addSignatures', { body: { ...rules('two', ''), rules: fresh } });
  assert.deepEqual(
    [refused.added, refused.problems[0]?.problem],
    [0, 'The text has more than one rule; give each a text of its own'],
  );

  await settled();
  const unseen = await withSequences('unseen', 8);
  const before = await deliver(server.url, server.localKey, { name: 'clash', programs: [unseen] });
  await reportOf(server.client, before.id);
  await plant('clash_a', `rule clash_a { condition: false } ${ruleOf('clash_twin', sequences)}`);
  await plant('clash_b', `rule clash_b { condition: false } ${ruleOf('clash_twin', sequences)}`);
  await query(server.data, 'update signature_set set version = version + 1');
  const { pending } = await server.client.call('getSignatureStatus', {});
  assert.ok(pending > 0, 'nothing has told the server of them');

  const { data } = server;
  await server.stop();
  server = await startTestServer({ GENEHOUND_DATA: data });
  await settled();
  assert.equal((await server.client.call('getSignatureStatus', {})).state, 'on');
  const hash = sha256(await readFile(unseen));
  const artifact = () => server.client.call('getArtifact', { params: { sha256: hash, layout: 'file' } });
  assert.equal((await artifact()).verdict?.evidence.signatures?.[0]?.rule, 'good', 'the sound rule still speaks');
  assert.equal((await artifact()).signatureProblem, null);

  await query(server.data, `update artifact_signature set problem = 'The rules broke twice' where sha256 = $1`, [
    Buffer.from(hash, 'hex'),
  ]);
  assert.equal((await artifact()).signatureProblem, 'The rules broke twice');
  const again = await deliver(server.url, server.localKey, { name: 'shown', programs: [unseen] });
  const { problems } = (await reportOf(server.client, again.id)).coverage;
  assert.ok(problems.some(({ message }) => message.includes(`file ${hash}: The rules broke twice`)));
});

type Question = Parameters<typeof server.client.call<'searchCode'>>[1]['body'];

async function found(question: Question) {
  const { id } = await server.client.call('searchCode', { body: question });
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const search = await server.client.call('getCodeSearch', { params: { id } });
    if (search.state === 'done' || search.state === 'failed') {
      const { items } = await server.client.call('listCodeHits', { params: { id }, query: {} });
      return { ...search, items, hashes: items.map(({ sha256: hash }) => hash).sort() };
    }
    assert.ok(Date.now() < end, JSON.stringify(search));
  }
}

test('all stored code is searched by gene, function, family and rule, and by nothing that is none', async () => {
  const { client, url, localKey } = server;
  const six = await withSequences('six', 6);
  const nine = await withSequences('nine', 9);
  await reportOf(client, (await deliver(url, localKey, { name: 'searched', programs: [six, nine, OTHER_PROGRAM] })).id);
  const [hashOfSix, hashOfNine, other] = await Promise.all(
    [six, nine, OTHER_PROGRAM].map(async (path) => sha256(await readFile(path))),
  );
  assert.ok(hashOfSix !== undefined && hashOfNine !== undefined && other !== undefined);

  // The same rule with another threshold: what has six sequences is left out.
  const text = ruleOf('searched', sequences).replace('3 of them', '8 of them');
  const byRule = await found({ by: 'rule', text });
  assert.ok(byRule.hashes.includes(hashOfNine) && !byRule.hashes.includes(hashOfSix) && !byRule.cut);
  assert.deepEqual([byRule.searched, byRule.unread, byRule.problem], [byRule.candidates, 0, null]);
  assert.equal(byRule.items.find((one) => one.sha256 === hashOfNine)?.matched, 9);

  const params = { sha256: hashOfSix, layout: 'file' } as const;
  const { items } = await client.call('listArtifactFunctions', { params, query: { limit: 200 } });
  const large = items.toSorted((a, b) => b.blocks.length - a.blocks.length)[0];
  assert.ok(large !== undefined && large.blocks.length > 10);
  const byFunction = await found({ by: 'function', ...params, function: large.number });
  assert.ok(
    byFunction.hashes.includes(hashOfNine) && !byFunction.hashes.includes(other),
    'twins, and no other program',
  );
  assert.ok(byFunction.items.every(({ whole }) => whole === true));

  const genes = [...new Set(large.blocks.map(({ gene }) => gene))].slice(0, 5);
  const byGene = await found({ by: 'gene', genes, least: genes.length });
  assert.deepEqual(byGene.hashes, byFunction.hashes);
  assert.deepEqual([byGene.genes, byGene.items[0]?.matched], [genes.length, genes.length]);
  assert.deepEqual((await found({ by: 'gene', genes: ['0123456789abcdef'] })).hashes, []);

  const convicted = { kind: 'convict', artifacts: [{ sha256: other, layout: 'file' }], family: 'Searched' } as const;
  await client.call('decide', { body: { ...convicted, reason: 'test' } });
  await until('the family', async () => {
    // What was judged again by then and has genes of the family is named, too, but never with as many as its own code.
    const { items } = await found({ by: 'family', family: 'searched' });
    const most = Math.max(0, ...items.map(({ matched }) => matched));
    if (!items.some(({ sha256: hash, matched }) => hash === other && matched === most)) return undefined;
    for (const { sha256: hash, layout } of items) {
      const { verdict } = await client.call('getArtifact', { params: { sha256: hash, layout } });
      assert.ok(
        verdict?.evidence.families.some(({ name }) => name === 'Searched'),
        'nothing that has none of its genes',
      );
    }
    return true;
  });

  for (const bad of [
    { by: 'rule', text: 'rule bad { condition: nonsense }' },
    { by: 'rule', text: 'include "/etc/passwd" rule a { condition: true }' },
    { by: 'rule', text: 'nothing' },
    { by: 'gene', genes, least: 9_999 },
  ] as const)
    await assert.rejects(client.call('searchCode', { body: bad }), { status: 400 }, JSON.stringify(bad));
  await assert.rejects(client.call('searchCode', { body: { by: 'function', ...params, function: 9_999_999 } }), {
    status: 404,
  });
  await client.call('removeCodeSearch', { params: { id: byRule.id } });
  await assert.rejects(client.call('listCodeHits', { params: { id: byRule.id }, query: {} }), { status: 404 });
});

test('only an operator may change what all organisations judge by', async () => {
  const { secret } = await server.client.call('createKey', { body: { name: 'full', permission: 'full' } });
  const answer = await fetch(`${server.url}/api/v1/signatures/withdraw`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: '{"source":"x"}',
  });
  assert.equal(answer.status, 403);
});
