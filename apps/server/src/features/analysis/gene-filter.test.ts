import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type GeneSet, sortPairs } from '@genehound/genes';
import fc from 'fast-check';
import { GeneFilter } from './gene-filter.ts';

const half = fc.oneof(fc.nat(4), fc.nat(0xffff_ffff));
const genes = fc.array(fc.tuple(half, half), { maxLength: 60 });
const set = (pairs: readonly (readonly [number, number])[]): GeneSet =>
  sortPairs(Uint32Array.from(pairs.flatMap(([high, low]) => [low, high])));
const names = ({ high, low }: GeneSet): string[] => Array.from(high, (value, i) => `${value}:${low[i]}`);

describe('gene filter', () => {
  it('finds a common gene exactly where there is one', () => {
    fc.assert(
      fc.property(fc.array(genes, { maxLength: 4 }), genes, (changed, asked) => {
        const sets = changed.map(set);
        const filter = new GeneFilter(sets);
        const all = new Set(sets.flatMap(names));
        assert.equal(filter.size, all.size);
        assert.equal(
          filter.hasAny(set(asked)),
          names(set(asked)).some((gene) => all.has(gene)),
        );
      }),
      { numRuns: 500 },
    );
  });
});
