import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FamilyRef } from '@genehound/genes';
import fc from 'fast-check';
import { type DebianPackage, parsePackages } from './catalogue.ts';
import { GeneTable } from './gene-table.ts';
import { shareOf } from './interval.ts';
import { familyRef } from './judge.ts';
import { drawPlan, drawWorld, groupsOf, type PlanOptions } from './plan.ts';

const packageOf = (name: string, parts: Partial<DebianPackage> = {}): DebianPackage => ({
  ...{ release: 'bookworm', name, source: name, version: '1', architecture: 'amd64', section: 'net' },
  ...{ homepage: '', size: 1000, hasCode: true, builtUsing: '' },
  ...parts,
});

const OPTIONS: PlanOptions = {
  ...{ seed: 'test', families: 50, maxBytes: 10_000, base: 'bookworm' },
  ...{ sameCompiler: ['bookworm-backports'], otherReleases: ['trixie'] },
};

const named = (count: number): DebianPackage[] =>
  Array.from({ length: count }, (_, i) => packageOf(`tool${String.fromCharCode(97 + (i % 26))}${'x'.repeat(i / 26)}`));

describe('bench/truth: what is drawn', () => {
  it('reads an index', () => {
    const text = `Package: a\nSource: s (1.0)\nVersion: 1:2\nArchitecture: amd64\nDepends: libx, libc6 (>= 2.34)\nSize: 7\nSection: libs\n\nPackage: b\n`;
    assert.deepEqual(parsePackages(text, 'r'), [
      packageOf('a', { release: 'r', source: 's', version: '1:2', size: 7, section: 'libs', builtUsing: ' ' }),
    ]);
  });

  it('never puts one origin into two families, nor a family into both halves', () => {
    const packages = [...named(40), packageOf('lua5.1'), packageOf('lua5.3'), packageOf('x', { homepage: 'http://q' })];
    packages.push(packageOf('y', { homepage: 'https://www.q/' }));
    const groups = groupsOf(packages);
    assert.equal(groups.get('lua5.1'), groups.get('lua5.3'));
    assert.equal(groups.get('x'), groups.get('y'));
    const plan = drawPlan(packages, OPTIONS);
    assert.equal(new Set(plan.map(({ group }) => group)).size, plan.length);
    assert.equal(plan.length, 42);
  });

  it('depends on the seed alone, and a bigger plan holds a smaller one', () => {
    const packages = named(60);
    const small = drawPlan(packages, { ...OPTIONS, families: 20 });
    assert.deepEqual(small, drawPlan(packages.toReversed(), { ...OPTIONS, families: 20 }));
    assert.deepEqual(small, drawPlan(packages, OPTIONS).slice(0, 20));
    assert.notDeepEqual(small, drawPlan(packages, { ...OPTIONS, families: 20, seed: 'other' }));
  });

  it('takes the world beside from other origins, each known or unknown in one half, and a bigger world holds a smaller', () => {
    const packages = named(200).flatMap((entry) => [entry, { ...entry, release: 'trixie', version: '2' }]);
    const plan = drawPlan(packages, OPTIONS);
    const world = drawWorld(packages, plan, 1000, OPTIONS);
    const origins = [...world.known, ...world.unknown].map(({ group }) => group);
    assert.equal(new Set([...origins, ...plan.map(({ group }) => group)]).size, origins.length + plan.length);
    assert.equal(origins.length + plan.length, 200);
    assert.ok(world.known.length > 20 && world.known.every(({ packages: [one, ...more] }) => one && !more.length));
    assert.deepEqual(new Set(world.unknown.map(({ half }) => half)), new Set(['tuning', 'test']));
    assert.ok(world.unknown.every((origin) => origin.packages.length === 2));
    const small = drawWorld(packages, plan, 30, OPTIONS);
    assert.deepEqual(small.known, world.known.slice(0, small.known.length));
    assert.deepEqual(small.unknown, world.unknown.slice(0, small.unknown.length));
  });

  it('takes another version of the same package as a query', () => {
    const packages = [packageOf('libq1', { source: 'q' })];
    for (const release of ['bookworm-backports', 'trixie']) {
      packages.push(packageOf('libq2', { source: 'q', release, version: '2' }));
      packages.push(packageOf('other', { source: 'q', release, version: '2' }));
    }
    const [family] = drawPlan(packages, OPTIONS);
    const distances = family?.queries.map(({ distance, wanted }) => `${distance}: ${wanted.name}`);
    assert.deepEqual(distances, ['same compiler: libq2', 'other release: libq2']);
  });
});

describe('bench/truth: what is known', () => {
  const gene = (value: number): { high: number; low: number } => ({
    high: Math.imul(value, 0x9e3779b1) >>> 0,
    low: value,
  });

  it('answers as a plain map of sets does', () => {
    const learnt = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 6 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(learnt, (pairs) => {
        const table = new GeneTable(3, 16);
        const plain = new Map<number, Set<number>>();
        for (const [value, number] of pairs) {
          const { high, low } = gene(value);
          table.learn(
            { high: Uint32Array.of(high), low: Uint32Array.of(low) },
            familyRef(number, `f${number}`, 'malware'),
          );
          plain.set(value, (plain.get(value) ?? new Set()).add(number));
        }
        const values = Array.from({ length: 70 }, (_, i) => i + 1);
        const genes = { high: Uint32Array.from(values, (v) => gene(v).high), low: Uint32Array.from(values) };
        const { set, sets } = table.labelsOf(genes);
        for (const [i, value] of values.entries()) {
          const answer = sets[set[i] ?? 0];
          const expected = [...(plain.get(value) ?? [])].sort();
          assert.equal(answer?.common, expected.length > 3);
          const numbers = answer?.families.map(({ number }: FamilyRef) => number);
          assert.deepEqual(numbers, expected.length > 3 ? [] : expected);
        }
        assert.equal(table.genes, plain.size);
        // A copy knows the same, and learns for itself.
        const copy = table.copy();
        assert.deepEqual(copy.labelsOf(genes), table.labelsOf(genes));
        copy.learn({ high: Uint32Array.of(7), low: Uint32Array.of(7) }, familyRef(9, 'f9', 'malware'));
        assert.equal(table.genes, plain.size);
      }),
    );
  });
});

describe('bench/truth: a big world', () => {
  it('copies however many sets of families', () => {
    const table = new GeneTable(3);
    const refs = Array.from({ length: 600 }, (_, i) => familyRef(i + 1, `f${i}`, 'application'));
    let value = 0;
    for (const [i, first] of refs.entries()) {
      for (const second of refs.slice(i + 1)) {
        const one = { high: Uint32Array.of(Math.imul(++value, 0x9e3779b1)), low: Uint32Array.of(value) };
        table.learn(one, first);
        table.learn(one, second);
      }
    }
    const last = { high: Uint32Array.of(Math.imul(value, 0x9e3779b1)), low: Uint32Array.of(value) };
    const { set, sets } = table.copy().labelsOf(last);
    assert.deepEqual(
      sets[set[0] ?? 0]?.families.map(({ number }) => number),
      [599, 600],
    );
  });
});

describe('bench/truth: intervals', () => {
  it('gives the exact interval', () => {
    // Clopper and Pearson's values, from an independent program (sums of binomial terms in exact arithmetic, bisected).
    const near = (value: number, expected: number): void => assert.ok(Math.abs(value - expected) < 5e-5, `${value}`);
    const five = shareOf(5, 220);
    near(five.low, 0.00742);
    near(five.high, 0.052238);
    near(shareOf(0, 50_000).high, 7.3775e-5);
    near(shareOf(10, 10).low, 0.691503);
    assert.deepEqual(shareOf(0, 0), { hits: 0, total: 0, share: 0, low: 0, high: 1 });
  });
});
