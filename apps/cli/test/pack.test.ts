import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROUTES } from '@genehound/contract';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** `genehound pack` against the real server, and without one where it needs none. */

let server: RunningServer;
let folder = '';
const run = (args: readonly string[]) => genehound(server.data, ['pack', ...args]);
const path = (name: string): string => join(folder, name);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-packs-'));
  server = await startServer();
});
after(async () => {
  await server.clean();
  rmSync(folder, { recursive: true, force: true });
});

const about = ['--name', 'cli pack', '--licence', 'CC0-1.0', '--tlp', 'green', '--attribution', 'us'];

test('keygen, export, verify, trust, import: knowledge goes from one scope to another', async () => {
  const made = await genehound('/nonexistent', ['pack', 'keygen', path('key.pem')]);
  assert.equal(made.exit, 0, made.stderr);
  const key = made.stdout.trim();
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(statSync(path('key.pem')).mode & 0o777, 0o600);
  assert.equal((await run(['keygen', path('key.pem')])).exit, 1, 'a key is never written over');

  const labelled = await genehound(server.data, ['index', '/bin/true', '--family', 'pack cli', '--type', 'library']);
  assert.equal(labelled.exit, 0, labelled.stderr);
  const exported = await run(['export', path('a.pack'), '--sign', path('key.pem'), ...about, '--json']);
  assert.equal(exported.exit, 0, exported.stderr);
  const pack = documentOf(exported) as { readonly genes: number; readonly labels: number; readonly signer: string };
  assert.deepEqual([pack.labels, pack.signer], [1, key]);
  assert.ok(pack.genes > 100);

  const verified = await genehound('/nonexistent', ['pack', 'verify', path('a.pack'), '--signer', key]);
  assert.equal(verified.exit, 0, verified.stderr);
  assert.match(verified.stdout, /CC0-1\.0/);
  const other = await run(['verify', path('a.pack'), '--signer', '0'.repeat(64)]);
  assert.deepEqual([other.exit, /was signed by/.test(other.stderr)], [1, true]);

  const early = await run(['import', path('a.pack'), '--scope', 'global']);
  assert.deepEqual([early.exit, /whose packs are not taken/.test(early.stderr)], [1, true]);
  assert.equal((await run(['trust', key, '--name', 'me', '--scope', 'global'])).exit, 0);
  assert.match((await run(['signers'])).stdout, /me +global/);
  const imported = await run(['import', path('a.pack'), '--scope', 'global', '--json']);
  assert.equal(imported.exit, 0, imported.stderr);
  const { source, known } = ROUTES.importPack.answer.parse(documentOf(imported));
  assert.deepEqual(
    [known, source.genes, source.labels, source.scope, source.attribution],
    [false, pack.genes, 1, 'global', 'us'],
  );
  assert.match((await run(['import', path('a.pack'), '--scope', 'global'])).stdout, /imported before/);
  assert.equal((await run(['distrust', key, '--scope', 'global'])).exit, 0);
});

test('a changed pack and a wrong key are told apart, and leave nothing behind', async () => {
  const bytes = readFileSync(path('a.pack'));
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(path('changed.pack'), bytes);
  for (const command of ['verify', 'import']) {
    const refused = await run([command, path('changed.pack')]);
    assert.deepEqual([refused.exit, /was refused/.test(refused.stderr)], [1, true], refused.stderr);
  }
  writeFileSync(path('no.pem'), 'no key');
  const unsigned = await run(['export', path('b.pack'), '--sign', path('no.pem'), ...about]);
  assert.deepEqual([unsigned.exit, /no Ed25519 private key/.test(unsigned.stderr)], [2, true]);
  const lost = await run(['export', path('b.pack'), '--sign', path('key.pem'), ...about, '--family', 'nobody']);
  assert.deepEqual([lost.exit, /was not found/.test(lost.stderr)], [1, true]);
  assert.ok(!existsSync(path('b.pack')) && !existsSync(path('b.pack.part')));
});
