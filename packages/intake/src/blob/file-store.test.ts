import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { createGunzip, gzipSync } from 'node:zlib';
import { AppError } from '@genehound/contract';
import fc from 'fast-check';
import { createFileStore } from './file-store.ts';
import { openSpool } from './spool.ts';
import { type BlobStore, readBlob } from './store.ts';

const ORGANISATION = '018f0000-0000-7000-8000-000000000001';
const OTHER = '018f0000-0000-7000-8000-000000000002';
const LIMIT = 1 << 24;

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'genehound-blobs-'));
});
after(async () => await rm(directory, { recursive: true, force: true }));

async function openBoth(name: string, minimumFree = 0) {
  const root = join(directory, name);
  const spool = await openSpool({ directory: join(root, 'spool'), minimumFree });
  return { spool, store: createFileStore({ directory: root, minimumFree }), root };
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function inPieces(bytes: Uint8Array, size: number): Readable {
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += size) pieces.push(Buffer.from(bytes.subarray(from, from + size)));
  return Readable.from(pieces);
}

async function allOf(store: BlobStore, organisation: string): Promise<string[]> {
  const found: string[] = [];
  for await (const sha256 of store.list(organisation)) found.push(sha256);
  return found.sort();
}

test('property: what is put is what is got, once, whatever the pieces', async () => {
  const { spool, store } = await openBoth('property');
  const model = new Map<string, Uint8Array>();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), fc.integer({ min: 1, max: 700 }), async (bytes, size) => {
      const spooled = await spool.receive(inPieces(bytes, size), LIMIT);
      assert.equal(spooled.sha256, hashOf(bytes));
      assert.equal(spooled.size, bytes.length);
      assert.deepEqual(Uint8Array.from(spooled.head), bytes.slice(0, 64));
      const key = { organisation: ORGANISATION, sha256: spooled.sha256 };
      await store.put(key, spooled);
      model.set(spooled.sha256, bytes);
      assert.deepEqual(Uint8Array.from((await readBlob(store, key, LIMIT)) ?? []), bytes);
      assert.equal(await store.has({ organisation: OTHER, sha256: spooled.sha256 }), false, 'organisations are apart');
    }),
    { numRuns: 60 },
  );
  assert.deepEqual(await allOf(store, ORGANISATION), [...model.keys()].sort());
  assert.deepEqual(await allOf(store, OTHER), []);
});

test('nothing of the content can be read on the disk, and an ELF is none there', async () => {
  const { spool, store, root } = await openBoth('masked');
  const text = `\x7fELF ${'GENEHOUND-CANARY '.repeat(3)}`;
  const spooled = await spool.receive(Readable.from([Buffer.from(text, 'latin1')]), LIMIT);
  const key = { organisation: ORGANISATION, sha256: spooled.sha256 };
  const early = await readFile(spooled.path, 'latin1');
  await store.put(key, spooled);
  const late = await readFile(
    join(root, ORGANISATION, key.sha256.slice(0, 2), key.sha256.slice(2, 4), key.sha256),
    'latin1',
  );
  for (const stored of [early, late]) {
    assert.equal(stored.includes('CANARY'), false);
    assert.equal(stored.includes('ELF'), false);
    assert.notEqual(stored.slice(1, 5), '\x28\xb5\x2f\xfd', 'not even zstd');
  }
});

test('a body beyond the limit is refused and leaves nothing', async () => {
  const { spool, root } = await openBoth('limit');
  await assert.rejects(spool.receive(inPieces(new Uint8Array(5_000), 100), 4_999), (error) => {
    return error instanceof AppError && error.code === 'too_large';
  });
  assert.deepEqual(await readdir(join(root, 'spool')), []);
});

test("broken gzip is the sender's fault and leaves nothing", async () => {
  const { spool, root } = await openBoth('gzip');
  const cut = gzipSync(randomBytes(100_000)).subarray(0, 50_000);
  await assert.rejects(spool.receive(Readable.from([cut]).pipe(createGunzip()), LIMIT), (error) => {
    return error instanceof AppError && error.code === 'bad_request';
  });
  assert.deepEqual(await readdir(join(root, 'spool')), []);
});

test('a full disk refuses before anything is written', async () => {
  const { spool, root } = await openBoth('full', Number.MAX_SAFE_INTEGER);
  await assert.rejects(spool.receive(Readable.from([Buffer.from('x')]), LIMIT), (error) => {
    return error instanceof AppError && error.code === 'disk_full';
  });
  assert.deepEqual(await readdir(join(root, 'spool')), []);
});

test('a disk that fills up in the middle of a body is a refusal that leaves nothing, and smaller ones still fit', async (context) => {
  const small = join(directory, 'small');
  await mkdir(small);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', small]);
  if (mounted.status !== 0) {
    context.skip('only root can mount a small disk');
    return;
  }
  try {
    const { spool, store, root } = await openBoth('small');
    await assert.rejects(spool.receive(inPieces(randomBytes(1_000_000), 60_000), LIMIT), (error) => {
      return error instanceof AppError && error.code === 'disk_full';
    });
    assert.deepEqual(await readdir(join(root, 'spool')), []);
    const bytes = randomBytes(100_000);
    const spooled = await spool.receive(Readable.from([bytes]), LIMIT);
    const key = { organisation: ORGANISATION, sha256: spooled.sha256 };
    await store.put(key, spooled);
    assert.deepEqual(Buffer.from((await readBlob(store, key, LIMIT)) ?? []), bytes);
  } finally {
    spawnSync('umount', [small]);
  }
});

test('rotten bytes are an error at the end, never silently other bytes', async () => {
  const { spool, store, root } = await openBoth('rotten');
  const bytes = randomBytes(10_000);
  const spooled = await spool.receive(Readable.from([bytes]), LIMIT);
  const key = { organisation: ORGANISATION, sha256: spooled.sha256 };
  await store.put(key, spooled);
  const path = join(root, ORGANISATION, key.sha256.slice(0, 2), key.sha256.slice(2, 4), key.sha256);
  const stored = await readFile(path);
  stored[5_000] = (stored[5_000] ?? 0) ^ 1;
  await writeFile(path, stored);
  await assert.rejects(readBlob(store, key, LIMIT));
  await writeFile(path, stored.subarray(0, 3_000));
  await assert.rejects(readBlob(store, key, LIMIT));
  await writeFile(path, Uint8Array.of(9, 9, 9));
  await assert.rejects(readBlob(store, key, LIMIT), /codec 9/);
});

test('a key that is no key never becomes a path', async () => {
  const { store } = await openBoth('keys');
  await assert.rejects(store.has({ organisation: '../..', sha256: hashOf(Buffer.alloc(0)) }));
  await assert.rejects(store.has({ organisation: ORGANISATION, sha256: '../../../etc/passwd' }));
});

test('removing is final, and what was never there is not removed', async () => {
  const { spool, store } = await openBoth('remove');
  const spooled = await spool.receive(Readable.from([Buffer.from('gone')]), LIMIT);
  const key = { organisation: ORGANISATION, sha256: spooled.sha256 };
  await store.put(key, spooled);
  assert.equal(await store.remove(key), true);
  assert.equal(await store.remove(key), false);
  assert.equal(await store.get(key), null);
});
