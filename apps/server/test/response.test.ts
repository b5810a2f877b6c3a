import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ScanReport } from '@genehound/contract';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { query } from './query.ts';
import { deliver, PROGRAM, reportOf } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const FAMILY = 'Response Test Family';
let server: TestServer;
let report: ScanReport;
let sha256 = '';

/** The report once the scan is called malicious. */
async function infected(id: string): Promise<ScanReport> {
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const found = await reportOf(server.client, id);
    if (found.verdict === 'malicious') return found;
    assert.ok(Date.now() < end, found.reasons.join());
  }
}

before(async () => {
  server = await startTestServer();
  const bytes = await readFile(PROGRAM);
  sha256 = createHash('sha256').update(bytes).digest('hex');
  await server.client.call('addSample', {
    query: { family: FAMILY, type: 'malware', scope: 'organisation', source: 'test' },
    body: bytes,
  });
  const { id } = await deliver(server.url, server.localKey, { name: 'patient', programs: [PROGRAM] });
  report = await infected(id);
  const other = await deliver(server.url, server.localKey, { name: 'neighbour', programs: [PROGRAM] });
  await infected(other.id);
});
after(async () => await server.close());

test('advice names the endpoint, the process, the file, and who else has the code', async () => {
  const advice = await server.client.call('getScanAdvice', { params: { id: report.scanId } });
  assert.deepEqual(
    advice.steps.map(({ kind, target, pid }) => [kind, target, pid]),
    [
      ['isolate', 'patient', null],
      ['save', `memory of ${PROGRAM}`, 100],
      ['stop', PROGRAM, 100],
      ['remove', PROGRAM, null],
    ],
  );
  assert.ok(advice.steps.every(({ reason }) => reason.includes(FAMILY) || reason.includes('100')));
  const [spread] = advice.spread;
  assert.deepEqual([spread?.sha256, spread?.endpoints, spread?.shown[0]?.name], [sha256, 1, 'neighbour']);
  assert.match(advice.problems.join(), /what starts by itself/);
});

test('a threat opens a case; state, assignee and comments are records with who and when', async () => {
  const { items } = await server.client.call('listCases', { query: { endpointId: report.endpoint.id } });
  const [opened] = items;
  assert.ok(opened !== undefined);
  assert.deepEqual([opened.state, opened.assignee, opened.artifact, opened.comments], ['new', null, null, 1]);
  const endpointId = report.endpoint.id;
  const changed = await server.client.call('changeCase', {
    body: { endpointId, state: 'closed', assignee: 'ann', comment: '<script>alert(1)</script>' },
  });
  assert.deepEqual([changed.id, changed.state, changed.assignee, changed.comments], [opened.id, 'closed', 'ann', 2]);
  assert.deepEqual(changed.events.map(({ kind, value }) => [kind, value]).slice(1), [
    ['state', 'closed'],
    ['assignee', 'ann'],
    ['comment', '<script>alert(1)</script>'],
  ]);
  const { items: mine } = await server.client.call('listCases', { query: { assignee: 'ANN', state: 'closed' } });
  assert.deepEqual(
    mine.map(({ id }) => id),
    [opened.id],
  );
  const audit = await server.client.call('listAudit', { query: { limit: 1_000 } });
  assert.ok(audit.items.some(({ record }) => record.includes('change-case') && record.includes(opened.id)));
  assert.ok(!audit.items.some(({ record }) => record.includes('alert(1)')), 'the log says that, not what, was said');

  // A threat does not lie in a closed case.
  const again = await deliver(server.url, server.localKey, { name: 'patient', programs: [PROGRAM] });
  await infected(again.id);
  const reopened = await server.client.call('getCase', { params: { id: opened.id } });
  assert.deepEqual([reopened.state, reopened.assignee], ['new', 'ann']);
});

test('a case about an artifact is of an endpoint that has it; pages lose none and repeat none', async () => {
  const endpointId = report.endpoint.id;
  const artifact = { sha256, layout: 'file' } as const;
  const one = await server.client.call('changeCase', { body: { endpointId, artifact, state: 'investigating' } });
  assert.deepEqual([one.artifact, one.state], [artifact, 'investigating']);
  const absent = { sha256: 'a'.repeat(64), layout: 'file' } as const;
  for (const body of [
    { endpointId, artifact: absent, state: 'new' },
    { endpointId: report.scanId, state: 'new' },
  ] as const) {
    await assert.rejects(server.client.call('changeCase', { body }), (error) => {
      assert.ok(error instanceof ApiError);
      return error.status === 404;
    });
  }
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await server.client.call('listCases', { query: { limit: 1, ...(cursor ? { cursor } : {}) } });
    seen.push(...page.items.map(({ id }) => id));
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  assert.deepEqual([seen.length, new Set(seen).size], [3, 3]);
});

test('facts of a family are kept, in parts, and refused where they are no addresses', async () => {
  const { items } = await server.client.call('listFamilies', {});
  const family = items.find(({ name }) => name === FAMILY);
  assert.ok(family !== undefined);
  const params = { id: family.id };
  const link = { title: 'Report', url: 'https://example.org/report' };
  await server.client.call('changeFamilyFacts', { params, body: { aliases: ['Other Name'], links: [link] } });
  await server.client.call('changeFamilyFacts', { params, body: { notes: 'Seen in spring' } });
  const facts = await server.client.call('getFamilyFacts', { params });
  assert.deepEqual([facts.aliases, facts.links, facts.notes], [['Other Name'], [link], 'Seen in spring']);
  const advice = await server.client.call('getScanAdvice', { params: { id: report.scanId } });
  assert.deepEqual(
    advice.families.map(({ name, aliases, notes }) => [name, aliases, notes]),
    [[FAMILY, ['Other Name'], 'Seen in spring']],
  );
  // What PostgreSQL's text and JSON cannot hold is no fault of the server's.
  const odd = { aliases: ['a\0b\ud800'], links: [{ ...link, title: 'a\0b\ud800' }], notes: '\ud800' };
  const kept = await server.client.call('changeFamilyFacts', { params, body: odd });
  assert.deepEqual([kept.aliases, kept.links[0]?.title, kept.notes], [['a\ufffdb\ufffd'], 'a\ufffdb\ufffd', '\ufffd']);
  const endpointId = report.endpoint.id;
  const { assignee } = await server.client.call('changeCase', { body: { endpointId, assignee: 'a\0b\ud800' } });
  assert.equal(assignee, 'a\ufffdb\ufffd');
  const script = { title: 'x', url: 'javascript:alert(1)' };
  await assert.rejects(server.client.call('changeFamilyFacts', { params, body: { links: [script] } }));
});

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function unpacked(bytes: Uint8Array, password?: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const reader = new ZipReader(new Uint8ArrayReader(bytes), { useWebWorkers: false });
  const files = new Map<string, Uint8Array>();
  for (const entry of await reader.getEntries()) {
    assert.ok(!entry.directory);
    files.set(entry.filename, await entry.getData(new Uint8ArrayWriter(), password === undefined ? {} : { password }));
  }
  return files;
}

test('a case takes the last thousand records of the work, and says so', async () => {
  const { items } = await server.client.call('listCases', { query: { endpointId: report.endpoint.id } });
  await query(
    server.data,
    `insert into work_case_event (organisation, case_id, id, kind, value, created_by, created_at)
      select organisation, id, gen_random_uuid(), 'comment', 'old ' || n, 'ann', now() - interval '1 day' - n * interval '1 second'
      from work_case cross join generate_series(1, 1500) n where id = $1`,
    [items[0]?.id],
  );
  const params = { id: report.scanId };
  const files = await unpacked(
    await collect(await server.client.call('exportCase', { params, body: { code: false } })),
  );
  const history = JSON.parse(Buffer.from(files.get('history.json') ?? []).toString());
  assert.equal(history.length, 1_000);
  assert.ok(!history.some(({ value }: { value: string }) => value === 'old 1500'), 'the oldest are left out');
  assert.match(Buffer.from(files.get('report.html') ?? []).toString(), /The last 1000 records/);
  await query(server.data, `delete from work_case_event where value like 'old %'`);
});

test('a case opens without the server: a page without scripts, a list of digests, the code behind its password', async () => {
  const params = { id: report.scanId };
  const bytes = await collect(await server.client.call('exportCase', { params, body: {} }));
  const files = await unpacked(bytes);
  const list = JSON.parse(Buffer.from(files.get('case.json') ?? []).toString());
  assert.deepEqual([list.format, list.version, list.scan, list.leftOut], ['genehound-case', 1, report.scanId, []]);
  for (const { name, sha256: digest, size } of list.files) {
    const content = files.get(name);
    assert.ok(content !== undefined, name);
    assert.deepEqual([createHash('sha256').update(content).digest('hex'), content.length], [digest, size], name);
  }
  const signed = JSON.parse(Buffer.from(files.get('case.signature.json') ?? []).toString());
  const key = createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(signed.publicKey, 'hex').toString('base64url') },
  });
  const listed = files.get('case.json') ?? Buffer.alloc(0);
  assert.ok(verify(null, listed, key, Buffer.from(signed.signature, 'hex')));
  assert.equal(files.size, list.files.length + 2, 'every file but the list and its signature is listed');
  const page = Buffer.from(files.get('report.html') ?? []).toString();
  assert.ok(page.includes(FAMILY) && page.includes(sha256) && page.includes('Isolate'));
  assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;') && !/<script|onerror|<img/i.test(page));
  const packed = files.get('code.zip');
  assert.ok(packed !== undefined);
  await assert.rejects(unpacked(packed, 'wrong'));
  const code = await unpacked(packed, 'infected');
  assert.deepEqual([...code.keys()], [`${sha256}.file.sample`]);
  assert.deepEqual(Buffer.from(code.get(`${sha256}.file.sample`) ?? []), await readFile(PROGRAM));
  const history = JSON.parse(Buffer.from(files.get('history.json') ?? []).toString());
  assert.ok(Array.isArray(history) && history.length <= 1_000);
  assert.deepEqual(
    history
      .filter(({ value }) => value === 'closed' || value === 'investigating')
      .map(({ about, what }) => [about, what]),
    [
      ['endpoint', 'state'],
      [sha256, 'state'],
    ],
    'of all cases of the endpoint, oldest first',
  );
  const without = await unpacked(
    await collect(await server.client.call('exportCase', { params, body: { code: false } })),
  );
  assert.equal(without.has('code.zip'), false);
  const audit = await server.client.call('listAudit', { query: { limit: 1_000 } });
  const digest = createHash('sha256')
    .update(files.get('case.json') ?? '')
    .digest('hex');
  assert.ok(audit.items.some(({ record }) => record.includes('export-case') && record.includes(digest)));
});

/** The next messages of the stream until one of this kind; they begin behind `last`. */
async function heard(
  kind: string,
  last: string | null,
  cause: () => Promise<unknown>,
): Promise<{ text: string; id: string }> {
  const gone = new AbortController();
  const headers = { authorization: `Bearer ${server.localKey}`, ...(last === null ? {} : { 'last-event-id': last }) };
  const answer = await fetch(`${server.url}/api/v1/events`, { headers, signal: gone.signal });
  assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  await cause();
  let text = '';
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.includes(`event: ${kind}\n`)) break;
  }
  gone.abort();
  return { text, id: [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '' };
}

test('events tell of scans, threats and cases as they happen, and what was missed in a break', async () => {
  const body = { endpointId: report.endpoint.id, comment: 'heard' };
  const first = await heard('case', null, () => server.client.call('changeCase', { body }));
  const { id } = await deliver(server.url, server.localKey, { name: 'heard', programs: [PROGRAM] });
  await infected(id);
  const missed = await heard('threat', first.id, async () => undefined);
  for (const state of ['receiving', 'analysing', 'done'])
    assert.ok(missed.text.includes(`{"kind":"scan","scanId":"${id}","state":"${state}","huntId":null}`), missed.text);
  assert.ok(missed.text.includes('"endpoint":"heard"') && !missed.text.includes('event: case'));
  const head = await fetch(`${server.url}/api/v1/events`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${server.localKey}` },
  });
  assert.equal(head.status, 404, 'who asks for no body would listen for ten minutes in the place of a reader');
  const restarted = await heard('reset', 'another-7', async () => undefined);
  assert.ok(!restarted.text.includes('event: scan'));
});
