import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createClient } from '@genehound/contract';
import fc from 'fast-check';
import { coverage, deliver, field, OTHER_PROGRAM, PROGRAM, reportOf, ScanClient, send, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const FILES = 'file-system/collected-binaries';
let server: TestServer;
let key = '';
before(async () => {
  server = await startTestServer();
  key = (await server.client.call('createKey', { body: { name: 'scanner', permission: 'scan' } })).secret;
});
after(async () => await server.close());

async function openScan(): Promise<ScanClient> {
  const scan = new ScanClient(server.url, key);
  assert.equal((await scan.create({ scan_type: 'endpoint_scan' })).status, 201);
  return scan;
}

test('a token is compact JSON, braces around the key are taken off, a wrong key is 401 with an error', async () => {
  const ask = (api_key: string) =>
    send(`${server.url}/api/v2-0/get-access-token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ api_key }),
    });
  const reply = await ask(`{${key.toUpperCase()}}`);
  assert.match(reply.text, /^\{"result":"[\w-]+","expire_at":\d+\}$/);
  const scan = new ScanClient(server.url, String(field(reply.body, 'result')));
  assert.equal((await scan.create()).status, 201);
  const wrong = await ask('00000000-0000-4000-8000-000000000000');
  assert.deepEqual([wrong.status, typeof field(wrong.body, 'error')], [401, 'string']);
});

test('availability is answered without a key, and to a GET with a body', async () => {
  for (const path of ['/api/is-available', '/api/v2-0/is-available']) {
    const reply = await send(server.url + path, { headers: { 'content-type': 'application/json' }, body: '{}' });
    assert.equal(reply.text, '{"is_available":true}');
  }
});

test('a whole scan is judged, and what is known is not asked for again', async () => {
  const first = await deliver(server.url, key, { name: 'alpha', programs: [PROGRAM, OTHER_PROGRAM] });
  assert.equal(first.wanted.length, 2);
  const report = await reportOf(server.client, first.id);
  assert.deepEqual([report.verdict, report.coverage.complete, report.endpoint.name], ['no_threats', true, 'alpha']);
  assert.equal(report.endpoint.identity, 'confirmed');
  assert.deepEqual(report.counts, { processes: 2, modules: 2, files: 2, regions: 0, findings: 0 });
  const seen = report.notTrusted.find(({ path }) => path === PROGRAM);
  assert.deepEqual(seen?.processes, [{ pid: 100, path: PROGRAM }]);
  assert.deepEqual(seen?.addresses, ['0x800000000000']);
  const second = await deliver(server.url, key, { name: 'alpha', programs: [PROGRAM, OTHER_PROGRAM] });
  assert.deepEqual(second.wanted, []);
  assert.equal((await reportOf(server.client, second.id)).endpoint.id, report.endpoint.id, 'the same endpoint');
});

test('the bytes must be announced, fit their route, and be whole; nothing else is lost by a refusal', async () => {
  const scan = await openScan();
  const elf = Buffer.concat([await readFile('/bin/true'), Buffer.from('unique tail of this test')]);
  const script = Buffer.from('#!/bin/sh\necho not an image\n');
  const announce = (bytes: Uint8Array, path: string) => ({
    file_path: path,
    sha256: sha256(bytes),
    size_in_bytes: bytes.length,
  });
  const wanted = await scan.post('files-info', {
    files_info: [announce(elf, '/x/elf'), announce(script, '/x/script')],
  });
  assert.deepEqual(field(wanted.body, 'result'), [sha256(elf), sha256(script)]);

  assert.equal((await scan.upload(FILES, Buffer.from('never announced'))).status, 409);
  assert.equal((await scan.upload(FILES, script)).status, 422, 'a file must be an image');
  assert.equal(
    (await scan.upload('fileless/collected-binaries', elf)).status,
    409,
    'announced as a file, sent as memory',
  );
  await assert.rejects(scan.upload(FILES, elf, { cutAfter: 1_000 }), /cut/);
  const lying = await scan.upload(FILES, elf.subarray(0, 5_000));
  assert.equal(lying.status, 409, 'other bytes than announced');
  const broken = await send(`${server.url}/scans/scans/${scan.scanId}/${FILES}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-encoding': 'gzip' },
    body: gzipSync(elf).subarray(0, 3_000),
  });
  assert.deepEqual([broken.status, /gzip/.test(broken.text)], [400, true]);
  assert.equal((await scan.upload(FILES, elf)).status, 200);

  await scan.post('host-info', { host_info: { computer_name: 'refused' } });
  await scan.post('processes-info', { processes_info: [] });
  await scan.post('end', { reason: 'done' });
  const report = await reportOf(server.client, scan.analysisId);
  assert.equal(report.verdict, 'incomplete', 'bytes that were asked for never came');
  assert.match(report.reasons.join(), /bytes of 1 artifact never came/);
  assert.equal(report.endpoint.identity, 'name_only');
  const codes = report.coverage.problems.map(({ code }) => code);
  for (const code of ['not_wanted', 'wrong_layout', 'bad_request', 'missing_bytes'])
    assert.ok(codes.includes(code), code);
});

test('a gzip bomb is cut at the limit and the server goes on', async () => {
  const scan = await openScan();
  const bomb = gzipSync(Buffer.alloc(200_000_000));
  const reply = await send(`${server.url}/scans/scans/${scan.scanId}/${FILES}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-encoding': 'gzip' },
    body: bomb,
  });
  assert.equal(reply.status, 413);
  assert.equal((await scan.post('host-info', { host_info: {} })).status, 200);
});

test('a plain body beyond the limit is refused before it is read', async () => {
  const scan = await openScan();
  const reply = await send(`${server.url}/scans/scans/${scan.scanId}/${FILES}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    promise: 157_286_401,
  });
  assert.equal(reply.status, 413);
  assert.equal((await scan.post('host-info', { host_info: {} })).status, 200);
});

test('a wrong item is refused by its field, kept as a problem, and makes the scan incomplete', async () => {
  const scan = await openScan();
  await scan.post('host-info', { host_info: { computer_name: 'fields' } });
  await scan.post('processes-info', { processes_info: [] });
  await scan.post('coverage-info', { coverage_info: coverage(0) });
  const reply = await scan.post('files-info', { files_info: [{ file_path: '/a', sha256: 'short' }] });
  assert.equal(reply.status, 400);
  assert.ok(Object.keys(Object(field(reply.body, 'message'))).includes('files_info[0].sha256'));
  await scan.post('end', { reason: 'done' });
  const report = await reportOf(server.client, scan.analysisId);
  assert.equal(report.verdict, 'incomplete');
  assert.match(report.reasons.join(), /files-info \(it was refused\)/);
});

test('a connection that breaks in a message loses nothing: the message comes again', async () => {
  const scan = await openScan();
  await scan.post('host-info', { host_info: { computer_name: 'broken line' } });
  await scan.post('processes-info', { processes_info: [] });
  await scan.post('coverage-info', { coverage_info: coverage(0) });
  const body = JSON.stringify({ files_info: [], filler: 'x'.repeat(100_000) });
  const url = `${server.url}/scans/scans/${scan.scanId}/files-info`;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  await assert.rejects(send(url, { method: 'POST', headers, body, cutAfter: 50_000 }), /cut/);
  assert.equal((await scan.post('files-info', body)).status, 200);
  await scan.post('end', { reason: 'done' });
  const report = await reportOf(server.client, scan.analysisId);
  assert.equal(report.verdict, 'no_threats', report.reasons.join());
});

test('after the end nothing more is taken, and the end may be repeated', async () => {
  const scan = await openScan();
  assert.equal((await scan.post('end', { reason: 'interrupted' })).status, 200);
  assert.equal((await scan.post('end', { reason: 'done' })).status, 200);
  assert.equal((await scan.post('host-info', { host_info: {} })).status, 409);
  const report = await reportOf(server.client, scan.analysisId);
  assert.equal(report.verdict, 'incomplete');
  assert.match(report.reasons.join(), /interrupted/);
});

test("a caller's analysis id is used once; another key's scan is not there", async () => {
  const id = '0190a0a0-0000-7000-8000-00000000abcd';
  const scan = new ScanClient(server.url, key);
  await scan.create({ analysis_id: id });
  assert.equal(scan.analysisId, id);
  const retry = new ScanClient(server.url, key);
  assert.equal((await retry.create({ analysis_id: id })).status, 201, 'the answer to the first was lost');
  assert.equal(retry.scanId, scan.scanId);
  assert.equal((await new ScanClient(server.url, key).create({ analysis_id: id, other: 1 })).status, 409);
  await scan.post('end', { reason: 'done' });
  assert.equal((await new ScanClient(server.url, key).create({ analysis_id: id })).status, 409, 'it is over');
  const other = (await server.client.call('createKey', { body: { name: 'other', permission: 'scan' } })).secret;
  const thief = new ScanClient(server.url, other);
  const open = await openScan();
  thief.scanId = open.scanId;
  assert.equal((await thief.post('host-info', { host_info: {} })).status, 404);
});

test('unknown fields, NUL, half surrogates and addresses beyond 2^53 pass through', async () => {
  const scan = await openScan();
  await scan.post('host-info', '{"host_info":{"computer_name":"a\\u0000b\\ud800","new_field":[1]},"future":1}');
  await scan.post(
    'processes-info',
    '{"processes_info":[{"pid":4294967295,"ppid":0,"process_path":"/\\u0000\\u202e","command_line":"\\ud800","start_time_100_nano":133183323681139795}]}',
  );
  const raw = Buffer.from([0x55, 0x48, 0x89, 0xe5, 0xc3]);
  const dump = { base_address: 2n ** 64n - 4096n, pid: 4294967295, sha256: sha256(raw), is_fileless: true };
  const wanted = await scan.post('memory-module-dumps-info', { memory_module_dumps_info: [dump] });
  assert.deepEqual(field(wanted.body, 'result'), [sha256(raw)]);
  assert.equal((await scan.upload('fileless/collected-binaries', raw)).status, 200);
  await scan.post('end', { reason: 'done' });
  const report = await reportOf(server.client, scan.analysisId);
  assert.deepEqual(report.notTrusted[0]?.addresses, ['0xfffffffffffff000']);
  const { items } = await server.client.call('listScanProcesses', { params: { id: scan.analysisId } });
  assert.equal(items[0]?.path, '/\0\u202e');
});

test('a region with a finding and unknown code makes the scan suspicious; one whose code was not taken too', async () => {
  for (const take of [true, false]) {
    const scan = await openScan();
    await scan.post('host-info', { host_info: { computer_name: 'finding' } });
    await scan.post('processes-info', { processes_info: [{ pid: 9, ppid: 1, process_path: '/bin/victim' }] });
    const code = (await readFile(PROGRAM)).subarray(0x4000, 0xc000);
    const hash = sha256(code);
    const finding = { finding: 'implanted-code', pid: 9, base_address: 0x7f0000000000, details: 'anonymous r-x' };
    if (take) {
      await scan.post('memory-module-dumps-info', {
        memory_module_dumps_info: [{ base_address: 0x7f0000000000, pid: 9, sha256: hash, is_fileless: true }],
      });
      await scan.upload('fileless/collected-binaries', code);
    }
    const detail = take ? { ...finding, sha256: hash, layout: 'raw' } : finding;
    await scan.post('findings-info', { version: 1, findings_info: [detail] });
    await scan.post('coverage-info', { coverage_info: coverage(0) });
    await scan.post('end', { reason: 'done' });
    const report = await reportOf(server.client, scan.analysisId);
    assert.equal(report.verdict, 'suspicious', report.reasons.join());
    assert.equal(report.findings[0]?.finding, 'implanted-code');
  }
});

test('what was not read is in the report: privileges make a scan incomplete, kernel threads do not', async () => {
  const cases = [
    { reason: 'no_privileges', verdict: 'incomplete', incomplete: true },
    { reason: 'kernel_thread', verdict: 'no_threats', incomplete: false },
  ] as const;
  for (const { reason, verdict, incomplete } of cases) {
    const scan = await openScan();
    await scan.post('host-info', { host_info: { computer_name: reason } });
    await scan.post('processes-info', { processes_info: [{ pid: 2, ppid: 0, process_path: null }] });
    const told = { ...coverage(0), complete: !incomplete, processes: [{ pid: 2, read: false, reason, checks: [] }] };
    await scan.post('coverage-info', { coverage_info: told });
    await scan.post('end', { reason: 'done' });
    const report = await reportOf(server.client, scan.analysisId);
    assert.equal(report.verdict, verdict);
    assert.deepEqual(report.coverage.processes.notRead, [{ pid: 2, path: null, reason, details: null, incomplete }]);
  }
});

test('fuzz: any bytes as any message are answered 200 or 4xx with an error, and the scan goes on', async () => {
  const scan = await openScan();
  const routes = [
    'host-info',
    'processes-info',
    'files-info',
    'findings-info',
    'coverage-info',
    'processes/7/loaded-modules-info',
    FILES,
    'end-of-nothing',
  ];
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.constant('{"processes_info":[{}]}'),
    fc.constant('[[[['),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...routes), body, async (route, text) => {
      const reply = await scan.post(route, text);
      assert.ok(
        reply.status === 200 || (reply.status >= 400 && reply.status < 500),
        `${route} ${reply.status} ${reply.text}`,
      );
      if (reply.status !== 200) assert.equal(typeof field(reply.body, 'error'), 'string');
    }),
    { numRuns: 150 },
  );
  assert.equal((await scan.post('host-info', { host_info: {} })).status, 200);
});

test('a scan whose client vanished ends as interrupted after the quiet time', async () => {
  const quiet = await startTestServer({ GENEHOUND_SCAN_QUIET_SECONDS: '1' });
  try {
    const scan = new ScanClient(quiet.url, quiet.localKey);
    await scan.create();
    await scan.post('host-info', { host_info: { computer_name: 'gone' } });
    const report = await reportOf(createClient(quiet.url, quiet.localKey), scan.analysisId);
    assert.equal(report.verdict, 'incomplete');
    assert.match(report.reasons.join(), /not heard of/);
  } finally {
    await quiet.close();
  }
});
