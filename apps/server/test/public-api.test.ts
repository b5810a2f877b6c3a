import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobReader, type FileEntry, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { PublicClient } from './public-client.ts';
import { deliver, field, OTHER_PROGRAM, PROGRAM, reportOf, send, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
let client: PublicClient;
let scanners = '';
const SCANNER = Buffer.from('not really a scanner');

before(async () => {
  scanners = await mkdtemp(join(tmpdir(), 'genehound-scanners-'));
  await writeFile(join(scanners, 'scanner-linux-amd64'), SCANNER);
  server = await startTestServer({ GENEHOUND_SCANNERS: scanners });
  const { secret } = await server.client.call('createKey', { body: { name: 'public', permission: 'full' } });
  client = new PublicClient(server.url, `{${secret}}`);
  await client.signIn();
});
after(async () => {
  await server.close();
  await rm(scanners, { recursive: true });
});

const RFC_1123 = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const digestOf = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest('hex');

test('a file is analysed, its report found again by each of its hashes, and its parts named', async () => {
  const bytes = await readFile(PROGRAM);
  const report = await client.analyse('a b"c.exe', bytes, { disable_dynamic_execution: 'true', requester: 'test' });
  assert.match(String(field(report, 'analysis_time')), RFC_1123);
  assert.deepEqual(
    ['sha256', 'verdict', 'is_private'].map((name) => field(report, name)),
    [sha256(bytes), 'unknown', true],
  );
  for (const name of ['sha256', 'sha1', 'md5']) {
    const found = await client.call('GET', `/files/${digestOf(name, bytes).toUpperCase()}`, {
      should_get_only_private_analysis: false,
    });
    assert.deepEqual(field(found.body, 'result'), report, name);
  }
  const id = String(field(report, 'analysis_id'));
  const subs = field((await client.call('GET', `/analyses/${id}/sub-analyses`)).body, 'sub_analyses');
  const sub = field(subs, '0', 'sub_analysis_id');
  assert.deepEqual(subs, [{ sub_analysis_id: sub, sha256: sha256(bytes), source: 'root' }]);
  for (const name of ['root', sub]) {
    const reuse = await client.call('GET', `/analyses/${id}/sub-analyses/${name}/code-reuse`);
    assert.equal(reuse.status, 200, reuse.text);
    const genes = Number(field(reuse.body, 'gene_count'));
    assert.ok(genes > 100 && genes >= Number(field(reuse.body, 'unique_gene_count')));
    const metadata = await client.call('GET', `/analyses/${id}/sub-analyses/${name}/metadata`);
    assert.deepEqual(metadata.body, {
      sha256: sha256(bytes),
      sha1: digestOf('sha1', bytes),
      md5: digestOf('md5', bytes),
      size_in_bytes: bytes.length,
      file_type: 'elf',
      architecture: 'x86-64',
      indicators: [],
    });
  }
  assert.equal((await client.call('GET', `/analyses/${id}/sub-analyses/${crypto.randomUUID()}/metadata`)).status, 404);
});

test('what is no image is answered as not supported, and nothing of it is kept', async () => {
  const bytes = Buffer.from('%PDF-1.4 a document');
  const report = await client.analyse('document.pdf', bytes);
  assert.deepEqual(
    ['verdict', 'sub_verdict', 'file_name'].map((name) => field(report, name)),
    ['not_supported', 'file_type_not_supported', 'document.pdf'],
  );
  assert.equal((await client.call('GET', `/files/${sha256(bytes)}/download`)).status, 404);
  const id = field(report, 'analysis_id');
  assert.deepEqual((await client.call('GET', `/analyses/${id}/sub-analyses`)).body, { sub_analyses: [] });
  const asMemory = await client.analyse('region.bin', bytes, { code_item_type: 'memory_module' });
  assert.equal(field(asMemory, 'verdict'), 'unknown');
});

test('a hash is analysed where the file is here, and refused in the form that clients expect where it is not', async () => {
  const bytes = await readFile(OTHER_PROGRAM);
  await deliver(server.url, server.localKey, { name: 'has it', programs: [OTHER_PROGRAM] });
  assert.equal((await client.call('GET', `/files/${sha256(bytes)}`)).status, 404, 'nobody asked about it yet');
  const begun = await client.call('POST', '/analyze-by-hash', { hash: digestOf('md5', bytes), file_name: 'by hash' });
  // The scan may have it in work still: then its analysis is named in the refusal.
  assert.ok(begun.status === 201, begun.text);
  const done = await client.result(field(begun.body, 'result_url'));
  assert.deepEqual(
    ['sha256', 'file_name'].map((name) => field(done.body, 'result', name)),
    [sha256(bytes), 'by hash'],
  );
  assert.equal((await client.call('POST', '/analyze-by-hash', { hash: 'f'.repeat(64) })).status, 404);
  const bad = await client.call('POST', '/analyze-by-hash', { hash: 'xyz' });
  assert.equal(bad.status, 400);
  assert.equal(typeof field(bad.body, 'message'), 'object');
  const missing = await client.call('GET', `/analyses/${crypto.randomUUID()}`);
  assert.deepEqual([missing.status, field(missing.body, 'error')], [404, 'Analysis was not found']);
});

/** What speaks for the verdict of a file whose code is that of the file `sample`, of the family Bad. */
async function assertEvidence(report: unknown, sample: string): Promise<void> {
  const begun = await client.call('POST', `/files/${String(field(report, 'sha256'))}/code-reuse-by-code-block`);
  assert.equal(begun.status, 200, begun.text);
  const url = `/analyses/${String(field(report, 'analysis_id'))}/code-reuse-by-code-block`;
  assert.equal(field(begun.body, 'result_url'), url);
  const reuse = await client.result(url);
  assert.deepEqual(
    ['sha256', 'version'].map((name) => field(reuse.body, 'result', name)),
    [field(report, 'sha256'), 1],
  );
  const blocks = Object.entries(Object(field(reuse.body, 'result', 'blocks')));
  assert.ok(blocks.length > 100);
  for (const [address, block] of blocks) {
    assert.match(address, /^[0-9]+$/);
    assert.deepEqual(block, { code_reuse: ['Bad'], software_type: 'malware' });
  }
  const sub = `/analyses/${String(field(report, 'analysis_id'))}/sub-analyses/root`;
  const operation = async (path: string, name: string) => {
    const started = await client.call('POST', `${sub}/${path}`);
    assert.equal(started.status, 200, started.text);
    const done = await client.result(field(started.body, 'result_url'));
    assert.equal(field(done.body, 'status'), 'succeeded', done.text);
    return field(done.body, 'result', name);
  };
  const family = String(field(report, 'family_id'));
  const strings = await operation('strings', 'strings');
  assert.ok(Array.isArray(strings) && strings.length > 50);
  for (const one of strings) {
    assert.deepEqual(one, {
      string_value: one.string_value,
      software_type: 'malware',
      families: [{ family_id: family, family_name: 'Bad' }],
    });
  }
  const related = await operation('get-account-related-samples', 'related_samples');
  assert.equal(field(related, '0', 'analysis', 'sha256'), sample);
  const genes = Number(field(related, '0', 'reused_genes', 'gene_count'));
  assert.ok(genes > 100, 'all of its genes');
  const size = (await readFile(PROGRAM)).length;
  assert.deepEqual(await operation(`code-reuse/families/${family}/find-related-files`, 'files'), [
    { sha256: sample, size_in_bytes: size, reused_gene_count: genes },
  ]);
  const begunVaccine = await client.call('POST', `${sub}/generate-vaccine`);
  const vaccine = await client.result(field(begunVaccine.body, 'result_url'));
  const rule = String(field(vaccine.body, 'result'));
  assert.match(rule, new RegExp(`^rule genehound_${String(field(report, 'sha256'))}\\n{\\n`), vaccine.text);
  assert.match(rule, /\n {4}\d+ of \(\$s0_\*\)\n}\n$/);
  const { secret } = await server.client.call('createKey', { body: { name: 'reader', permission: 'read' } });
  const reader = new PublicClient(server.url, secret);
  await reader.signIn();
  assert.equal((await reader.call('GET', `${sub}/generate-vaccine`)).status, 403, 'code leaves with it');
  assert.equal(
    (await client.call('POST', `${sub}/code-reuse/families/${crypto.randomUUID()}/find-related-files`)).status,
    200,
  );
  const nobody = await client.call('GET', `${sub}/code-reuse/families/${crypto.randomUUID()}/find-related-files`);
  assert.equal(nobody.status, 404);
}

test('indexing convicts and acquits, and is taken back', async () => {
  const bytes = await readFile(PROGRAM);
  const hash = sha256(bytes);
  const first = await client.analyse('x', bytes);
  const noFamily = await client.call('POST', `/files/${hash}/index`, { index_as: 'malicious' });
  assert.equal(noFamily.status, 400);
  assert.ok('family_name' in Object(field(noFamily.body, 'message')));
  const begun = await client.call('POST', `/files/${hash}/index`, { index_as: 'malicious', family_name: 'Bad' });
  assert.equal(begun.status, 201, begun.text);
  assert.match(String(field(begun.body, 'result_url')), /^\/files\/index\/[0-9a-f-]{36}$/);
  assert.deepEqual((await client.result(field(begun.body, 'result_url'))).body, { status: 'succeeded' });

  const changed = Buffer.concat([bytes, Buffer.from([1])]);
  const report = await client.analyse('changed', changed);
  assert.deepEqual(
    ['verdict', 'family_name'].map((name) => field(report, name)),
    ['malicious', 'Bad'],
  );
  await assertEvidence(report, hash);
  await client.analyse('x in memory', bytes, { code_item_type: 'memory_module' });
  const related = await client.result(
    `/analyses/${String(field(report, 'analysis_id'))}/sub-analyses/root/get-account-related-samples`,
  );
  assert.equal(
    field(related.body, 'result', 'related_samples', '0', 'analysis', 'analysis_id'),
    field(first, 'analysis_id'),
    'genes of the file are told of the file, not of the same bytes in memory',
  );
  const family = await client.call('GET', '/families', { family_name: 'bad' });
  const id = field(family.body, 'result', 'family_id');
  assert.equal(id, field(report, 'family_id'));
  assert.deepEqual((await client.call('GET', `/families/${id}/info`)).body, {
    result: { family_id: id, family_name: 'Bad', family_type: 'malware' },
  });
  const acquitted = await client.call('POST', `/files/${sha256(changed)}/index`, { index_as: 'trusted' });
  assert.equal(acquitted.status, 409, 'malicious code is never acquitted by its genes');

  assert.equal((await client.call('DELETE', `/files/${hash}/index`)).status, 200);
  assert.equal((await client.call('DELETE', `/files/${hash}/index`)).status, 404);
  const sent = await client.form('/files/index', { index_as: 'trusted', family_name: 'Good' }, 'x', bytes);
  assert.equal(sent.status, 201, sent.text);
  assert.deepEqual((await client.result(field(sent.body, 'result_url'))).body, { status: 'succeeded' });
  assert.equal((await client.call('GET', `/files/index/${crypto.randomUUID()}`)).status, 404);
});

test('histories hold what was analysed, by time, verdict, hash, name and computer', async () => {
  const scan = await deliver(server.url, server.localKey, { name: 'HOST-1', programs: [PROGRAM] });
  const { verdict } = await reportOf(server.client, scan.id);
  const window = { start_date: 0, end_date: Math.floor(Date.now() / 1000) + 10 };
  const ask = async (path: string, more: object) =>
    (await client.call('POST', `${path}/history`, { ...window, limit: 100, offset: 0, ...more })).body;
  const endpoints = await ask('/endpoint-analyses', { computer_names: ['host-1'], verdicts: [verdict] });
  assert.equal(field(endpoints, 'total_count'), 1);
  assert.equal(field(endpoints, 'analyses', '0', 'analysis_id'), scan.id);
  assert.equal(field(await ask('/endpoint-analyses', { computer_names: ['host-%'] }), 'total_count'), 0);
  const files = await ask('/analyses', { aggregated_view: true, sources: [], verdicts: ['not_supported'] });
  assert.equal(field(files, 'analyses', '0', 'file_name'), 'document.pdf');
  assert.equal(field(await ask('/analyses', { file_name: 'by hash' }), 'total_count'), 1);
  // The family was learnt a moment ago: what has its code is judged again in the background.
  const named = async () =>
    field(await ask('/analyses', { family_names: ['Good'], file_name: 'changed' }), 'total_count');
  for (const end = Date.now() + 60_000; (await named()) !== 1; await sleep(50)) assert.ok(Date.now() < end);
  assert.equal(field(await ask('/analyses', { hash: 'e'.repeat(64) }), 'total_count'), 0);
  const all = await ask('/analyses', {});
  const second = await ask('/analyses', { limit: 1, offset: 1 });
  assert.deepEqual(field(second, 'analyses', '0'), field(all, 'analyses', '1'));
  assert.equal(field(second, 'total_count'), field(all, 'total_count'));
  assert.deepEqual(await ask('/url-analyses', {}), { total_count: 0, analyses: [] });
  assert.equal((await client.call('POST', '/analyses/history', { limit: -1 })).status, 400);
});

test('code is handed out plain, or as an archive that only its password opens', async () => {
  const bytes = await readFile(PROGRAM);
  const path = `/files/${sha256(bytes)}/download`;
  const plain = await client.call('GET', path);
  assert.equal(plain.status, 200);
  assert.match(String(plain.headers['content-disposition']), /filename="[0-9a-f]{64}\.sample"/);
  assert.equal(sha256(await client.download(path, {})), sha256(bytes));
  const archive = await client.download(path, { password_protected: 'infected' });
  const open = async (password: string): Promise<Uint8Array> => {
    const zip = new ZipReader(new BlobReader(new Blob([archive])), { password });
    const [entry] = await zip.getEntries();
    assert.equal(entry?.filename, `${sha256(bytes)}.sample`);
    return await (entry as FileEntry).getData(new Uint8ArrayWriter(), { useWebWorkers: false });
  };
  assert.equal(sha256(await open('infected')), sha256(bytes));
  await assert.rejects(open('wrong'));
});

test('the scanner comes at once, or by an address that needs no key for a while', async () => {
  const direct = await client.download('/endpoint-scanner/download', { platform: 'linux' });
  assert.deepEqual(Buffer.from(direct), SCANNER);
  const redirect = await client.call('GET', '/endpoint-scanner/download/linux');
  assert.equal(redirect.status, 302);
  const location = new URL(String(redirect.headers['location']), server.url);
  const followed = await fetch(location);
  assert.deepEqual(Buffer.from(await followed.arrayBuffer()), SCANNER);
  assert.match(followed.headers.get('content-disposition') ?? '', /filename="scanner"/);
  const forged = location.href.replace(/\/linux\/(\d+)\//, (_all, until) => `/linux/${Number(until) + 1}/`);
  assert.equal((await fetch(forged)).status, 404);
  const notBuilt = await client.call('GET', '/endpoint-scanner/download');
  assert.equal(notBuilt.status, 503);
  assert.match(notBuilt.text, /build\.mjs/);
  assert.equal((await client.call('GET', '/endpoint-scanner/download/mac')).status, 404);
});

test('who asks and what was used is told; what there is not is 404', async () => {
  const me = await client.call('GET', '/accounts/me');
  assert.equal(field(me.body, 'result', 'account_name'), 'public');
  assert.deepEqual(field((await client.call('GET', '/accounts')).body, 'result'), [field(me.body, 'result')]);
  const id = String(field(me.body, 'result', 'account_id'));
  assert.deepEqual((await client.call('GET', `/accounts/${id}`)).body, me.body);
  assert.equal((await client.call('GET', `/accounts/${crypto.randomUUID()}`)).status, 404);
  const history = await client.call('POST', '/analyses/history', { start_date: 0, end_date: 4_000_000_000 });
  const analysis = String(field(history.body, 'analyses', '0', 'analysis_id'));
  const none = async (path: string) => {
    const { status, body } = await client.call('GET', `/analyses/${analysis}/${path}`);
    return [status, body];
  };
  assert.deepEqual(await none('iocs'), [200, { result: { files: [], network: [] } }]);
  assert.deepEqual(await none('dynamic-ttps'), [404, { error: 'Report not found' }]);
  assert.deepEqual(await none('detect'), [409, { error: 'Detection report not found' }]);
  const unknown = await client.call('GET', `/analyses/${crypto.randomUUID()}/iocs`);
  assert.deepEqual([unknown.status, unknown.body], [404, { error: 'Analysis was not found' }]);
  const usage = await client.call('GET', '/current-quota-usage');
  assert.ok(Number(field(usage.body, 'result', 'file_scans', 'usage')) > 3);
  for (const path of ['/alerts/search', '/analyses/x/dynamic-ttps', '/url']) {
    const reply = await client.call('POST', path);
    assert.deepEqual([reply.status, reply.body], [404, { error: 'Not supported' }], path);
  }
});

test('broken, empty and monstrous forms are refused by their fault, and the server goes on', async () => {
  const none = await client.form('/analyze', {}, 'x', Buffer.alloc(0));
  assert.equal(none.status, 201, 'an empty file is a file');
  const headers = (type: string) => ({ 'content-type': type, authorization: `Bearer ${server.localKey}` });
  const post = async (type: string, body: string) =>
    await send(`${server.url}/api/v2-0/analyze`, { method: 'POST', headers: headers(type), body });
  const boundary = 'multipart/form-data; boundary=b';
  for (const [type, body, status] of [
    ['application/json', '{}', 415],
    ['multipart/form-data', 'x', 415],
    [boundary, '', 400],
    [boundary, '--b--\r\n', 400],
    [boundary, '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--b--\r\n', 400],
    [boundary, '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\ncut off', 400],
  ] as const) {
    const reply = await post(type, body);
    assert.equal(reply.status, status, `${type} ${body}: ${reply.text}`);
    assert.equal(typeof field(reply.body, 'error'), 'string');
  }
  const big = Buffer.alloc(157_286_401);
  assert.equal((await client.form('/analyze', {}, 'big', big)).status, 413);
  assert.equal((await client.call('GET', '/is-available')).status, 200);
});
