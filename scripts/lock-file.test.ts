import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly cpu?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const root = resolve(import.meta.dirname, '..');
const lock: { readonly packages: Readonly<Record<string, Entry>> } = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
);

test('the lock file names every optional build, else `npm ci` refuses it', () => {
  // A registry that lacks builds for other platforms makes `npm install` leave them out; scripts/setup says why it failed.
  const absent: string[] = [];
  for (const [place, entry] of Object.entries(lock.packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const places = [`node_modules/${name}`, `${place}/node_modules/${name}`];
      if (!places.some((candidate) => candidate in lock.packages)) absent.push(`${place} -> ${name}`);
    }
  }
  assert.deepEqual(absent, []);
});

test('everything that installs on Linux has its hash in the lock file', () => {
  const bare = Object.entries(lock.packages).filter(([place, entry]) => {
    const isOurs = !place.includes('node_modules/') || entry.link === true;
    const isForOthers =
      entry.cpu !== undefined && entry.integrity === undefined && !/linux-(x64|arm64)(-gnu)?$/.test(place);
    return !isOurs && !isForOthers && !entry.integrity?.startsWith('sha512-');
  });
  assert.deepEqual(
    bare.map(([place]) => place),
    [],
  );
});

test('no package is bound to the address of one registry', () => {
  const bound = readFileSync(join(root, 'package-lock.json'), 'utf8').match(/"resolved": "https?:[^"]*"/g) ?? [];
  assert.deepEqual(bound, []);
});
