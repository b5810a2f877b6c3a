import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { decodeBech32, encodeBech32 } from './bech32.ts';
import { createSealingKey, readSealingKey } from './sealing-key.ts';
import { unsealDirectory } from './unseal-directory.ts';

async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'genehound-seal-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function has(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

function sealWithAge(recipient: string, content: Uint8Array): Buffer {
  const done = spawnSync('age', ['-r', recipient], { input: content, maxBuffer: 1 << 24 });
  assert.equal(done.status, 0, done.stderr.toString());
  return done.stdout;
}

test('Bech32 is read as it is written, and one wrong letter is noticed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), fc.nat(), (bytes, at, letter) => {
      const text = encodeBech32('age', bytes);
      assert.deepEqual(decodeBech32('age', text), bytes);
      assert.deepEqual(decodeBech32('age', text.toUpperCase()), bytes);
      assert.equal(decodeBech32('ege', text), null);
      const where = 4 + (at % (text.length - 4));
      const other = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.charAt(letter % 32);
      if (other !== text.charAt(where)) {
        assert.equal(decodeBech32('age', text.slice(0, where) + other + text.slice(where + 1)), null);
      }
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => decodeBech32('age', text) === null || text.length > 9));
});

test('a key is made once, and read as age reads it', async (t) => {
  const directory = await scratch(t);
  const path = join(directory, 'key');
  const made = await createSealingKey(path);
  assert.match(made.recipient, /^age1[a-z0-9]{58}$/);
  assert.equal((await readSealingKey(path)).recipient, made.recipient);
  await assert.rejects(createSealingKey(path), /never written over|cannot be written/);
  await writeFile(join(directory, 'other'), 'AGE-SECRET-KEY-1QQ');
  await assert.rejects(readSealingKey(join(directory, 'other')), /holds no key/);
  if (!has('age-keygen')) return t.skip('age is not installed');
  assert.equal(spawnSync('age-keygen', ['-y', path]).stdout.toString().trim(), made.recipient);
});

test('what age seals is opened; what was changed, cut or sealed to another key is not', async (t) => {
  if (!has('age')) return t.skip('age is not installed');
  const directory = await scratch(t);
  const key = await createSealingKey(join(directory, 'key'));
  const other = await createSealingKey(join(directory, 'other'));
  const source = join(directory, 'in');
  await mkdir(join(source, 'scan_sealed_x'), { recursive: true });
  await mkdir(join(source, 'files'));
  const sizes = [0, 1, 65_535, 65_536, 65_537, 200_000];
  const contents = sizes.map((size) => Buffer.alloc(size, 'some text of a scan '));
  for (const [index, content] of contents.entries()) {
    await writeFile(join(source, 'scan_sealed_x', `${index}.json.age`), sealWithAge(key.recipient, content));
  }
  const whole = sealWithAge(key.recipient, Buffer.alloc(200_000, 1));
  const bad: Record<string, Buffer> = {
    cut: whole.subarray(0, -1),
    'cut-piece': whole.subarray(0, whole.length - (200_000 % 65_536) - 16),
    longer: Buffer.concat([whole, Buffer.alloc(40)]),
    header: Buffer.from(whole.toString('latin1').replace('X25519', 'X25518'), 'latin1'),
    foreign: sealWithAge(other.recipient, Buffer.from('x')),
    empty: Buffer.alloc(0),
  };
  for (const at of [30, 60, 190, 220, whole.length >> 1, whole.length - 1]) {
    const changed = Buffer.from(whole);
    changed.writeUInt8((changed[at] ?? 0) ^ 1, at);
    bad[`bit-${at}`] = changed;
  }
  for (const [name, bytes] of Object.entries(bad)) await writeFile(join(source, 'files', `${name}.sample.age`), bytes);
  await symlink('/etc/hostname', join(source, 'files', 'link.age'));
  await writeFile(join(source, 'files', 'plain.sample'), 'plain');

  const target = join(directory, 'out');
  const done = await unsealDirectory(source, target, key, () => undefined);
  assert.equal(done.opened, sizes.length);
  assert.equal(done.unsealed, 2);
  assert.equal(done.problems.length, Object.keys(bad).length, done.problems.join('\n'));
  for (const [index, content] of contents.entries()) {
    assert.deepEqual(await readFile(join(target, 'scan_sealed_x', `${index}.json`)), content);
  }
  assert.deepEqual(await readdir(join(target, 'files')), [], 'nothing that is not whole is left');
  const again = await unsealDirectory(source, target, key, () => undefined);
  assert.deepEqual([again.opened, again.present], [0, sizes.length]);
});
