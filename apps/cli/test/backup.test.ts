import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writeOfflineScan } from './offline-scan.test-helper.ts';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** `genehound backup` of a server under load, and `genehound restore` of it somewhere else. */

let server: RunningServer;
let folder = '';
const path = (name: string): string => join(folder, name);
const data = (name: string): string => path(`data-${name}`);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-backup-'));
  server = await startServer();
});
after(async () => {
  await server.clean();
  rmSync(folder, { recursive: true, force: true });
});

const PROGRAMS = ['/bin/true', '/bin/cat', '/bin/ls', '/bin/date'] as const;

async function deliver(program: string): Promise<void> {
  const directory = writeOfflineScan(path('scans'), `scan_${program.replaceAll('/', '_')}`, readFileSync(program));
  const sent = await genehound(server.data, ['upload', directory, '--json']);
  assert.equal(sent.exit, 0, sent.stderr);
}

interface Scans {
  readonly items: readonly { readonly id: string; readonly state: string; readonly verdict: string | null }[];
}
const scansOf = async (where: string): Promise<Scans> =>
  documentOf(await genehound(where, ['scan', 'list', '--json'])) as Scans;

test('a backup under load, restored into an empty directory, is the same server', async () => {
  await deliver(PROGRAMS[0]);
  const early = await scansOf(server.data);
  const load = Promise.all(PROGRAMS.slice(1).map(deliver));
  const made = await genehound(server.data, ['backup', path('backup'), '--json']);
  assert.equal(made.exit, 0, made.stderr);
  await load;
  const again = await genehound(server.data, ['backup', path('backup')]);
  assert.deepEqual([again.exit, /is not empty/.test(again.stderr)], [1, true]);

  // As a medium without modes gives it back.
  chmodSync(path('backup/settings/receipt-key.pem'), 0o644);
  const restored = await genehound(data('new'), ['restore', path('backup'), '--json']);
  assert.equal(restored.exit, 0, restored.stderr);
  const rows = (ended: typeof made): unknown => (documentOf(ended) as { readonly rows: number }).rows;
  assert.equal(rows(restored), rows(made));
  assert.equal(statSync(join(data('new'), 'receipt-key.pem')).mode & 0o777, 0o600);
  const twice = await genehound(data('new'), ['restore', path('backup')]);
  assert.deepEqual([twice.exit, /is not empty/.test(twice.stderr)], [1, true]);

  const copy = await startServer(data('new'));
  try {
    const there = await scansOf(copy.data);
    const known = new Map((await scansOf(server.data)).items.map((scan) => [scan.id, scan]));
    assert.ok(early.items.length === 1 && there.items.some(({ id }) => id === early.items[0]?.id));
    for (const scan of there.items) {
      if (scan.state === 'done') assert.equal(scan.verdict, known.get(scan.id)?.verdict, scan.id);
      assert.ok(known.has(scan.id));
    }
    const id = early.items[0]?.id ?? '';
    const evidence = await genehound(copy.data, ['evidence', 'export', '--scan', id, '--output', path('evidence')]);
    assert.equal(evidence.exit, 0, evidence.stderr);
    // The chain goes on where it was: a new record after those that were restored.
    assert.equal((await genehound(copy.data, ['key', 'create', 'after'])).exit, 0);
    const log = await genehound(copy.data, ['evidence', 'export', '--output', path('log')]);
    assert.equal(log.exit, 0, log.stderr);
    const proved = await genehound('/nonexistent', ['evidence', 'verify', path('evidence'), '--log', path('log')]);
    assert.equal(proved.exit, 0, proved.stderr);
  } finally {
    await copy.clean();
  }
});

function someFile(directory: string): string {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const [first] = files;
  assert.ok(first);
  return join(first.parentPath, first.name);
}

test('a backup that was cut or spoilt is refused and says why', async () => {
  const spoil = async (name: string, harm: (directory: string) => void, message: RegExp): Promise<void> => {
    cpSync(path('backup'), path(name), { recursive: true });
    harm(path(name));
    const ended = await genehound(data(name), ['restore', path(name)]);
    assert.equal(ended.exit, 1, name);
    assert.match(ended.stderr, message);
  };
  await spoil('cut', (at) => rmSync(join(at, 'backup.json')), /no finished backup/);
  await spoil('blob', (at) => rmSync(someFile(join(at, 'blobs'))), /The bytes of [0-9a-f]{64} are missing/);
  const changeRows = (at: string): void => {
    const manifest = readFileSync(join(at, 'backup.json'), 'utf8');
    writeFileSync(join(at, 'backup.json'), manifest.replace(/"sha256": "..../, '"sha256": "0000'));
  };
  await spoil('rows', changeRows, /not those that were backed up/);
  const link = (at: string): void => symlinkSync('/etc/passwd', join(at, 'settings', 'linked'));
  await spoil('link', link, /linked is a link/);
  // Its rows are there, its bytes are not all.
  const started = await genehound(data('blob'), ['server', '--port', '0']);
  assert.equal(started.exit, 1);
  assert.match(started.stderr, /did not end, and what is there is not whole/);
});
