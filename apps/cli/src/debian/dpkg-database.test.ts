import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { findOwners, isPackageName, listedNames, parseDiversions, parseStatus } from './dpkg-database.ts';

const STATUS = `Package: bash
Status: install ok installed
Section: shells
Architecture: amd64
Version: 5.2.15-2+b8
Source: bash (5.2.15-2)

Package: libc6
Status: install ok installed
Section: libs
Architecture: amd64
Multi-Arch: same
Source: glibc
Version: 2.36-9+deb12u14
Description: a
 continued: Package: notthis

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: -oRoot=/evil
Status: install ok installed
Architecture: amd64
Version: 1
`;

test('reads installed packages with their source and section', () => {
  assert.deepEqual(parseStatus(STATUS), [
    { name: 'bash', architecture: 'amd64', version: '5.2.15-2+b8', source: 'bash', section: 'shells' },
    { name: 'libc6', architecture: 'amd64', version: '2.36-9+deb12u14', source: 'glibc', section: 'libs' },
  ]);
});

test('no word of a status file can become an option of apt-get', () => {
  for (const word of ['-y', '--option', 'a b', 'a=b', '../x', 'A', '', 'a/b'])
    assert.equal(isPackageName(word), false, word);
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, version) => {
      const found = parseStatus(
        `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
      );
      for (const one of found) assert.match(`${one.name} ${one.version}`, /^[a-z0-9][a-z0-9+.-]* [0-9A-Za-z.+:~-]+$/);
    }),
  );
});

test('a path has two names where /usr is merged', () => {
  assert.deepEqual(listedNames('/usr/lib/x/libc.so.6'), ['/usr/lib/x/libc.so.6', '/lib/x/libc.so.6']);
  assert.deepEqual(listedNames('/bin/sh'), ['/bin/sh', '/usr/bin/sh']);
  assert.deepEqual(listedNames('/usr/local/bin/go'), ['/usr/local/bin/go']);
  assert.deepEqual(listedNames('/library/x'), ['/library/x']);
});

test('diversions lead from where a file lies to the name that its package lists', () => {
  const map = parseDiversions('/usr/bin/sh\n/usr/bin/sh.distrib\ndash\n/cut\n');
  assert.deepEqual([...map], [['/usr/bin/sh.distrib', '/usr/bin/sh']]);
});

test('finds owners across merged /usr, architectures and diversions', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'genehound-test-dpkg-'));
  try {
    await mkdir(join(directory, 'info'));
    await writeFile(join(directory, 'status'), STATUS);
    await writeFile(join(directory, 'diversions'), '/bin/bash\n/bin/bash.real\nother\n');
    await writeFile(join(directory, 'info', 'bash.list'), '/.\n/bin\n/bin/bash\n');
    await writeFile(join(directory, 'info', 'libc6:amd64.list'), '/lib/x86_64-linux-gnu/libc.so.6\n');
    const owners = await findOwners(
      ['/usr/lib/x86_64-linux-gnu/libc.so.6', '/bin/bash.real', '/opt/own/tool'],
      directory,
    );
    assert.deepEqual(
      owners.packages.map((one) => one.name),
      ['bash', 'libc6'],
    );
    assert.deepEqual(owners.unowned, ['/opt/own/tool']);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a machine without dpkg owns nothing', async () => {
  const owners = await findOwners(['/bin/sh'], '/nonexistent');
  assert.deepEqual(owners, { packages: [], unowned: ['/bin/sh'] });
});
