import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { installationTrouble } from './setup/dependencies.mjs';
import { withLock } from './setup/lock.mjs';

const root = resolve(import.meta.dirname, '..');
let directory = '';
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'genehound-test-setup-'));
});
after(() => rmSync(directory, { recursive: true, force: true }));

type Packages = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A checkout with a lock file and what npm wrote down about its installation. */
function checkout(name: string, wanted: Packages, present: Packages | undefined): string {
  const place = join(directory, name);
  mkdirSync(join(place, 'node_modules', '.bin'), { recursive: true });
  writeFileSync(join(place, 'package-lock.json'), JSON.stringify({ packages: wanted }));
  if (present !== undefined) {
    writeFileSync(join(place, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: present }));
    writeFileSync(join(place, 'node_modules', '.bin', 'node'), '');
  }
  return place;
}

const one = { version: '1.0.0', integrity: 'sha512-A' };
const builds = {
  'node_modules/build-here': { ...one, optional: true, os: [process.platform], cpu: [process.arch] },
  'node_modules/build-there': { ...one, optional: true, os: ['win32'], cpu: ['x64'] },
};

test('compares what is installed with the lock file, by content', () => {
  const lock = { '': {}, 'packages/x': {}, 'node_modules/a': one, ...builds };
  const here = { 'node_modules/a': one, 'node_modules/build-here': one };
  assert.equal(installationTrouble(checkout('same', lock, here)), undefined);
  assert.match(installationTrouble(checkout('nothing', lock, undefined)) ?? '', /nothing is installed/);
  assert.match(
    installationTrouble(checkout('absent', lock, { 'node_modules/build-here': one })) ?? '',
    /modules\/a is not installed/,
  );
  assert.match(
    installationTrouble(checkout('older', lock, { ...here, 'node_modules/a': { ...one, version: '0.9.0' } })) ?? '',
    /not the version/,
  );
  assert.match(
    installationTrouble(checkout('other', lock, { ...here, 'node_modules/a': { ...one, integrity: 'sha512-B' } })) ??
      '',
    /not the version/,
  );
  assert.match(
    installationTrouble(checkout('no-build', lock, { 'node_modules/a': one })) ?? '',
    /build-here is not installed/,
  );
  assert.throws(() => installationTrouble(join(directory, 'nowhere')), /not a whole clone/);
});

test('this checkout is installed as its lock file says', () => {
  assert.equal(installationTrouble(root), undefined);
});

test('one set-up at a time; one that was killed holds nothing', async () => {
  const place = join(directory, 'locked');
  const order: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await new Promise((done) => setImmediate(done));
    order.push(`${name} ends`);
  };
  await Promise.all([withLock(place, work('a')), withLock(place, work('b'))]);
  assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends']);
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(join(place, '.genehound', 'setup.lock'), String(dead));
  await withLock(place, work('c'));
  assert.equal(order.at(-1), 'c ends');
});

function runSetup(args: readonly string[], path: string, environment: Readonly<Record<string, string>> = {}) {
  const answer = spawnSync(process.execPath, [join(root, 'scripts', 'setup.mjs'), ...args], {
    env: { PATH: path, HOME: directory, ...environment },
    encoding: 'utf8',
  });
  return { exit: answer.status, stdout: answer.stdout, stderr: answer.stderr.trim() };
}

test('says nothing where all is there', (context) => {
  // Set-up would install what is missing: in the middle of the tests, below all others.
  if (installationTrouble(root) !== undefined) return context.skip('the dependencies are not those of the lock file');
  const path = process.env['PATH'] ?? '';
  // A home of its own would have no cache of Go's builds.
  const home = { HOME: process.env['HOME'] ?? '' };
  assert.equal(runSetup(['--for', 'hunt'], path, home).exit, 0);
  assert.deepEqual(runSetup(['--for', 'hunt'], path, home), { exit: 0, stdout: '', stderr: '' });
});

/** A folder of programs that are named and nothing else. */
function pathOf(name: string, programs: Readonly<Record<string, string>>): string {
  const folder = join(directory, name);
  mkdirSync(folder, { recursive: true });
  for (const [program, target] of Object.entries(programs)) symlinkSync(target, join(folder, program));
  return folder;
}

test('wrong arguments are refused in one sentence', () => {
  for (const args of [[], ['--for'], ['--for', 'fun']]) {
    const { exit, stderr } = runSetup(args, '/usr/bin:/bin');
    assert.equal(exit, 1);
    assert.match(stderr, /^genehound: use scripts\/setup\.mjs[^\n]*$/);
  }
});

test('what is missing is named in one sentence with the command that installs it; nothing goes to stdout', () => {
  // Without git; a Go outside the path is found all the same where it is installed in its usual places.
  const { exit, stderr, stdout } = runSetup(['--for', 'hunt'], pathOf('no-git', { npm: '/bin/true' }));
  const hasGit = ['/usr/sbin/git', '/sbin/git', '/usr/local/sbin/git'].some(
    (path) => spawnSync('test', ['-x', path]).status === 0,
  );
  if (!hasGit) {
    assert.equal(exit, 1);
    assert.match(stderr, /git is missing: install it with "sudo apt-get install git"/);
    assert.equal(stderr.split('\n').length, 1);
  }
  assert.equal(stdout, '');
});

test('a Node that is too old is refused in one sentence', () => {
  const text = readFileSync(join(root, 'scripts', 'setup.mjs'), 'utf8');
  const old = join(directory, 'old.mjs');
  writeFileSync(old, text.replace("const major = Number(process.versions.node.split('.')[0]);", 'const major = 18;'));
  const answer = spawnSync(process.execPath, [old, '--for', 'hunt'], { encoding: 'utf8' });
  assert.equal(answer.status, 1);
  assert.match(answer.stderr, /^genehound: Node\.js \S+ is too old[^\n]*install it with "sudo npm[^\n]*\n$/);
});
