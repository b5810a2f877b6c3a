import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
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
  for (const name of ['one', 'two']) assert.equal((await genehound(server.data, ['key', 'create', name])).exit, 0);
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
  const text = readFileSync(path('log'), 'utf8');
  writeFileSync(path('changed'), text.replace(signer, 'cd'.repeat(32)));
  const changed = await verify('changed');
  assert.equal(changed.exit, 1);
  assert.match(changed.stderr, /not what was recorded/);
  writeFileSync(path('cut'), `${text.trimEnd().split('\n').slice(0, -1).join('\n')}\n`);
  assert.equal((await verify('cut')).exit, 0, 'nothing in it says that it went on');
  assert.equal((await verify('cut', '--digest', state.digest)).exit, 1);
});
