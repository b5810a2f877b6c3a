import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { field, PROGRAM, reportOf, ScanClient, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(async () => await server.close());

async function openScan(): Promise<ScanClient> {
  const scan = new ScanClient(server.url, server.localKey);
  assert.equal((await scan.create()).status, 201);
  await scan.post('host-info', { host_info: { computer_name: 'announcing' } });
  await scan.post('processes-info', { processes_info: [{ pid: 9, ppid: 1, process_path: '/bin/x' }] });
  return scan;
}

test('memory that came as one layout is asked for again as the other, and judged by its own', async () => {
  const bytes = await readFile(PROGRAM);
  const announce = async (scan: ScanClient, more: object) => {
    const dump = { base_address: 4096, pid: 9, sha256: sha256(bytes), ...more };
    const reply = await scan.post('memory-module-dumps-info', { memory_module_dumps_info: [dump] });
    return field(reply.body, 'result');
  };
  const first = await openScan();
  assert.deepEqual(await announce(first, { is_fileless: true }), [sha256(bytes)]);
  assert.equal((await first.upload('fileless/collected-binaries', bytes)).status, 200);
  const second = await openScan();
  assert.deepEqual(await announce(second, {}), [], 'either layout does where the client does not say');
  assert.deepEqual(await announce(second, { is_fileless: true }), []);
  assert.deepEqual(await announce(second, { is_fileless: false }), [sha256(bytes)]);
  assert.equal((await second.upload('memory/collected-binaries', bytes)).status, 200);
  await second.post('end', { reason: 'done' });
  const report = await reportOf(server.client, second.analysisId);
  assert.doesNotMatch(report.reasons.join(), /never came/);
});

test('a refused message is told of, however many problems there were before it', async () => {
  const scan = await openScan();
  const files = Array.from({ length: 1_200 }, (_unused, index) => ({
    file_path: `/large/${index}`,
    sha256: index.toString(16).padStart(64, '0'),
    size_in_bytes: 200_000_000,
  }));
  const reply = await scan.post('files-info', { files_info: files });
  assert.deepEqual(field(reply.body, 'result'), [], 'what is larger than the limit is not asked for');
  for (let again = 0; again < 2; again += 1) {
    assert.equal((await scan.post('findings-info', { version: 1, findings_info: [{}] })).status, 400);
  }
  await scan.post('end', { reason: 'done' });
  const report = await reportOf(server.client, scan.analysisId);
  assert.match(report.reasons.join(), /findings-info \(it was refused\)/);
  const refused = report.coverage.problems.filter(({ message }) => message.startsWith('findings-info'));
  assert.equal(refused.length, 1, 'beyond the bound one loss of a message is enough');
});
