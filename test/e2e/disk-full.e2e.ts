import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { z } from 'zod';
import { HARNESS } from '../harness/config.ts';
import { type Machine, openMachine } from '../harness/machine.ts';
import { needsRoot, requireRootPrefix } from '../harness/privilege.ts';
import { reportOf, runScanner, scan } from '../harness/scanner.ts';
import { searchBlobs } from '../harness/search.ts';
import { genehound, labelMalware, makeScanKey, type Server, startServer } from '../harness/server.ts';
import { buildPayload } from '../targets/families.ts';
import { buildProgram } from '../targets/programs.ts';
import { writeUnlikeCopy } from '../targets/unlike.ts';

/** A server whose disk fills up says so, keeps what it has, and takes the scan once there is room again. */

const run = promisify(execFile);
const MIB = 1 << 20;
const scannerResult = z.looseObject({ scan_directory: z.string().default(''), analysis_id: z.uuid().optional() });

/** A file system of its own, so that nothing else on this machine feels the shortage. */
async function smallDisk(context: TestContext, mebibytes: number): Promise<string> {
  const root = await requireRootPrefix();
  const path = await mkdtemp(join(tmpdir(), 'genehound-disk-'));
  const asRoot = async (...command: readonly string[]): Promise<void> => {
    const [program = '', ...args] = [...root, ...command];
    await run(program, args);
  };
  const owner = `uid=${process.getuid?.() ?? 0},gid=${process.getgid?.() ?? 0}`;
  await asRoot('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=755,${owner}`, 'genehound-test', path);
  context.after(async () => {
    await asRoot('umount', '--lazy', path);
    await rm(path, { recursive: true });
  });
  return path;
}

/** Fills the disk until this much is left. Returns what frees it again. */
async function fill(disk: string, left: number): Promise<() => Promise<void>> {
  const { bavail, bsize } = await statfs(disk);
  const filler = join(disk, 'filler');
  await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - left)));
  return () => rm(filler);
}

async function plantNew(machine: Machine, name: string): Promise<void> {
  await writeUnlikeCopy(await buildPayload('amber', 'plain', 'flat'), join(machine.varTmp, name));
  await machine.launch(await buildProgram('rw-then-rx'), [`/var/tmp/${name}`]);
}

async function uploadKept(server: Server, machine: Machine, directory: string): Promise<string> {
  await machine.takeOver(dirname(directory));
  const uploaded = await genehound(server.data, ['upload', await machine.takeOver(directory), '--json']);
  assert.equal(uploaded.code, 0, uploaded.stderr);
  const scans = await server.client.call('listScans', { query: {} });
  return scans.items[0]?.id ?? '';
}

test('a full disk is a clear error, and nothing is lost or broken', async (context) => {
  if (!(await needsRoot(context))) return;
  const data = await smallDisk(context, 900);
  let server = await startServer(data, { GENEHOUND_MINIMUM_FREE_BYTES: String(64 * MIB) });
  context.after(() => server.stop());
  const key = (await makeScanKey(server, 'disk')).secret;
  await labelMalware(server, 'E2E Amber', await buildPayload('amber', 'labelled', 'library'));
  const machine = await openMachine('gh-disk', server.port);
  context.after(() => machine.close());
  await plantNew(machine, 'first');
  const before = await scan(machine, server, key);
  assert.equal(before.report.verdict, 'malicious');

  await context.test('below the space that must stay free', async () => {
    const free = await fill(data, 32 * MIB);
    await plantNew(machine, 'second');
    const told = await runScanner(machine, ['-k', key, '-u', machine.network.url]);
    assert.equal(told.code, 30, told.stderr);
    assert.match(told.stderr, /no space left/);
    assert.equal((await server.client.call('getStatus', {})).ready, true);
    const again = await server.client.call('getScanReport', { params: { id: before.id } });
    assert.equal(again.verdict, 'malicious');
    await free();
    const id = await uploadKept(server, machine, scannerResult.parse(JSON.parse(told.stdout)).scan_directory);
    const report = await reportOf(server, id);
    assert.deepEqual([report.verdict, report.counts.findings], ['malicious', 2], JSON.stringify(report, null, 1));
  });

  await context.test('without a byte left for the database', async (inner) => {
    if (!HARNESS.long) return inner.skip('a minute of waiting: npm run test:long');
    await server.stop();
    server = await startServer(data, { GENEHOUND_MINIMUM_FREE_BYTES: '0' });
    machine.network.setServerPort(server.port);
    await plantNew(machine, 'third');
    const free = await fill(data, 4096);
    const told = await runScanner(machine, ['-k', key, '-u', machine.network.url], { seconds: 200 });
    // PostgreSQL may find room by recycling its own files: then the scan is delivered late, else it is kept.
    assert.ok(told.code === 0 || told.code === 30, told.stderr);
    assert.match(told.stderr, /no space left/);
    await free();
    await server.stop();
    server = await startServer(data);
    machine.network.setServerPort(server.port);
    const result = scannerResult.parse(JSON.parse(told.stdout));
    const id = told.code === 0 ? result.analysis_id : await uploadKept(server, machine, result.scan_directory);
    assert.ok(id);
    const report = await reportOf(server, id);
    assert.deepEqual([report.verdict, report.counts.findings], ['malicious', 3], JSON.stringify(report, null, 1));
    const old = await server.client.call('getScanReport', { params: { id: before.id } });
    assert.equal(old.verdict, 'malicious');
    // Reading a blob checks its hash.
    assert.ok((await searchBlobs(data, ['nothing'])).blobs > 0);
  });
});
