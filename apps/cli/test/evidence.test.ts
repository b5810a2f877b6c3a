import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { query } from '../../server/test/query.ts';
import { writeOfflineScan } from './offline-scan.test-helper.ts';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** `genehound evidence` against the real server, and without one. */

let server: RunningServer;
let folder = '';
const path = (name: string): string => join(folder, name);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-evidence-'));
  server = await startServer();
});
after(async () => {
  await server.clean();
  rmSync(folder, { recursive: true, force: true });
});

test('an exported audit log is proved without the server, and a changed or cut one is not', async () => {
  const signer = 'ab'.repeat(32);
  // The second has a sign that other readers take for the end of a line.
  for (const name of ['one', 'two\u2028lines'])
    assert.equal((await genehound(server.data, ['key', 'create', name])).exit, 0);
  assert.equal((await genehound(server.data, ['pack', 'trust', signer, '--name', 'a signer'])).exit, 0);
  const exported = await genehound(server.data, ['evidence', 'export', '--output', path('log'), '--json']);
  assert.equal(exported.exit, 0, exported.stderr);
  const state = documentOf(exported) as { readonly records: number; readonly digest: string };
  assert.ok(state.records >= 2);
  assert.equal(
    (await genehound(server.data, ['evidence', 'export', '--output', path('log')])).exit,
    1,
    'never over a file',
  );

  const verify = (file: string, ...more: string[]) =>
    genehound('/nonexistent', ['evidence', 'verify', path(file), ...more]);
  const proved = await verify('log', '--digest', state.digest);
  assert.equal(proved.exit, 0, proved.stderr);
  // A key or another log proves nothing of a log, and must not seem to.
  assert.match((await verify('log', '--key', 'ab'.repeat(32))).stderr, /--key says nothing of it/);
  assert.match((await verify('log', '--log', path('log'))).stderr, /--log says nothing of it/);
  const text = readFileSync(path('log'), 'utf8');
  writeFileSync(path('changed'), text.replace(signer, 'cd'.repeat(32)));
  const changed = await verify('changed');
  assert.equal(changed.exit, 1);
  assert.match(changed.stderr, /not what was recorded/);
  writeFileSync(path('cut'), `${text.trimEnd().split('\n').slice(0, -1).join('\n')}\n`);
  assert.equal((await verify('cut')).exit, 0, 'nothing in it says that it went on');
  assert.equal((await verify('cut', '--digest', state.digest)).exit, 1);
});

async function deliveredScan(): Promise<string> {
  const directory = writeOfflineScan(folder, 'scan-1', readFileSync('/bin/true'));
  const sent = await genehound(server.data, ['upload', directory, '--json']);
  assert.equal(sent.exit, 0, sent.stderr);
  const listed = documentOf(await genehound(server.data, ['scan', 'list', '--json'])) as {
    readonly items: readonly { readonly id: string }[];
  };
  return listed.items[0]?.id ?? '';
}

test('what a scan sent is proved offline by its receipt and the audit log; changed, cut or foreign it is not', async () => {
  const id = await deliveredScan();
  const exported = await genehound(server.data, ['evidence', 'export', '--scan', id, '--output', path('scan')]);
  assert.equal(exported.exit, 0, exported.stderr);
  assert.equal((await genehound(server.data, ['evidence', 'export', '--output', path('later-log')])).exit, 0);
  const keys = documentOf(await genehound(server.data, ['evidence', 'keys', '--json'])) as {
    readonly items: readonly { readonly publicKey: string }[];
  };
  const key = keys.items[0]?.publicKey ?? '';
  const verify = (file: string, ...more: string[]) =>
    genehound('/nonexistent', ['evidence', 'verify', path(file), ...more]);

  const proved = await verify('scan', '--key', key, '--log', path('later-log'), '--json');
  assert.equal(proved.exit, 0, proved.stderr);
  const { document, position } = documentOf(proved) as {
    readonly document: { readonly scan: string; readonly parts: { readonly count: number } };
    readonly position: number;
  };
  assert.equal(document.scan, id);
  assert.ok(position > 0 && document.parts.count >= 5);
  assert.match((await verify('scan', '--digest', 'ab'.repeat(32))).stderr, /--digest says nothing of it/);
  assert.match((await verify('scan', '--log', path('log'))).stderr, /no record of this receipt/);
  assert.match((await verify('scan', '--key', 'ab'.repeat(32))).stderr, /not by the one that was named/);

  const lines = readFileSync(path('scan'), 'utf8').trimEnd().split('\n');
  const write = (name: string, changed: readonly string[]) => writeFileSync(path(name), `${changed.join('\n')}\n`);
  write('scan-cut', lines.slice(0, -1));
  assert.match((await verify('scan-cut')).stderr, /not those of the receipt/);
  write(
    'scan-changed',
    lines.map((line, at) => (at === 1 ? line.replace(/"body":"..../, '"body":"AAAA') : line)),
  );
  assert.match((await verify('scan-changed')).stderr, /not what the scanner sent/);
  write(
    'scan-elsewhere',
    lines.map((line, at) => (at === 0 ? line.replace(id, '00000000-0000-7000-8000-000000000000') : line)),
  );
  assert.match((await verify('scan-elsewhere')).stderr, /changed after it was signed/);

  assert.equal((await genehound(server.data, ['evidence', 'rotate-key'])).exit, 0);
  const after = documentOf(await genehound(server.data, ['evidence', 'keys', '--json'])) as {
    readonly items: readonly { readonly publicKey: string; readonly retiredAt: string | null }[];
  };
  assert.deepEqual(
    after.items.map((one) => [one.publicKey === key, one.retiredAt === null]),
    [
      [true, false],
      [false, true],
    ],
  );
  const again = await genehound(server.data, ['evidence', 'export', '--scan', id, '--output', path('scan-again')]);
  assert.equal(again.exit, 0, 'what the retired key signed stays valid');
  assert.equal((await verify('scan-again', '--key', key)).exit, 0);
});

test('of a scan that retention emptied the export says so, and leaves no part of a file', async () => {
  const id = await deliveredScan();
  await query(server.data, 'delete from scan_part where scan_id = $1', [id]);
  const refused = await genehound(server.data, ['evidence', 'export', '--scan', id, '--output', path('emptied')]);
  assert.equal(refused.exit, 1);
  assert.match(refused.stderr, /none of the \d+ messages of this scan any more: retention removed/);
  assert.equal(existsSync(path('emptied')), false);
});
