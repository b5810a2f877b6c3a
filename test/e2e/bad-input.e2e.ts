import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { stringifyJson } from '@genehound/contract';
import { z } from 'zod';
import { type Machine, openMachine } from '../harness/machine.ts';
import { needsRoot, rootPrefix } from '../harness/privilege.ts';
import { reportOf, runScanner, scan, scannerPath } from '../harness/scanner.ts';
import {
  genehound,
  labelMalware,
  makeDataDirectory,
  makeScanKey,
  type Server,
  spawnGenehound,
  startServer,
} from '../harness/server.ts';
import { type Body, beginUpload } from '../harness/uploader.ts';
import { buildPayload } from '../targets/families.ts';
import { buildProgram } from '../targets/programs.ts';

/** What operators and attackers do wrong: one sentence and an exit code, nothing lost, nothing else harmed. */

const FAMILY = 'E2E Amber';
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
const scannerResult = z.looseObject({
  exit_code: z.int(),
  scan_directory: z.string().optional(),
  error: z.string().optional(),
});

let server: Server;
let key = '';
let remove: () => Promise<void> = async () => undefined;

before(async () => {
  if ((await rootPrefix()) === undefined) return;
  const data = await makeDataDirectory();
  remove = data.remove;
  [server] = await Promise.all([startServer(data.path), scannerPath()]);
  key = (await makeScanKey(server, 'bad input')).secret;
  await labelMalware(server, FAMILY, await buildPayload('amber', 'labelled', 'library'));
});
after(async () => {
  await server?.stop();
  await remove();
});

async function infectedMachine(name: string): Promise<Machine> {
  const machine = await openMachine(name, server.port);
  await machine.launch(await buildProgram('rw-then-rx'), [await buildPayload('amber', 'fast', 'flat')]);
  return machine;
}

function sentences(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line.trim() !== '');
}

test('a wrong key and a revoked key: exit 3, one sentence, nothing collected', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await infectedMachine('gh-key');
  context.after(() => machine.close());
  const revoked = await makeScanKey(server, 'revoked');
  const done = await genehound(server.data, ['key', 'revoke', revoked.id, '--json']);
  assert.equal(done.code, 0, done.stderr);
  machine.network.keep();
  for (const wrong of [randomUUID(), revoked.secret]) {
    const told = await runScanner(machine, ['-k', wrong, '-u', machine.network.url]);
    assert.equal(told.code, 3, told.stderr);
    assert.equal(sentences(told.stderr).filter((line) => line.startsWith('scanner:')).length, 1, told.stderr);
    assert.ok(!told.stdout.includes(wrong) && !told.stderr.includes(wrong), 'a key is never printed');
  }
  const paths = new Set(machine.network.exchanges.map((one) => one.path));
  assert.deepEqual([...paths], ['/api/v2-0/get-access-token']);
  assert.deepEqual(await readdir(machine.varTmp), []);
});

test('no server known: exit 2 and nothing kept', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-no-server', server.port);
  context.after(() => machine.close());
  const told = await runScanner(machine, ['-k', key]);
  assert.equal(told.code, 2, told.stderr);
  assert.equal(sentences(told.stderr).length, 1, told.stderr);
  assert.deepEqual(await readdir(machine.varTmp), []);
});

test('an unreachable server: exit 30, and the directory that is kept gives the same verdict later', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await infectedMachine('gh-unreachable');
  context.after(() => machine.close());
  const online = await scan(machine, server, key);
  assert.equal(online.report.verdict, 'malicious', JSON.stringify(online.report, null, 1));
  machine.network.setDown(true);
  const told = await runScanner(machine, ['-k', key, '-u', machine.network.url]);
  assert.equal(told.code, 30, told.stderr);
  const inside = scannerResult.parse(JSON.parse(told.stdout)).scan_directory ?? '';
  assert.ok(inside.startsWith('/var/tmp/') && told.stderr.includes(inside), told.stderr);
  // The samples lie beside the scan's own folder.
  await machine.takeOver(dirname(inside));
  const kept = await machine.takeOver(inside);
  const uploaded = await genehound(server.data, ['upload', kept, '--json']);
  assert.equal(uploaded.code, 0, uploaded.stderr);
  const report = await reportOf(server, (await readFile(join(kept, 'analysis_id.txt'), 'utf8')).trim());
  assert.deepEqual([report.verdict, report.families], [online.report.verdict, online.report.families]);
  assert.deepEqual(report.endpoint.id, online.report.endpoint.id, 'it is the same machine');
  const malicious = (one: typeof report): unknown =>
    one.notTrusted.filter((a) => a.verdict === 'malicious').map((a) => [a.sha256, a.layout, a.findings]);
  assert.deepEqual(malicious(report), malicious(online.report));
  const again = await genehound(server.data, ['upload', kept, '--json']);
  assert.equal(again.code, 0, again.stderr);
  const scans = await server.client.call('listScans', { query: {} });
  const here = scans.items.filter((one) => one.endpoint?.name === machine.name);
  assert.equal(here.length, 2, 'what was sent is not sent again');
});

test('a key that is revoked while the scan is delivered: exit 30, kept whole, delivered later', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await infectedMachine('gh-revoked');
  context.after(() => machine.close());
  const { id, secret } = await makeScanKey(server, 'to be revoked');
  let revoked: Promise<unknown> | undefined;
  machine.network.watch(({ path, phase }) => {
    if (phase !== 'answered' || !path.endsWith('/processes-info')) return;
    // Nothing more passes until the key has gone.
    machine.network.setDown(true);
    revoked ??= server.client.call('revokeKey', { params: { id } }).then(() => machine.network.setDown(false));
  });
  const told = await runScanner(machine, ['-k', secret, '-u', machine.network.url]);
  assert.ok(revoked !== undefined, 'the scan had begun');
  await revoked;
  machine.network.watch(undefined);
  assert.equal(told.code, 30, told.stderr);
  assert.match(told.stderr, /key/i);
  const inside = scannerResult.parse(JSON.parse(told.stdout)).scan_directory ?? '';
  await machine.takeOver(dirname(inside));
  const uploaded = await genehound(server.data, ['upload', await machine.takeOver(inside), '--wait', '--json']);
  assert.equal(uploaded.code, 0, uploaded.stderr);
  const scans = await server.client.call('listScans', { query: {} });
  const here = scans.items.filter((one) => one.endpoint?.name === machine.name && one.state === 'done');
  assert.deepEqual(
    here.map((one) => [one.verdict, one.families]),
    [['malicious', [FAMILY]]],
  );
});

test('without privileges: exit 20, an incomplete scan that names what was not read', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-nobody', server.port);
  context.after(() => machine.close());
  const others = await machine.launch(await buildProgram('sleeper'), []);
  // The checkout may lie where only root can go.
  await copyFile(await scannerPath(), join(machine.varTmp, 'scanner'));
  const id = randomUUID();
  const told = await machine.run(
    '/var/tmp/scanner',
    ['--json', '--cpu', '100', '-k', key, '-u', machine.network.url, '--id', id],
    { prefix: AS_NOBODY },
  );
  assert.equal(told.code, 20, told.stderr);
  const report = await reportOf(server, id);
  assert.equal(report.verdict, 'incomplete', JSON.stringify(report, null, 1));
  const missed = report.coverage.processes.notRead.find((one) => one.pid === others.ready.pid);
  assert.deepEqual([missed?.reason, missed?.incomplete], ['no_privileges', true]);
  assert.equal(report.coverage.complete, false);
});

const ELF = Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), randomBytes(4000)]);
const RAW = randomBytes(8192);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test('truncated, huge, malformed and lying uploads are refused with a reason, and the scan goes on', async (context) => {
  if (!(await needsRoot(context))) return;
  const upload = await beginUpload(server, key);
  const json = { 'content-type': 'application/json' };
  const binary = { 'content-type': 'application/octet-stream' };
  const gzip = { ...binary, 'content-encoding': 'gzip' };
  const ok = async (route: string, value: unknown): Promise<unknown> => {
    const { status, text } = await upload.message(route, value);
    assert.equal(status, 200, `${route}: ${text}`);
    return JSON.parse(text);
  };
  await ok('host-info', {
    host_info: { computer_name: 'gh-liar', machine_id: '0'.repeat(32), unknown_field: { a: [1] } },
  });
  await ok('processes-info', {
    processes_info: [{ pid: 7, ppid: 1, process_path: '/bin/\u0000\u202e\u001b[31mx', image_type: '64' }],
  });
  const dumps = [
    { base_address: 0x1000, pid: 7, sha256: sha256(ELF), is_fileless: false },
    { base_address: 18446744073709547520n, pid: 7, sha256: sha256(RAW), is_fileless: true },
  ];
  const wanted = await upload.send(
    'memory-module-dumps-info',
    stringifyJson({ memory_module_dumps_info: dumps }),
    json,
  );
  assert.deepEqual(
    new Set(z.looseObject({ result: z.array(z.string()) }).parse(JSON.parse(wanted.text)).result),
    new Set([sha256(ELF), sha256(RAW)]),
  );

  const half = gzipSync(RAW).subarray(0, 4000);
  const bomb = gzipSync(Buffer.alloc(200 << 20), { level: 1 });
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
  const refused: [string, string, Body, Record<string, string>, number[]][] = [
    ['no JSON', 'files-info', '{"files_info":[', json, [400]],
    ['no UTF-8', 'files-info', Buffer.from([0x22, 0xff, 0xfe, 0x22]), json, [400]],
    ['nested too deep', 'files-info', deep, json, [400]],
    ['a hash that is none', 'files-info', '{"files_info":[{"file_path":"/x","sha256":"zz"}]}', json, [400]],
    ['a negative pid', 'processes-info', '{"processes_info":[{"pid":-1,"ppid":0,"process_path":null}]}', json, [400]],
    [
      'a path without bounds',
      'files-info',
      JSON.stringify({ files_info: [{ file_path: 'x'.repeat(100_000), sha256: sha256(RAW) }] }),
      json,
      [400],
    ],
    ['half a gzip stream', 'fileless/collected-binaries', half, gzip, [400, 422]],
    ['gzip that is none', 'fileless/collected-binaries', RAW, gzip, [400, 422]],
    ['a gzip bomb', 'fileless/collected-binaries', bomb, gzip, [413]],
    ['bytes that nobody announced', 'fileless/collected-binaries', randomBytes(4096), binary, [409]],
    ['raw code as an image', 'memory/collected-binaries', RAW, binary, [409, 422]],
    ['a document as a file', 'file-system/collected-binaries', Buffer.from('%PDF-1.7 secret'), binary, [409, 422]],
  ];
  for (const [name, route, body, headers, statuses] of refused) {
    const answer = await upload.send(route, body, headers);
    assert.ok(statuses.includes(answer.status), `${name}: ${answer.status} ${answer.text}`);
    assert.ok(
      z.looseObject({ error: z.string().min(5) }).safeParse(JSON.parse(answer.text)).success,
      `${name} without a reason: ${answer.text}`,
    );
    assert.equal((await server.client.call('getStatus', {})).ready, true);
  }
  const good = await upload.send('memory/collected-binaries', gzipSync(ELF), gzip);
  assert.equal(good.status, 200, good.text);
  const raw = await upload.send('fileless/collected-binaries', RAW, binary);
  assert.equal(raw.status, 200, raw.text);
  await ok('end', { reason: 'done', end_time: 1_790_000_010.5 });
  const report = await reportOf(server, upload.analysisId);
  assert.notEqual(report.verdict, 'no_threats', 'a scan with refused parts and without coverage is not complete');
  assert.equal(report.coverage.reported, false);
  assert.ok(report.coverage.problems.length > 0, JSON.stringify(report.coverage));
  const late = await upload.message('host-info', { host_info: {} });
  assert.equal(late.status, 409, late.text);
  const elf = await server.client.call('getArtifact', { params: { sha256: sha256(ELF), layout: 'mapped' } });
  assert.equal(elf.size, ELF.length);
});

test('a second server on one data directory refuses, the first goes on', async (context) => {
  if (!(await needsRoot(context))) return;
  assert.equal(server.child.exitCode, null, `the first one has ended: ${server.log().slice(-4000)}`);
  const second = spawnGenehound(server.data, ['server'], { GENEHOUND_PORT: '0' });
  const code = await second.gone;
  assert.ok(typeof code === 'number' && code !== 0, `exit ${code}`);
  assert.match(second.log(), /already|another|second/i);
  assert.doesNotMatch(second.log(), /\n\s+at /, 'a sentence, not a stack trace');
  const machine = await infectedMachine('gh-first');
  context.after(() => machine.close());
  assert.equal((await scan(machine, server, key)).report.verdict, 'malicious');
});
