import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Hit, searchBytes, searchFolder } from '../harness/search.ts';
import { until } from '../harness/until.ts';
import { buildPayload } from '../targets/families.ts';
import type { Ready } from '../targets/launch.ts';
import { buildWindowsProgram } from '../targets/windows/programs.ts';
import { connectionSettings, startProxies } from './windows/proxies.ts';
import { type Recorder, startRecorder } from './windows/recorder.ts';
import { openWine, scannerForWindows, type Wine } from './windows/wine.ts';

/** How Scanner.exe behaves, under Wine: what it takes and what it says it took, what it writes where, whom it leaves alone. */

const PAYLOAD = 'C:\\payload.bin';
const canary = randomBytes(32).toString('hex');
/** A part is enough: whoever sends half a secret has sent it. */
const NEEDLES = [0, 16, 32, 48].map((at) => canary.slice(at, at + 16));

let wine: Wine;
let recorder: Recorder;
let scanner = '';
let payload: Buffer;

before(async () => {
  recorder = await startRecorder();
  wine = await openWine();
  await wine.become('win10');
  scanner = await wine.put(await scannerForWindows(), 'Scanner.exe');
  const path = await buildPayload('amber', 'labelled', 'flat');
  payload = await readFile(path);
  await wine.put(path, 'payload.bin');
  for (const name of ['canary', 'service', 'sleeper', 'private-code', 'patch'] as const)
    await wine.put(await buildWindowsProgram(name), `${name}.exe`);
});
after(async () => {
  await wine?.close();
  recorder?.close();
});

interface Account {
  readonly manifest_info: {
    readonly scanner: { readonly sha256?: string };
    readonly messages: readonly { readonly route: string; readonly sha256: string; readonly size_in_bytes: number }[];
    readonly artifacts: readonly { readonly route: string; readonly sha256: string; readonly size_in_bytes: number }[];
  };
}

function lines(list: Account['manifest_info']['artifacts']): string[] {
  return list.map((one) => `${one.route} ${one.sha256} ${one.size_in_bytes}`).sort();
}

function assertNoCanary(hits: readonly Hit[]): void {
  assert.deepEqual(hits, [], 'the canary left');
}

/** Parts of the payload that every artifact of its code must hold: otherwise the search for the canary says nothing. */
function holdsCode(bytes: Buffer): boolean {
  return bytes.includes(payload.subarray(64, 128));
}

test('manifest, dry run and received bytes are equal, and none of them holds a secret', async () => {
  const { ready } = await wine.launch('C:\\canary.exe', [PAYLOAD, 'C:\\document.txt'], canary);
  const only = ['--pid', String(ready.pid), '--json', '--cpu', '100'];
  const delivered = await wine.run(scanner, ['-k', 'key', '-u', recorder.url, ...only]);
  assert.equal(delivered.code, 20, delivered.stdout + delivered.stderr);
  const listed = await wine.run(scanner, ['--dry-run', ...only]);
  await wine.endTargets();
  const { arrived } = recorder;
  const sent = JSON.parse(bodyOf('manifest-info')) as Account;
  const received = arrived
    .filter((one) => one.route !== 'manifest-info' && one.route !== 'end')
    .map((one) => ({ route: one.route, sha256: one.sha256, size_in_bytes: one.bytes.length }));
  assert.deepEqual(lines([...sent.manifest_info.messages, ...sent.manifest_info.artifacts]), lines(received));
  const rows = listed.stdout.split('\n').filter((line) => line !== '');
  const dry = rows
    .map((line) => JSON.parse(line) as { message?: string; body?: Account })
    .find((row) => row.message === 'manifest-info')?.body;
  assert.deepEqual(lines(dry?.manifest_info.artifacts ?? []), lines(sent.manifest_info.artifacts));
  assert.equal(sent.manifest_info.scanner.sha256?.length, 64);
  assertNoCanary(arrived.flatMap((one) => searchBytes(one.route, one.bytes, NEEDLES)));
  assertNoCanary(searchBytes('dry run', Buffer.from(listed.stdout + listed.stderr + delivered.stderr), NEEDLES));
  assert.ok(arrived.some((one) => one.route.startsWith('fileless/') && holdsCode(one.bytes)));
  assertListed(ready);
});

function bodyOf(route: string): string {
  return recorder.arrived.find((one) => one.route === route)?.bytes.toString() ?? '{}';
}

/** What is executable without being code was looked at, and kept back. */
function assertListed(ready: Ready): void {
  const { regions_info } = JSON.parse(bodyOf('regions-info')) as {
    regions_info: readonly { base_address: number; size_in_bytes: number; classification: string; sha256?: string }[];
  };
  for (const place of ['executable', 'document']) {
    const at = Number.parseInt(String(ready[place]), 16);
    const region = regions_info.find((one) => one.base_address <= at && at < one.base_address + one.size_in_bytes);
    assert.equal(region?.classification, 'executable_data', place);
    assert.equal(region.sha256, undefined);
  }
}

/** Every file below C: with its size. */
async function filesBelow(folder: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found.set(path.slice(folder.length + 1), (await stat(path)).size);
  }
  return found;
}

test('it runs without a console, and writes only where it was told to', async () => {
  const earlier = await filesBelow(wine.drive);
  const command = `${scanner} -o C:\\audit --pid 1 --quiet --cpu 100`;
  const { ready } = await wine.launch('C:\\service.exe', [command]);
  // Incomplete: other processes than the only one that was asked for are not read.
  assert.equal(ready['code'], 20);
  const later = await filesBelow(wine.drive);
  const changed = [...later].filter(([path, size]) => earlier.get(path) !== size).map(([path]) => path);
  assert.ok(changed.some((path) => path.endsWith('scan_summary.json')));
  assert.deepEqual(
    changed.filter((path) => !path.startsWith('audit/')),
    [],
  );
  assert.deepEqual(
    [...earlier.keys()].filter((path) => !later.has(path)),
    [],
  );
});

test('a scan that cannot be delivered is kept in %ProgramData%\\Genehound, and nothing remains of one that was', async () => {
  const folder = join(wine.drive, 'ProgramData', 'Genehound');
  const args = ['-k', 'key', '--pid', '1', '--json', '--cpu', '100'];
  const sent = await wine.run(scanner, [...args, '-u', recorder.url]);
  assert.equal(sent.code, 20, sent.stdout + sent.stderr);
  await assert.rejects(stat(folder), { code: 'ENOENT' });
  // It does not speak TLS, which no patience changes.
  const kept = await wine.run(scanner, [...args, '-u', recorder.url.replace('http:', 'https:')]);
  assert.equal(kept.code, 30, kept.stderr);
  const { directory } = JSON.parse(kept.stdout) as { directory: string };
  assert.match(directory, /^C:\\ProgramData\\Genehound\\genehound-\d+$/);
  assert.deepEqual(await readdir(folder), [directory.split('\\').at(-1)]);
});

test('a second copy is refused while one runs', async () => {
  let release: () => void = () => undefined;
  recorder.hold = new Promise((resolve) => {
    release = resolve;
  });
  const asked = recorder.asked();
  const first = wine.run(scanner, ['-k', 'key', '-u', recorder.url, '--json']);
  await until('The first scanner', 30, async () => (recorder.asked() > asked ? true : undefined));
  const second = await wine.run(scanner, ['-o', 'C:\\second', '--json']);
  release();
  recorder.hold = undefined;
  assert.equal(second.code, 1, second.stdout);
  assert.match(second.stdout, /another scanner/i);
  assert.ok(!(await readdir(wine.drive)).includes('second'));
  assert.equal((await first).code, 3);
});

test('LSASS is listed and never read, and files on other machines are not opened', async () => {
  const system = join(wine.drive, 'windows', 'system32');
  await wine.put(await buildWindowsProgram('private-code'), join('windows', 'system32', 'lsass.exe'));
  const lsass = (await wine.launch('C:\\windows\\system32\\lsass.exe', [PAYLOAD, 'rwx'])).ready;
  const other = (await wine.launch('C:\\private-code.exe', [PAYLOAD, 'rwx'])).ready;
  const run = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
  await wine.run('reg', ['add', run, '/v', 'Far', '/d', '\\\\127.0.0.1\\share\\far.exe', '/f']);
  await mkdir(join(system, 'Tasks'), { recursive: true });
  const pids = `${lsass.pid},${other.pid}`;
  const written = await wine.run(scanner, ['-o', 'C:\\authority', '--pid', pids, '--json', '--cpu', '100']);
  await wine.endTargets();
  assert.equal(written.code, 20, written.stderr);
  const root = join(wine.drive, 'authority');
  const [scan = ''] = (await readdir(root)).filter((name) => name.startsWith('scan_'));
  const read = async (name: string): Promise<string> => readFile(join(root, scan, name), 'utf8');
  const { coverage_info } = JSON.parse(await read('coverage_info.json')) as {
    coverage_info: {
      processes: readonly { pid: number; reason?: string; details?: string }[];
      problems: readonly { path?: string; message: string }[];
    };
  };
  const at = coverage_info.processes.find((one) => one.pid === lsass.pid);
  assert.deepEqual([at?.reason, at?.details], ['protected', 'the local security authority is not opened for reading']);
  assert.ok(
    coverage_info.problems.some(
      (one) => one.path === '\\\\127.0.0.1\\share\\far.exe' && one.message.endsWith('not opened: network path'),
    ),
  );
  const { findings_info } = JSON.parse(await read('findings_info_1.json')) as {
    findings_info: readonly { pid: number }[];
  };
  assert.deepEqual([...new Set(findings_info.map((one) => one.pid))], [other.pid]);
  assertNoCanary(await searchFolder(root, NEEDLES));
});

test('the same difference in several processes is one finding with all of them', async () => {
  const started = await Promise.all([1, 2, 3].map(() => wine.launch('C:\\patch.exe', [PAYLOAD, 'byte'])));
  const pids = started.map((one) => one.ready.pid);
  const written = await wine.run(scanner, ['-o', 'C:\\alike', '--pid', pids.join(','), '--json', '--cpu', '100']);
  await wine.endTargets();
  assert.equal(written.code, 20, written.stderr);
  const root = join(wine.drive, 'alike');
  const [scan = ''] = (await readdir(root)).filter((name) => name.startsWith('scan_'));
  const { findings_info } = JSON.parse(await readFile(join(root, scan, 'findings_info_1.json'), 'utf8')) as {
    findings_info: readonly { finding: string; pid: number; other_pids?: readonly number[] }[];
  };
  const patched = findings_info.filter((one) => one.finding === 'patched');
  assert.equal(patched.length, 1, JSON.stringify(findings_info, null, 1));
  assert.deepEqual([patched[0]?.pid, ...(patched[0]?.other_pids ?? [])].sort(), pids.sort());
});

test("the user's proxy and proxy script are asked where no other is named", async () => {
  const proxies = await startProxies(
    (proxy) => `function FindProxyForURL(url, host) {
      return host === 'through.invalid' ? 'PROXY ${proxy}' : 'DIRECT';
    }`,
  );
  const key = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections';
  const scanWith = async (settings: string, server: string): Promise<void> => {
    await wine.run('reg', ['add', key, '/v', 'DefaultConnectionSettings', '/t', 'REG_BINARY', '/d', settings, '/f']);
    const refused = await wine.run(scanner, ['-k', 'key', '-u', server, '--pid', '1']);
    assert.equal(refused.code, 3, refused.stderr);
  };
  try {
    await scanWith(connectionSettings({ script: proxies.script }), 'http://through.invalid');
    await scanWith(connectionSettings({ proxy: proxies.proxy }), 'http://user.invalid');
  } finally {
    proxies.close();
  }
  assert.deepEqual(
    proxies.asked.map((line) => line.split('/')[2]),
    ['through.invalid', 'user.invalid'],
    JSON.stringify(proxies.asked),
  );
});
