import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { listOfflineScans, type OfflineMessage, type OfflineScan, readOfflineScan } from './offline-scan.ts';

const HASH = 'a'.repeat(64);

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'genehound-offline-'));
});
after(async () => await rm(root, { recursive: true, force: true }));

async function write(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const directory = join(root, name);
  await mkdir(directory, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(directory, file), content);
  return directory;
}

async function take(scan: OfflineScan): Promise<readonly OfflineMessage[]> {
  const messages: OfflineMessage[] = [];
  for await (const message of scan.messages()) messages.push(message);
  return messages;
}

const GOOD = {
  'scanner_info.json': '{"options":{"analyze":true},"start_time":1673881843}',
  'host_info.json': '{"host_info":{"computer_name":"A"}}',
  'processes_info.json':
    '{"processes_info":[{"pid":7,"ppid":1,"process_path":"/bin/x","start_time_100_nano":133183323681139795}]}',
  '7_loaded_modules_info.json': '{"loaded_modules_info":[{"base_address":18446744073709551615,"file_path":"/bin/x"}]}',
  'files_info_10.json': '{"files_info":[]}',
  'files_info_9.json': `{"files_info":[{"file_path":"/bin/x","sha256":"${HASH}"}]}`,
  'scan_summary.json': '{"reason":"done","end_time":1673881877}',
};

test('a whole scan comes in the order of the protocol, every digit kept', async () => {
  const scan = await readOfflineScan(await write('scan_good', GOOD));
  const messages = await take(scan);
  assert.deepEqual(
    messages.map(({ file }) => file),
    ['host_info.json', 'processes_info.json', '7_loaded_modules_info.json', 'files_info_9.json', 'files_info_10.json'],
  );
  assert.equal(messages[2]?.pid, 7);
  assert.match(String(Object.values(Object(messages[1]?.body)).length), /1/);
  assert.equal(new TextDecoder().decode(messages[2]?.bytes), GOOD['7_loaded_modules_info.json']);
  assert.deepEqual([scan.endReason, scan.endTime, scan.problems], ['done', 1673881877, []]);
});

test('what is broken becomes a problem and the rest is taken', async () => {
  const scan = await readOfflineScan(
    await write('scan_broken', {
      ...GOOD,
      'processes_info.json': '{"processes_info":[{"pid":-1}]}',
      'files_info_9.json': '{{',
      'scan_summary.json': '[]',
    }),
  );
  const messages = await take(scan);
  assert.deepEqual(
    messages.map(({ file }) => file),
    ['host_info.json', '7_loaded_modules_info.json', 'files_info_10.json'],
  );
  assert.equal(scan.endReason, 'interrupted');
  assert.equal(scan.problems.length, 3);
});

test('an interrupted scan says so; a directory that is none is refused in a sentence', async () => {
  const { 'scan_summary.json': _summary, ...rest } = GOOD;
  const scan = await readOfflineScan(await write('scan_cut', rest));
  assert.equal(scan.endReason, 'interrupted');
  await assert.rejects(readOfflineScan(await write('empty', {})), /is no offline scan/);
  await assert.rejects(readOfflineScan(join(root, 'missing')), /cannot be read/);
});

test('links are never followed', async () => {
  const secret = join(await write('elsewhere', { secret: '{"host_info":{"computer_name":"SECRET"}}' }), 'secret');
  const { 'host_info.json': _host, ...rest } = GOOD;
  const directory = await write('scan_links', rest);
  await symlink(secret, join(directory, 'host_info.json'));
  await mkdir(join(directory, 'files'));
  await symlink(secret, join(directory, 'files', `${HASH}.sample`));
  const scan = await readOfflineScan(directory);
  assert.equal(
    (await take(scan)).some(({ name }) => name === 'host_info'),
    false,
  );
  assert.match(scan.problems.join(), /host_info\.json/);
  assert.equal(await scan.sample('file', HASH), null);
  assert.equal(await scan.sample('file', '../secret'), null);
});

test('samples lie in the scan or beside it, by layout', async () => {
  const directory = await write('scan_samples', GOOD);
  await mkdir(join(directory, 'fileless'));
  await writeFile(join(directory, 'fileless', `${HASH}.sample`), 'x');
  const scan = await readOfflineScan(directory);
  assert.equal(await scan.sample('raw', HASH), join(directory, 'fileless', `${HASH}.sample`));
  assert.equal(await scan.sample('mapped', HASH), null);
});

test('scans are found in a directory that holds several, and in one that is one', async () => {
  const here = await listOfflineScans(root);
  assert.ok(here.length >= 3 && here.every((path) => path.includes('/scan_')));
  assert.deepEqual(await listOfflineScans(join(root, 'scan_good')), [join(root, 'scan_good')]);
});

test('fuzz: mutated files never throw past the opening, and never lose the readable ones', async () => {
  const names = Object.keys(GOOD).filter((name) => name !== 'scanner_info.json');
  const mutation = fc.record({
    file: fc.constantFrom(...names),
    at: fc.nat(200),
    with: fc.uint8Array({ maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(mutation, async (change) => {
      const original = Buffer.from(Object.entries(GOOD).find(([name]) => name === change.file)?.[1] ?? '');
      const at = Math.min(change.at, original.length);
      const content = Buffer.concat([
        original.subarray(0, at),
        change.with,
        original.subarray(at + change.with.length),
      ]);
      const scan = await readOfflineScan(await write('scan_fuzz', { ...GOOD, [change.file]: content }));
      const messages = await take(scan);
      assert.ok(messages.length >= names.length - 2, `${messages.length} of ${names.length}`);
      assert.ok(messages.length + scan.problems.length >= names.length - 1);
    }),
    { numRuns: 80 },
  );
});
