import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** `genome build --debian-release`: the real apt over a mirror on disk that is signed by a key of the test. */

let server: RunningServer | undefined;
let folder = '';
let native = '';
const mirror = (): string => join(folder, 'mirror');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A package with one library, which is `/bin/true` with a name behind it. */
function packageOf(name: string, section: string): string {
  const tree = join(folder, 'trees', name);
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  mkdirSync(join(tree, 'usr'));
  const facts = `Package: ${name}\nVersion: 1.0\nArchitecture: ${native}\nSection: ${section}\nMaintainer: t <t@example.org>\n`;
  writeFileSync(join(tree, 'DEBIAN', 'control'), `${facts}Description: t\n`);
  copyFileSync('/bin/true', join(tree, 'usr', name));
  writeFileSync(join(tree, 'usr', name), name, { flag: 'a' });
  const file = `pool/${name}_1.0_${native}.deb`;
  const path = join(mirror(), file);
  execFileSync('dpkg-deb', ['-Zgzip', '--root-owner-group', '--build', tree, path], { stdio: 'ignore' });
  const bytes = readFileSync(path);
  return `${facts}Filename: ${file}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\nDescription: t\n`;
}

const gpg = (home: string, args: readonly string[]): Buffer =>
  execFileSync('gpg', ['--homedir', join(folder, home), '--batch', '--quiet', ...args], { stdio: 'pipe' });

function makeKey(home: string): string {
  mkdirSync(join(folder, home), { mode: 0o700 });
  gpg(home, ['--passphrase', '', '--quick-generate-key', `${home} <t@example.org>`, 'ed25519', 'sign', '1d']);
  const path = join(folder, `${home}.gpg`);
  writeFileSync(path, gpg(home, ['--export']));
  return path;
}

/** `signed`: what the release says of its list of packages, where that is not the truth. */
function writeRelease(suite: string, stanzas: readonly string[], signed = stanzas): void {
  const index = `main/binary-${native}/Packages`;
  const place = join(mirror(), 'dists', suite);
  mkdirSync(join(place, `main/binary-${native}`), { recursive: true });
  writeFileSync(join(place, index), stanzas.join('\n'));
  const told = Buffer.from(signed.join('\n'));
  const release = join(folder, 'Release');
  writeFileSync(
    release,
    `Origin: Debian\nLabel: Debian\nSuite: ${suite}\nCodename: ${suite}\nDate: ${new Date().toUTCString()}\nArchitectures: ${native}\nComponents: main\nSHA256:\n ${sha256(told)} ${told.length} ${index}\n`,
  );
  gpg('archive', ['--yes', '--clearsign', '--output', join(place, 'InRelease'), release]);
}

let keyring = '';
let otherKeyring = '';
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-release-'));
  execFileSync('chmod', ['755', folder]);
  native = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
  mkdirSync(join(mirror(), 'pool'), { recursive: true });
  keyring = makeKey('archive');
  otherKeyring = makeKey('stranger');
  const stanzas = ['gh-one', 'gh-damaged', 'gh-two'].map((name) => packageOf(name, 'utils'));
  stanzas.push(packageOf('libgh1', 'libs'));
  writeRelease('good', stanzas);
  writeRelease('forged', stanzas, ['Package: another\n']);
  // As long as the index says, and not what it says.
  const damaged = join(mirror(), `pool/gh-damaged_1.0_${native}.deb`);
  const bytes = readFileSync(damaged);
  writeFileSync(damaged, bytes.fill(0, bytes.length - 100));
  server = await startServer();
});
after(async () => {
  await server?.clean();
  for (const home of ['archive', 'stranger'])
    execFileSync('gpgconf', ['--homedir', join(folder, home), '--kill', 'all'], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
});

const build = (suite: string, more: readonly string[] = [], keys = keyring) =>
  genehound(server?.data ?? '', [
    ...['genome', 'build', '--debian-release', suite, '--mirror', `file:${mirror()}`, '--keyring', keys],
    ...['--source', 'a release', '--licence', 'various', '--tlp', 'clear', '--json', ...more],
  ]);

test('packages of a signed release become trusted families, once; a damaged one costs itself', async () => {
  const some = await build('good', ['--packages', 'gh-o*,libgh1', 'no-such']);
  assert.equal(some.exit, 20, some.stderr);
  assert.deepEqual(documentOf(some), {
    packages: 2,
    added: 2,
    known: 0,
    problems: ['The release has no package no-such with code'],
  });
  const all = await build('good');
  const { problems, ...counts } = documentOf(all) as { readonly problems: readonly string[] };
  assert.deepEqual(counts, { packages: 3, added: 1, known: 2 });
  assert.equal(problems.length, 1);
  assert.match(
    problems[0] ?? '',
    /^The package gh-damaged=1.0 could not be downloaded \(.*\); its code stays unknown\.$/,
  );
  const sources = documentOf(await genehound(server?.data ?? '', ['genome', 'sources', '--json']));
  const { items } = sources as { readonly items: readonly { readonly name: string; readonly labels: number }[] };
  assert.equal(items.find(({ name }) => name === 'a release')?.labels, 3);
});

test('a release that another key signed, or whose list is not the signed one, is refused in one sentence', async () => {
  const stranger = await build('good', [], otherKeyring);
  assert.equal(stranger.exit, 1);
  assert.match(stranger.stderr, /good cannot be had from .*: .*(not signed|signature)/i);
  const forged = await build('forged');
  assert.equal(forged.exit, 1);
  assert.match(forged.stderr, /forged cannot be had from .*: /);
  const absent = await build('absent');
  assert.equal(absent.exit, 1);
  const lost = await build('good', [], join(folder, 'no.gpg'));
  assert.match(lost.stderr, /The keyring .*no\.gpg is not there, so that no signature could be checked/);
});
