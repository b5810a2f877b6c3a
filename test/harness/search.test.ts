import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { searchBytes } from './search.ts';

test('a needle is found plain, in UTF-16, compressed, compressed twice, and behind a header', () => {
  const plain = Buffer.from('some text with NEEDLE-1 inside');
  const places = [
    plain,
    Buffer.from(plain.toString(), 'utf16le'),
    gzipSync(plain),
    zstdCompressSync(plain),
    gzipSync(zstdCompressSync(plain)),
    Buffer.concat([Buffer.of(1, 0, 0, 0, 30), zstdCompressSync(plain)]),
  ];
  for (const [index, place] of places.entries()) {
    const needles = searchBytes('x', place, ['NEEDLE-1', 'NEEDLE-2']).map((hit) => hit.needle);
    assert.deepEqual([...new Set(needles)], ['NEEDLE-1'], `place ${index}`);
  }
  assert.deepEqual(searchBytes('x', gzipSync('NEEDLE-3'), ['NEEDLE-1']), []);
  assert.deepEqual(searchBytes('x', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]), ['NEEDLE-1']), []);
});
