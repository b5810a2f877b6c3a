import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findGene, sortPairs } from './sorted-genes.ts';

const half = fc.oneof(fc.nat(0xffff_ffff), fc.nat(3), fc.constant(0xffff_ffff));

describe('sorted genes', () => {
  it('sorts like a set of 64-bit numbers, without zero', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(half, half)), (genes) => {
        const sorted = sortPairs(Uint32Array.from(genes.flatMap(([high, low]) => [low, high])));
        const model = [...new Set(genes.map(([high, low]) => (BigInt(high) << 32n) | BigInt(low)))]
          .filter((gene) => gene !== 0n)
          .sort((a, b) => (a < b ? -1 : 1));
        const got = Array.from(sorted.high, (high, i) => (BigInt(high) << 32n) | BigInt(sorted.low[i] ?? 0));
        assert.deepEqual(got, model);
      }),
    );
  });

  it('finds each gene and no other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(half, half)), fc.tuple(half, half), (genes, [high, low]) => {
        const sorted = sortPairs(Uint32Array.from(genes.flatMap(([h, l]) => [l, h])));
        for (let i = 0; i < sorted.high.length; i++) {
          assert.equal(findGene(sorted, sorted.high[i] ?? 0, sorted.low[i] ?? 0), i);
        }
        const at = findGene(sorted, high, low);
        const there = genes.some(([h, l]) => h === high && l === low) && (high !== 0 || low !== 0);
        assert.equal(at >= 0, there);
      }),
    );
  });
});
