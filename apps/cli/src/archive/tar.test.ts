import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ArchiveError } from './archive-error.ts';
import { inPieces, longName, paxHeader, repairSums, type TestEntry, testTar } from './tar.test-helper.ts';
import { readTar, TAR_LIMITS, type TarFile, type TarLimits } from './tar.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function readAll(archive: Uint8Array, piece = 777, limits: TarLimits = TAR_LIMITS): Promise<TarFile[]> {
  const files: TarFile[] = [];
  for await (const file of readTar(inPieces(archive, piece), () => true, limits)) files.push(file);
  return files;
}

const refused = (archive: Uint8Array, pattern: RegExp, limits?: TarLimits): Promise<void> =>
  assert.rejects(
    readAll(archive, 777, limits),
    (error: unknown) => error instanceof ArchiveError && pattern.test(error.message),
  );

test('yields regular files with their names and bytes', async () => {
  const archive = testTar([
    { name: './usr/', type: '5' },
    { name: './usr/bin/a', body: bytes('first') },
    { name: './usr/bin/link', type: '1' },
    { name: '/usr/bin/b', body: bytes('x'.repeat(1500)) },
    { name: 'empty' },
  ]);
  const files = await readAll(archive);
  assert.deepEqual(
    files.map((file) => [file.path, file.size]),
    [
      ['usr/bin/a', 5],
      ['usr/bin/b', 1500],
      ['empty', 0],
    ],
  );
  assert.equal(new TextDecoder().decode(files[0]?.bytes), 'first');
});

test('takes long names of GNU and pax, for one entry only', async () => {
  const long = `usr/${'d/'.repeat(120)}file`;
  const archive = testTar([
    longName(long),
    { name: 'cut', body: bytes('1') },
    paxHeader({ path: `${long}2` }),
    { name: 'cut', body: bytes('2') },
    { name: 'plain', body: bytes('3') },
  ]);
  assert.deepEqual(
    (await readAll(archive)).map((file) => file.path),
    [long, `${long}2`, 'plain'],
  );
});

test('shows the head before it reads a body, and skips what is not wanted', async () => {
  const archive = testTar([
    { name: 'text', body: bytes('hello') },
    { name: 'big', body: new Uint8Array(300_000).fill(7) },
    { name: 'elf', body: bytes('\x7fELFrest') },
  ]);
  const seen: string[] = [];
  const files: TarFile[] = [];
  for await (const file of readTar(inPieces(archive, 100), (header, head) => {
    seen.push(`${header.path} ${head.length}`);
    return head[0] === 0x7f;
  })) {
    files.push(file);
  }
  assert.deepEqual(seen, ['text 5', 'big 64', 'elf 8']);
  assert.deepEqual(
    files.map((file) => file.path),
    ['elf'],
  );
});

test('names what is wrong with a damaged archive', async () => {
  await refused(testTar([{ name: 'a', body: bytes('x') }], false), /without its end mark/);
  await refused(testTar([{ name: 'a', body: bytes('x'), size: 5_000 }], false), /ends within an entry/);
  await refused(testTar([{ name: 'a', badCheckSum: true }]), /check sum/);
  await refused(testTar([{ name: 'a', body: bytes('x') }]).subarray(0, 700), /ends within|is cut/);
  await refused(new Uint8Array(10).fill(1), /is cut/);
  await refused(new Uint8Array(0), /end mark/);
});

test('keeps to its limits whatever the archive claims', async () => {
  await refused(testTar([{ name: 'name', type: 'L', size: 2 ** 30 }]), /claims a name/);
  await refused(testTar([paxHeader({ size: '99999999999999999999' }), { name: 'a' }]), /not a number/);
  const entries = Array.from({ length: 50 }, (_one, i) => ({ name: `f${i}` }));
  await refused(testTar(entries), /more than 10 entries/, { ...TAR_LIMITS, entries: 10 });
  await refused(testTar([{ name: 'a', body: new Uint8Array(9_000) }]), /larger than/, { ...TAR_LIMITS, total: 4_096 });
});

test('property: what was written is read, in pieces of any size', async () => {
  const entry = fc.record({
    name: fc.stringMatching(/^[a-z0-9/]{1,60}[a-z]$/),
    body: fc.uint8Array({ maxLength: 1_200 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 8 }),
      fc.integer({ min: 1, max: 2_000 }),
      async (entries: TestEntry[], piece) => {
        const files = await readAll(testTar(entries), piece);
        assert.deepEqual(
          files.map((file) => Buffer.from(file.bytes).toString('hex')),
          entries.map((one) => Buffer.from(one.body ?? []).toString('hex')),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('property: damaged archives end with files or an ArchiveError, never otherwise', async () => {
  const base = testTar([
    longName('x'.repeat(200)),
    { name: 'a', body: bytes('y'.repeat(600)) },
    paxHeader({ path: 'z' }),
    { name: 'b', body: bytes('q') },
  ]);
  const damage = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 });
  let past = 0;
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(base.length), fc.boolean(), async (changes, cut, fixSums) => {
      const damaged = Uint8Array.from(base);
      for (const [at, value] of changes) damaged[at] = value;
      if (fixSums) repairSums(damaged);
      try {
        past += (await readAll(damaged.subarray(0, Math.max(cut, 512)), 333)).length > 0 ? 1 : 0;
      } catch (error) {
        assert.ok(error instanceof ArchiveError, String(error));
      }
    }),
    { numRuns: 400 },
  );
  assert.ok(past > 0, 'some damaged archives are read past their first entry');
});
