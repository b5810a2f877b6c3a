import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '@genehound/contract';
import { createFamilyChooser, typeOfPackage } from './choose-family.ts';

interface Row {
  readonly name: string;
  readonly type: string;
  readonly scope: string;
}

function chooserOver(items: readonly Row[]) {
  const call = async (): Promise<unknown> => ({ items });
  return createFamilyChooser({ call: call as Client['call'] });
}

test('a package is what its name and section say', () => {
  assert.equal(typeOfPackage({ name: 'libc6', section: 'libs' }), 'library');
  assert.equal(typeOfPackage({ name: 'bash', section: 'shells' }), 'application');
  assert.equal(typeOfPackage({ name: 'libpython3.11-minimal', section: 'python' }), 'interpreter');
  assert.equal(typeOfPackage({ name: 'openjdk-17-jre-headless', section: 'java' }), 'interpreter');
});

test('the family is the source package; another type of the same source gets its own name', async () => {
  const families = await chooserOver([]);
  assert.deepEqual(families.choose({ name: 'libsystemd0', section: 'libs', source: 'systemd' }), {
    family: 'systemd',
    type: 'library',
  });
  assert.deepEqual(families.choose({ name: 'libudev1', section: 'libs', source: 'systemd' }), {
    family: 'systemd',
    type: 'library',
  });
  assert.deepEqual(families.choose({ name: 'systemd', section: 'admin', source: 'systemd' }), {
    family: 'systemd (application)',
    type: 'application',
  });
  assert.deepEqual(families.choose({ name: 'udev', section: 'admin', source: 'systemd' }), {
    family: 'udev',
    type: 'application',
  });
});

test("families that the server has go first, whatever their case; an organisation's own do not count", async () => {
  const families = await chooserOver([
    { name: 'Glibc', type: 'malware', scope: 'global' },
    { name: 'bash', type: 'malware', scope: 'organisation' },
  ]);
  assert.deepEqual(families.choose({ name: 'libc6', section: 'libs', source: 'glibc' }), {
    family: 'libc6',
    type: 'library',
  });
  assert.deepEqual(families.choose({ name: 'bash', section: 'shells', source: 'bash' }), {
    family: 'bash',
    type: 'application',
  });
});
