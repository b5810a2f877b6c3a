import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createVault, openVault } from './vault.ts';

const vault = createVault(Buffer.alloc(32, 7));

test('what is sealed opens for its purpose alone, and under its key alone', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), fc.string(), (plain, purpose, other) => {
      const sealed = vault.seal(plain, purpose);
      assert.deepEqual(vault.open(sealed, purpose), Buffer.from(plain));
      if (other !== purpose) assert.equal(vault.open(sealed, other), null);
      assert.equal(createVault(Buffer.alloc(32, 8)).open(sealed, purpose), null);
    }),
  );
});

test('one bit of it changed, or any other bytes, open nothing', () => {
  const sealed = vault.seal(Buffer.from('secret'), 'a');
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(vault.open(changed, 'a'), null, `bit ${bit}`);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => vault.open(bytes, 'a') === null));
});

test('the key stays in the data directory, for us alone; a broken one is said', async () => {
  const data = await mkdtemp(join(tmpdir(), 'genehound-vault-'));
  try {
    const sealed = (await openVault(data)).seal(Buffer.from('kept'), 'x');
    assert.equal((await openVault(data)).open(sealed, 'x')?.toString(), 'kept');
    assert.equal((await stat(join(data, 'secrets-key'))).mode & 0o777, 0o600);
    assert.match(await readFile(join(data, 'secrets-key'), 'utf8'), /^[0-9a-f]{64}\n$/);
    await writeFile(join(data, 'secrets-key'), 'rubbish');
    await assert.rejects(openVault(data), /holds no key of 64 hexadecimal digits/);
  } finally {
    await rm(data, { recursive: true });
  }
});
