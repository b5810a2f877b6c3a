import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GeneLabels, NO_LABELS, sortPairs } from '@genehound/genes';
import fc from 'fast-check';
import { isSimilar, sketchOf } from './sketch.ts';

const KNOWN = { common: true, families: [] };

function labelsOf(pairs: readonly (readonly [number, number])[], known: (high: number) => boolean): GeneLabels {
  const genes = sortPairs(Uint32Array.from(pairs.flatMap(([high, low]) => [low, high])));
  return { genes, set: Uint32Array.from(genes.high, (high) => (known(high) ? 1 : 0)), sets: [NO_LABELS, KNOWN] };
}

test('a sketch is the smallest genes that nobody has, in their order, whatever order they came in', () => {
  const gene = fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff));
  fc.assert(
    fc.property(fc.array(gene, { maxLength: 80 }), (pairs) => {
      const known = (high: number): boolean => high % 3 === 0;
      const sketch = sketchOf(labelsOf(pairs, known)).map((bytes) => bytes.toString('hex'));
      assert.deepEqual(
        sketch,
        sketchOf(labelsOf(pairs.toReversed(), known)).map((bytes) => bytes.toString('hex')),
      );
      assert.deepEqual(sketch, sketch.toSorted());
      const own = new Set(
        pairs
          .filter(([high, low]) => !known(high) && (high !== 0 || low !== 0))
          .map(([high, low]) => high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')),
      );
      assert.deepEqual(sketch, [...own].sort().slice(0, 32));
    }),
  );
});

test('a quarter in common makes one cluster, nothing in common never', () => {
  assert.ok(isSimilar(8, 32));
  assert.ok(!isSimilar(7, 32));
  assert.ok(isSimilar(1, 3));
  assert.ok(!isSimilar(0, 0));
});
