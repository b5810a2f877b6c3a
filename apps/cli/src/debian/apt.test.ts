import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createApt, parseMadison, parseOrigins, parsePrintUris, reasonOf } from './apt.ts';
import { aptName, chooseVersion, planPackages } from './plan-packages.ts';

const TARGETS = `http://deb.example/debian|bookworm|main|yes|Debian
http://deb.example/security|bookworm-security|main|yes|Debian
https://other.example/apt|stable|main|yes|Somebody
http://unsigned.example/debian|bookworm|main|no|Debian
`;
const MADISON = `     libc6 | 2.36-9+deb12u14 | http://deb.example/debian bookworm/main amd64 Packages
     libc6 | 2.36-9+deb12u7 | http://deb.example/security bookworm-security/main amd64 Packages
    nodejs | 20.1-1nodesource1 | https://other.example/apt stable/main amd64 Packages
      tool | 2 | http://unsigned.example/debian bookworm/main amd64 Packages
      tool | 1 | http://deb.example/debian bookworm/main Sources
N: something else
`;

test('knows the publisher of each version, where apt trusts its archive', () => {
  const found = parseMadison(MADISON, parseOrigins(TARGETS));
  assert.deepEqual(found.get('libc6'), [
    { version: '2.36-9+deb12u14', origin: 'Debian' },
    { version: '2.36-9+deb12u7', origin: 'Debian' },
  ]);
  assert.deepEqual(found.get('nodejs'), [{ version: '20.1-1nodesource1', origin: 'Somebody' }]);
  assert.deepEqual(found.get('tool'), [{ version: '2', origin: null }]);
});

test('takes the installed version, else the newest, from the distribution alone', () => {
  const found = parseMadison(MADISON, parseOrigins(TARGETS));
  assert.equal(chooseVersion('2.36-9+deb12u7', found.get('libc6') ?? []), '2.36-9+deb12u7');
  assert.equal(chooseVersion('2.36-9+deb12u1', found.get('libc6') ?? []), '2.36-9+deb12u14');
  assert.equal(chooseVersion('20.1-1nodesource1', found.get('nodejs') ?? []), undefined);
  assert.equal(chooseVersion('2', found.get('tool') ?? []), undefined);
});

test('plans by the name that apt uses', async () => {
  const one = { version: '1', source: 'x', section: 'libs' };
  const native = { ...one, name: 'a', architecture: 'amd64' };
  const foreign = { ...one, name: 'b', architecture: 'i386' };
  const all = { ...one, name: 'c', architecture: 'all' };
  assert.deepEqual(
    [native, foreign, all].map((each) => aptName(each, 'amd64')),
    ['a', 'b:i386', 'c'],
  );
  const versions = async (names: readonly string[]) =>
    new Map(names.filter((name) => name !== 'c').map((name) => [name, [{ version: '2', origin: 'Debian' }]]));
  const plan = await planPackages({ versions }, [native, foreign, all], 'amd64');
  assert.deepEqual(
    plan.packages.map((each) => each.spec),
    ['a=2', 'b:i386=2'],
  );
  assert.deepEqual(plan.absent, [all]);
});

test('reads what apt-get would download', () => {
  const text = `'http://d/pool/b/bash_5%2b.deb' bash_5.2.15-2+b13_amd64.deb 1490652 SHA256:${'a'.repeat(64)}
'http://d/x' ../evil.deb 1 SHA256:${'b'.repeat(64)}
'http://d/x' weak.deb 1 MD5Sum:abc
`;
  assert.deepEqual(parsePrintUris(text), [
    { file: 'bash_5.2.15-2+b13_amd64.deb', size: 1490652, sha256: 'a'.repeat(64) },
  ]);
});

test("names apt's own reason", () => {
  const stderr = 'W: unsandboxed\nE: Failed to fetch http://d/x  404  Not Found\nE: Unable to fetch some archives\n';
  assert.equal(reasonOf({ code: 100, stderr }), 'Failed to fetch http://d/x  404  Not Found');
  assert.equal(reasonOf({ code: 100, stderr: 'W: nothing' }), 'exit code 100');
});

test("fresh lists of ours run none of the machine's own hooks", async (context) => {
  if (spawnSync('apt-get', ['--version']).status !== 0) return context.skip('apt-get is not here');
  const directory = mkdtempSync(join(tmpdir(), 'genehound-test-apt-'));
  try {
    const [machine, sources] = [join(directory, 'machine.conf'), join(directory, 'sources.list')];
    const hook = (name: string): string => `APT::Update::${name} {"touch ${join(directory, name)}";};\n`;
    const names = ['Pre-Invoke', 'Post-Invoke', 'Post-Invoke-Success'];
    writeFileSync(machine, names.map(hook).join(''));
    writeFileSync(sources, '');
    const settings = [
      '-o',
      `Dir::Etc::sourcelist=${sources}`,
      '-o',
      `Dir::Etc::sourceparts=${join(directory, 'none')}`,
    ];
    const apt = createApt(directory, { PATH: process.env['PATH'] ?? '', APT_CONFIG: machine }, settings);
    assert.equal(await apt.refresh(), undefined);
    assert.deepEqual(
      names.filter((name) => existsSync(join(directory, name))),
      [],
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
