import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { choosePackages, DEBIAN_KEYRING, type Release, releaseSettings } from './release.ts';

const GOOD: Release = {
  suite: 'bookworm-updates',
  mirror: 'https://deb.debian.org/debian',
  components: ['main', 'non-free-firmware'],
  architecture: 'arm64',
  keyring: existsSync(DEBIAN_KEYRING) ? DEBIAN_KEYRING : '/bin/true',
};

test('words that apt would read otherwise are refused before anything is written', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'genehound-test-settings-'));
  try {
    for (const bad of [
      { suite: 'trixie [trusted=yes]' },
      { suite: 'flat/' },
      { suite: '-o' },
      { mirror: 'http://example.org/ trixie' },
      { mirror: 'cdrom:disc' },
      { mirror: 'http://example.org/[trusted=yes]' },
      { components: ['main]'] },
      { components: ['main\ndeb'] },
      { architecture: 'amd64 trusted=yes' },
      { keyring: '/a b.gpg' },
      { keyring: 'relative.gpg' },
    ]) {
      await assert.rejects(releaseSettings({ ...GOOD, ...bad }, directory), / is not /, JSON.stringify(bad));
    }
    await assert.rejects(releaseSettings({ ...GOOD, keyring: '/no/such.gpg' }, directory), /no signature could be/);
    assert.deepEqual(readdirSync(directory), []);
    const settings = await releaseSettings(GOOD, directory);
    assert.ok(settings.includes('APT::Architectures=arm64'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

const one = (name: string, version = '1', architecture = 'amd64') => ({
  ...{ name, version, architecture, source: name, section: '' },
});

test('names and patterns choose packages with code, each once, the newest; what fits nothing is told', () => {
  const available = [one('bash'), one('bash', '0'), one('libc6'), one('libc++1'), one('docs', '1', 'all')];
  const names = (words: readonly string[]) => choosePackages(available, words).packages.map(({ name }) => name);
  assert.deepEqual(names([]), ['bash', 'libc6', 'libc++1']);
  assert.deepEqual(names(['lib*', 'libc6', '*sh']), ['libc6', 'libc++1', 'bash']);
  assert.deepEqual(names(['libc++1']), ['libc++1']);
  assert.deepEqual(choosePackages(available, ['docs', '--all', 'l.bc6', 'bash']).problems, [
    'The release has no package docs with code',
    '"--all" is not the name of a package',
    'The release has no package l.bc6 with code',
  ]);
  assert.equal(choosePackages(available, ['bash']).packages[0]?.version, '1');
});

test('property: any words choose among what there is, and never throw', () => {
  const available = [one('bash'), one('libc6')];
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 5 }), (words) => {
      for (const chosen of choosePackages(available, words).packages) assert.ok(available.includes(chosen));
    }),
  );
});
