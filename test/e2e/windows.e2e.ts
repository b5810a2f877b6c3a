import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FindingKind, ScanReport } from '@genehound/contract';
import { reportOf } from '../harness/scanner.ts';
import { labelMalware, makeDataDirectory, makeScanKey, type Server, startServer } from '../harness/server.ts';
import { buildPayload } from '../targets/families.ts';
import { buildWindowsLibrary, buildWindowsProgram, type WindowsProgramName } from '../targets/windows/programs.ts';
import { makeAssembly } from './windows/assembly.ts';
import { openWine, scannerForWindows, type Wine } from './windows/wine.ts';

/**
 * Scanner.exe under Wine, in one prefix that the test makes itself. It shows our logic, not Windows: what Wine lacks is
 * reported as not possible, and the fallback finds the plants nevertheless.
 */

const FAMILY = 'E2E Amber';

let wine: Wine;
let server: Server;
let key = '';
let scanner = '';
let remove: () => Promise<void> = async () => undefined;
let refusal: { readonly code: number; readonly stderr: string };

before(async () => {
  const data = await makeDataDirectory();
  remove = data.remove;
  const labelled = (async () => {
    server = await startServer(data.path);
    key = (await makeScanKey(server, 'windows')).secret;
    await labelMalware(server, FAMILY, await buildPayload('amber', 'labelled', 'library'));
  })();
  wine = await openWine();
  scanner = await wine.put(await scannerForWindows(), 'Scanner.exe');
  await wine.become('win7');
  refusal = await wine.run(scanner, ['-o', 'C:\\refused']);
  await wine.become('win10');
  await labelled;
});
after(async () => {
  await wine?.close();
  await server?.stop();
  await remove();
});

interface Plant {
  readonly name: string;
  readonly program: WindowsProgramName;
  readonly args: readonly string[];
  readonly findings: readonly FindingKind[];
  /** Part of a finding's details. */
  readonly says?: RegExp;
}

const PAYLOAD = 'C:\\payload.bin';
const LIBRARY = 'C:\\held.dll';

const PLANTS: readonly Plant[] = [
  {
    name: 'private memory, writable and executable',
    program: 'private-code',
    args: [PAYLOAD, 'rwx'],
    findings: ['implanted-code'],
  },
  {
    name: 'private memory, first writable, then executable',
    program: 'private-code',
    args: [PAYLOAD, 'rx'],
    findings: ['implanted-code'],
  },
  {
    name: 'a mapping of the page file',
    program: 'private-code',
    args: [PAYLOAD, 'mapped'],
    findings: ['implanted-code'],
    says: /a mapping without a file/,
  },
  {
    name: 'a thread started in private memory',
    program: 'private-code',
    args: [PAYLOAD, 'thread'],
    findings: ['implanted-code', 'unbacked-thread'],
    says: /was started at/,
  },
  {
    name: 'a thread that returns to private memory',
    program: 'private-code',
    args: [PAYLOAD, 'return'],
    findings: ['implanted-code', 'unbacked-thread'],
    says: /will return to/,
  },
  {
    name: 'an image laid out by hand',
    program: 'manual-map',
    args: [LIBRARY, 'header'],
    findings: ['implanted-image'],
    says: /an image with its header/,
  },
  {
    name: 'an image laid out by hand, its header erased',
    program: 'manual-map',
    args: [LIBRARY, 'erased'],
    findings: ['implanted-image'],
    says: /header was erased/,
  },
  {
    name: 'an image in place of the main one',
    program: 'manual-map',
    args: [LIBRARY, 'replaced'],
    findings: ['replaced'],
  },
  {
    name: 'one byte of a function changed',
    program: 'patch',
    args: [PAYLOAD, 'byte'],
    findings: ['patched', 'implanted-code'],
  },
  {
    name: 'a function hooked in five bytes',
    program: 'patch',
    args: [PAYLOAD, 'five'],
    findings: ['hooked', 'implanted-code'],
    says: /control goes to/,
  },
  {
    name: 'a function hooked in twelve bytes',
    program: 'patch',
    args: [PAYLOAD, 'twelve'],
    findings: ['hooked', 'implanted-code'],
    says: /control goes to/,
  },
  {
    name: 'an import slot redirected',
    program: 'patch',
    args: [PAYLOAD, 'import'],
    findings: ['hooked', 'implanted-code'],
    says: /in the import table: KERNEL32\.dll!GetSystemPowerStatus leads to/,
  },
  {
    name: 'an export table changed',
    program: 'patch',
    args: [PAYLOAD, 'export'],
    findings: ['hooked', 'implanted-code'],
    says: /in the export table: GetSystemPowerStatus leads to/,
  },
  {
    name: 'an image mapped and stomped',
    program: 'section-image',
    args: [LIBRARY, 'stomped', PAYLOAD],
    findings: ['stomped', 'unlinked'],
  },
  {
    name: 'a module that the loader forgot',
    program: 'unlink',
    args: [LIBRARY, 'hide'],
    findings: ['unlinked'],
    says: /none of the loader's lists/,
  },
  {
    name: 'a module under the name of another',
    program: 'unlink',
    args: [LIBRARY, 'rename'],
    findings: ['unlinked'],
    says: /lists this image as .*version\.dll/,
  },
  {
    name: 'a hollowed process',
    program: 'hollow',
    args: ['C:\\sleeper.exe', PAYLOAD],
    findings: ['replaced'],
    says: /main image/,
  },
  {
    name: 'an assembly loaded from bytes',
    program: 'managed',
    args: [LIBRARY, 'C:\\assembly.bin'],
    findings: ['implanted-image'],
    says: /\.NET assembly/,
  },
];

async function putPrograms(): Promise<void> {
  const payload = await buildPayload('amber', 'fast', 'flat');
  await wine.put(payload, 'payload.bin');
  await wine.put(await buildWindowsLibrary(payload), 'held.dll');
  await writeFile(join(wine.drive, 'assembly.bin'), makeAssembly());
  for (const name of new Set(PLANTS.map((plant) => plant.program).concat('sleeper', 'inject')))
    await wine.put(await buildWindowsProgram(name), `${name}.exe`);
}

function findingsOf(report: ScanReport, pid: number): readonly string[] {
  return [...new Set(report.findings.filter((one) => one.pid === pid).map((one) => one.finding))].sort();
}

test('a Windows before 10 is refused in one sentence, and the directory says so and holds no code', async () => {
  assert.equal(refusal.code, 2, refusal.stderr);
  assert.match(refusal.stderr, /too old: Windows 10 1607 or Server 2016 or later is needed/);
  const root = join(wine.drive, 'refused');
  const [name, ...others] = await readdir(root);
  assert.ok(name !== undefined && others.length === 0, `${name} ${others}`);
  const summary = JSON.parse(await readFile(join(root, name, 'scan_summary.json'), 'utf8'));
  assert.equal(summary.reason, 'unsupported');
  const written = await readdir(root, { recursive: true, withFileTypes: true });
  const files = written.filter((entry) => entry.isFile()).map((entry) => entry.name);
  assert.deepEqual(
    files.filter((file) => !file.endsWith('.json')),
    [],
  );
});

describe('plants', () => {
  let report: ScanReport;
  const pids = new Map<string, number>();
  const controls = new Map<string, number>();

  before(async () => {
    await putPrograms();
    const started = await Promise.all(
      PLANTS.map(async (plant) => ({
        name: plant.name,
        ready: (await wine.launch(`C:\\${plant.program}.exe`, plant.args)).ready,
      })),
    );
    for (const { name, ready } of started) pids.set(name, ready.victim ?? ready.pid);
    const victim = await wine.launch('C:\\sleeper.exe', []);
    await wine.launch('C:\\inject.exe', [String(victim.ready.pid), PAYLOAD]);
    pids.set('injected', victim.ready.pid);
    await wine.launch('C:\\private-code.exe', [PAYLOAD, 'noaccess']);
    await startControls(controls);
    const id = randomUUID();
    const delivered = await wine.run(scanner, ['-k', key, '-u', server.url, '--id', id, '--json', '--cpu', '100']);
    assert.equal(delivered.code, 20, delivered.stdout + delivered.stderr);
    assert.equal((JSON.parse(delivered.stdout) as { outcome: string }).outcome, 'delivered');
    report = await reportOf(server, id);
    await wine.endTargets();
  });

  for (const plant of PLANTS) {
    test(plant.name, () => {
      const pid = pids.get(plant.name) ?? 0;
      assert.deepEqual(findingsOf(report, pid), [...plant.findings].sort(), JSON.stringify(report.findings, null, 1));
      const details = report.findings.filter((one) => one.pid === pid).map((one) => one.details);
      if (plant.says !== undefined) assert.match(details.join('\n'), plant.says);
    });
  }

  test('code injected into another process, with a thread of its own', () => {
    assert.deepEqual(findingsOf(report, pids.get('injected') ?? 0), ['implanted-code', 'unbacked-thread']);
  });

  test('the planted family is named, in each process that holds its code and in no other', () => {
    assert.equal(report.verdict, 'malicious', JSON.stringify(report, null, 1));
    assert.deepEqual(report.families, [FAMILY]);
    const holding = new Set(
      report.notTrusted
        .filter((one) => one.verdict === 'malicious' && one.layout !== 'file')
        .flatMap((one) => one.processes.map((at) => at.pid)),
    );
    for (const name of [
      'private memory, writable and executable',
      'a mapping of the page file',
      'an image laid out by hand',
      'an image laid out by hand, its header erased',
      'an image mapped and stomped',
      'a hollowed process',
      'injected',
    ])
      assert.ok(holding.has(pids.get(name) ?? 0), `${name}: ${JSON.stringify(report.notTrusted, null, 1)}`);
  });

  test('nothing is found in the controls, in Wine itself or in the scanner', () => {
    const planted = new Set(pids.values());
    assert.deepEqual(
      report.findings.filter((one) => !planted.has(one.pid)).map((one) => [one.finding, one.path, one.details]),
      [['deleted-file', 'C:\\gone.exe', "the process's own file is gone while it runs: no file stands at its path"]],
    );
    assert.ok(controls.size >= 4);
  });

  test('what Wine cannot tell is reported as not possible, with the reason', () => {
    assert.equal(report.coverage.complete, false);
    const text = JSON.stringify(report.coverage);
    assert.match(text, /the working set cannot be asked/);
    assert.match(text, /the catalogs of signed files cannot be asked/);
    assert.doesNotMatch(text, /"internal"/);
  });
});

/** Programs with nothing to hide: one waits, one shows a window, one reads a library's resources, one was updated. */
async function startControls(controls: Map<string, number>): Promise<void> {
  controls.set('waits', (await wine.launch('C:\\sleeper.exe', [])).ready.pid);
  controls.set('resources', (await wine.launch('C:\\section-image.exe', [LIBRARY, 'clean', PAYLOAD])).ready.pid);
  const sleeper = join(wine.drive, 'sleeper.exe');
  await copyFile(sleeper, join(wine.drive, 'updated.exe'));
  controls.set('updated', (await wine.launch('C:\\updated.exe', [])).ready.pid);
  // Another build at the same path, as an update leaves it: renamed into place, for the old one is in use.
  const newer = await readFile(sleeper);
  newer.writeUInt32LE(0x6543_2100, newer.readUInt32LE(60) + 8);
  await writeFile(join(wine.drive, 'newer.exe'), newer);
  await rename(join(wine.drive, 'newer.exe'), join(wine.drive, 'updated.exe'));
  await copyFile(sleeper, join(wine.drive, 'gone.exe'));
  controls.set('gone', (await wine.launch('C:\\gone.exe', [])).ready.pid);
  await rm(join(wine.drive, 'gone.exe'));
}

test('an offline scan is a directory that the upload command takes, with what starts by itself', async () => {
  await putPrograms();
  await wine.launch('C:\\private-code.exe', [PAYLOAD, 'rx']);
  const run = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
  await wine.run('reg', ['add', run, '/v', 'Loader', '/d', 'rundll32.exe C:\\held.dll,Start', '/f']);
  const startUp = 'ProgramData\\Microsoft\\Windows\\Start Menu\\Programs\\StartUp';
  await wine.put(await buildWindowsProgram('shortcut'), 'shortcut.exe');
  const shortcut = `C:\\${startUp}\\Update.lnk`;
  const made = await wine.run('C:\\shortcut.exe', [shortcut, 'C:\\sleeper.exe', '-quietly']);
  assert.equal(made.code, 0, made.stderr);
  const tasks = join(wine.drive, 'windows', 'system32', 'Tasks', 'Vendor');
  await mkdir(tasks, { recursive: true });
  const action = '<Exec><Command>C:\\sleeper.exe</Command><Arguments>now</Arguments></Exec>';
  await writeFile(join(tasks, 'Update'), `<?xml version="1.0"?><Task><Actions>${action}</Actions></Task>`);
  const written = await wine.run(scanner, ['-o', 'C:\\scans', '--self-test', '--json', '--cpu', '100']);
  assert.equal(written.code, 20, written.stderr);
  const result = JSON.parse(written.stdout) as {
    outcome: string;
    scan_directory: string;
    findings_by_kind: Readonly<Record<string, number>>;
  };
  // The planted code, and the test threat in the scanner itself.
  assert.deepEqual(result.findings_by_kind, { 'implanted-code': 2 });
  assert.equal(result.outcome, 'written');
  const root = join(wine.drive, 'scans');
  const [directory = ''] = (await readdir(root)).filter((name) => name.startsWith('scan_'));
  assert.equal(result.scan_directory, `C:\\scans\\${directory}`);
  const read = async (name: string): Promise<string> => readFile(join(root, directory, name), 'utf8');
  assert.match(await read('host_info.json'), /"os_version":"windows_10"/);
  assert.ok((await readdir(join(root, 'fileless'))).length > 0);
  const { autoruns_info } = JSON.parse(await read('autoruns_info.json')) as { autoruns_info: readonly Autorun[] };
  const loader = autoruns_info.find((one) => one.entry_path.endsWith('\\Run\\Loader'));
  assert.equal(loader?.category, 'logon');
  assert.ok(Object.keys(loader.extracted_files ?? {}).includes('C:\\held.dll'), JSON.stringify(loader));
  const linked = autoruns_info.find((one) => one.entry_path.endsWith('\\Update.lnk'));
  assert.deepEqual([linked?.category, linked?.entry_value], ['logon', 'C:\\sleeper.exe -quietly']);
  assert.deepEqual(Object.keys(linked?.extracted_files ?? {}), ['C:\\sleeper.exe']);
  assert.ok(autoruns_info.some((one) => one.category === 'drivers' && one.entry_path.endsWith('\\Services\\MountMgr')));
  const { scheduled_tasks_info } = JSON.parse(await read('scheduled_tasks_info.json')) as {
    scheduled_tasks_info: readonly { task_name: string; exec_actions: readonly { exec_path: string }[] }[];
  };
  assert.deepEqual(
    scheduled_tasks_info.map((one) => [one.task_name, one.exec_actions[0]?.exec_path]),
    [['\\Vendor\\Update', 'C:\\sleeper.exe']],
  );
});

interface Autorun {
  readonly category: string;
  readonly entry_path: string;
  readonly entry_value?: string;
  readonly extracted_files?: Readonly<Record<string, { readonly sha256: string }>>;
}

test("the machine's proxy is asked where no other is named", async () => {
  const asked: string[] = [];
  const proxy = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      asked.push(bytes.toString('latin1').split('\r\n')[0] ?? '');
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  // What "netsh winhttp set proxy" writes: size, nothing, flags, the proxy, the hosts to reach without.
  const name = Buffer.from(`127.0.0.1:${port}`);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(0x18, 0);
  head.writeUInt32LE(3, 8);
  head.writeUInt32LE(name.length, 12);
  const setting = Buffer.concat([head, name, Buffer.alloc(4)]).toString('hex');
  const key = 'HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections';
  await wine.run('reg', ['add', key, '/v', 'WinHttpSettings', '/t', 'REG_BINARY', '/d', setting, '/f']);
  const args = ['-k', randomUUID(), '-u', 'http://genehound.invalid', '--pid', '1', '--json'];
  const kept = await wine.run(scanner, args);
  proxy.close();
  assert.equal(kept.code, 30, kept.stderr);
  assert.match(asked[0] ?? '', /^POST http:\/\/genehound\.invalid\//, JSON.stringify(asked));
});

test('Scanner.exe says what it is, in its resources', async () => {
  const bytes = await readFile(await scannerForWindows());
  const text = bytes.toString('utf16le') + bytes.subarray(1).toString('utf16le');
  for (const value of ['OriginalFilename', 'Scanner.exe', 'Genehound scanner']) assert.ok(text.includes(value), value);
  assert.ok(bytes.includes('requestedExecutionLevel level="asInvoker"'));
});
