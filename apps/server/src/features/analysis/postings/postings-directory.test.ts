import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeGeneSet, type GeneSet, SCHEME, sortPairs } from '@genehound/genes';
import fc from 'fast-check';
import { PostingsDirectory } from './postings-directory.ts';
import { Segment } from './segment.ts';

let root: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), 'genehound-postings-'));
});
after(() => rmSync(root, { recursive: true, force: true }));

const fresh = (): string => mkdtempSync(join(root, 'p-'));
const never = (reason: string): never => assert.fail(reason);

/** Few values of either half, so that genes are shared, neighbours and equal in their first 32 or 40 bits. */
const half = fc.oneof(fc.nat(3), fc.nat(0xffff_ffff), fc.constant(0xffff_ffff));
const genes = fc.array(fc.tuple(half, half), { maxLength: 30 });
const setOf = (pairs: readonly (readonly [number, number])[]): GeneSet =>
  sortPairs(Uint32Array.from(pairs.flatMap(([high, low]) => [low, high])));
/** As much of each gene as postings keep. */
const leading = ({ high, low }: GeneSet): string[] =>
  Array.from(high, (value, i) => `${value}:${(low[i] ?? 0) >>> 24}`);

const batch = fc.array(genes, { minLength: 1, maxLength: 12 });
const batches = fc.array(batch, { minLength: 1, maxLength: 20 });

describe('postings', () => {
  it('find every artifact that has one of the genes, after any merging and opening again', () => {
    fc.assert(
      fc.property(batches, genes, (given, asked) => {
        const path = fresh();
        let directory = new PostingsDirectory(path, SCHEME, never);
        const all = new Map<number, GeneSet>();
        let number = 0;
        for (const sets of given) {
          const added = sets.map((pairs, index) => ({ number: number + 3 * (index + 1), set: setOf(pairs) }));
          number += 3 * sets.length;
          for (const one of added) all.set(one.number, one.set);
          directory.add(added.map((one) => ({ number: one.number, genes: encodeGeneSet(one.set, SCHEME) })));
        }
        const question = setOf(asked);
        const wanted = new Set(leading(question));
        const expected = [...all].filter(([, set]) => leading(set).some((gene) => wanted.has(gene))).map(([n]) => n);
        for (let round = 0; round < 2; round++) {
          assert.deepEqual([...directory.search(question)], expected);
          assert.deepEqual([...directory.covered()], [...all.keys()]);
          assert.ok(directory.segments < 2 * 8);
          directory.close();
          directory = new PostingsDirectory(path, SCHEME, never);
        }
        directory.close();
      }),
      { numRuns: 60 },
    );
  });

  it('find them in large segments, too, and after merging small ones into large', () => {
    const directory = new PostingsDirectory(fresh(), SCHEME, never);
    const noise = (seed: number): GeneSet => {
      let state = seed;
      const next = (): number => {
        state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
        return (state ^ Math.imul(state >>> 7, 0x297a2d39)) >>> 0;
      };
      return sortPairs(Uint32Array.from({ length: 2 * 10_000 }, next));
    };
    const sets = Array.from({ length: 64 }, (_, index) => noise(index + 1));
    for (let from = 0; from < sets.length; from += 8) {
      const part = sets.slice(from, from + 8);
      directory.add(part.map((set, index) => ({ number: from + index, genes: encodeGeneSet(set, SCHEME) })));
    }
    assert.ok(directory.entries > 2 ** 19);
    for (const number of [0, 31, 63]) {
      const set = sets[number];
      assert.ok(set !== undefined);
      for (const at of [0, 1, 5_000, set.high.length - 1]) {
        const gene = { high: set.high.slice(at, at + 1), low: set.low.slice(at, at + 1) };
        assert.ok(directory.search(gene).includes(number));
      }
      assert.ok(directory.search(set).includes(number), 'by all of them at once');
    }
    assert.ok(directory.search(noise(1_000)).length < 8, 'what nobody has is met by chance alone');
    directory.close();
  });

  it('drop a file that is damaged anywhere, and say so', () => {
    const path = fresh();
    const directory = new PostingsDirectory(path, SCHEME, never);
    const set = setOf([
      [1, 2],
      [0x8000_0000, 7],
    ]);
    directory.add([{ number: 5, genes: encodeGeneSet(set, SCHEME) }]);
    directory.close();
    const [name = ''] = readdirSync(path);
    const whole = readFileSync(join(path, name));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        // Of the header only the first 32 bytes mean anything.
        fc.pre(at < 32 || at >= 64);
        const copy = fresh();
        writeFileSync(join(copy, name), damaged);
        const told: string[] = [];
        const opened = new PostingsDirectory(copy, SCHEME, (reason) => told.push(reason));
        assert.equal(opened.covered().length, 0);
        // Another scheme is no damage.
        assert.ok(told.length === 1 || (at >= 8 && at < 12));
        assert.deepEqual(readdirSync(copy), []);
        opened.close();
      }),
      { numRuns: 200 },
    );
    for (const size of [0, 10, 63, 64, whole.length - 1]) {
      const copy = fresh();
      writeFileSync(join(copy, name), whole);
      truncateSync(join(copy, name), size);
      const opened = new PostingsDirectory(copy, SCHEME, () => undefined);
      assert.deepEqual([opened.segments, readdirSync(copy)], [0, []]);
    }
  });

  it('leave nothing of what a kill cut off, and answer the same where both old and new are there', () => {
    const path = fresh();
    const directory = new PostingsDirectory(path, SCHEME, never);
    const set = setOf([[9, 9]]);
    directory.add([{ number: 1, genes: encodeGeneSet(set, SCHEME) }]);
    directory.add([{ number: 2, genes: encodeGeneSet(set, SCHEME) }]);
    directory.close();
    const names = readdirSync(path);
    writeFileSync(join(path, '77.postings.new'), 'half');
    writeFileSync(join(path, '78.postings'), readFileSync(join(path, names[0] ?? '')));
    const again = new PostingsDirectory(path, SCHEME, never);
    assert.deepEqual([...again.search(set)], [1, 2]);
    assert.ok(!readdirSync(path).includes('77.postings.new'));
    again.close();
  });

  it('no file makes the reader throw anything but that it is bad', () => {
    const path = join(fresh(), '1.postings');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        writeFileSync(path, bytes);
        assert.throws(() => Segment.open(path), { name: 'BadSegment' });
      }),
      { numRuns: 200 },
    );
  });
});
