import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bitsFor, bucketOf, decodeBucket, encodeBucket, GENES_PER_BUCKET, partOf } from './bucket.ts';

const word = fc.nat(0xffff_ffff);

describe('bucket', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word, word)), (rows) => {
        const bucket = {
          high: Uint32Array.from(rows, ([high]) => high),
          low: Uint32Array.from(rows, ([, low]) => low),
          set: Uint32Array.from(rows, ([, , set]) => set),
        };
        assert.deepEqual(decodeBucket(encodeBucket(bucket)), bucket);
      }),
    );
  });

  it('is null for any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.equal(decodeBucket(bytes), null);
      }),
    );
    const good = encodeBucket({ high: Uint32Array.of(1), low: Uint32Array.of(2), set: Uint32Array.of(3) });
    for (let at = 0; at < good.length; at += 1) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x10;
      assert.equal(decodeBucket(bad), null);
    }
  });

  it('is cut without losing a gene', () => {
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 0, max: 6 }), (values, bits) => {
        const high = Uint32Array.from(values).sort();
        const bucket = { high, low: high, set: high };
        const parts = Array.from({ length: 1 << bits }, (_, index) => partOf(bucket, index, bits));
        assert.deepEqual(
          parts.flatMap((part) => [...part.high]),
          [...high],
        );
        for (const [index, part] of parts.entries()) {
          assert.ok(part.high.every((value) => bucketOf(value, bits) === index));
        }
      }),
    );
  });

  it('stays small enough on the average', () => {
    for (const genes of [0, 1, GENES_PER_BUCKET, 1e6, 1e8]) assert.ok(genes / 2 ** bitsFor(genes) <= GENES_PER_BUCKET);
  });
});
