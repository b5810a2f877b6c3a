import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseImage } from '@genehound/binary';
import fc from 'fast-check';
import { extractGenome } from './extract-genome.ts';
import { finishHigh, finishLow, lowSeed, mix32, seedOf } from './gene-hash.ts';
import { decodeGeneSet, distinctGenes, encodeGeneSet } from './gene-set.ts';
import { decodeGenome, encodeGenome } from './genome-codec.ts';

const halves = fc.array(fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff)), { maxLength: 300 });

function setOf(pairs: readonly (readonly [number, number])[]): ReturnType<typeof distinctGenes> {
  return distinctGenes(
    Uint32Array.from(pairs, ([high]) => high),
    Uint32Array.from(pairs, ([, low]) => low),
  );
}

describe('gene sets', () => {
  it('are sorted and distinct, and survive encoding', () => {
    fc.assert(
      fc.property(halves, (pairs) => {
        const set = setOf([...pairs, ...pairs]);
        const wanted = [...new Set(pairs.map(([high, low]) => (BigInt(high) << 32n) | BigInt(low)))].filter(
          (g) => g > 0n,
        );
        wanted.sort((a, b) => (a < b ? -1 : 1));
        assert.deepEqual(
          [...set.high].map((high, i) => (BigInt(high) << 32n) | BigInt(set.low[i] ?? 0)),
          wanted,
        );
        const decoded = decodeGeneSet(encodeGeneSet(set, 7));
        assert.deepEqual([decoded.high, decoded.low, decoded.scheme, decoded.problems], [set.high, set.low, 7, []]);
      }),
      { numRuns: 500 },
    );
  });

  it('take at most 7 bytes a gene from 1,000 genes on', () => {
    let state = 1;
    const next = (): number => {
      state = mix32(state + 0x9e3779b9);
      return state >>> 0;
    };
    const set = setOf(Array.from({ length: 1000 }, () => [next(), next()] as const));
    assert.ok(encodeGeneSet(set, 1).length / 1000 <= 7);
  });

  it('are decoded without an exception from any bytes', () => {
    const start = Uint8Array.of(0x47, 0x53, 1, 1);
    fc.assert(
      fc.property(fc.boolean(), fc.uint8Array({ maxLength: 200 }), (headed, bytes) => {
        const { high, low } = decodeGeneSet(headed ? Uint8Array.from([...start, ...bytes]) : bytes);
        for (let i = 1; i < high.length; i++) {
          const [a = 0, b = 0] = [high[i - 1], high[i]];
          assert.ok(a < b || (a === b && (low[i - 1] ?? 0) < (low[i] ?? 0)));
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('genomes', () => {
  const code = Uint8Array.from(Array.from({ length: 4000 }, (_, i) => mix32(i) & 0xff));
  const genome = extractGenome(code, parseImage(code, 'raw'));
  const encoded = encodeGenome({
    ...genome,
    problems: [
      { code: 'a', message: 'b', at: 3 },
      { code: 'c', message: '' },
    ],
  });

  it('survive encoding, with the call graph', () => {
    const calling = { ...genome, callCaller: Uint32Array.of(0, 0, 2), callCallee: Uint32Array.of(1, 3, 0) };
    assert.deepEqual(decodeGenome(encodeGenome(calling)), calling);
    assert.equal(decodeGenome(encodeGenome({ ...calling, callCallee: Uint32Array.of(1, 3, 70_000) })), undefined);
  });

  it('of version 1 have no call graph', () => {
    const old = encodeGenome({
      ...genome,
      callCaller: new Uint32Array(0),
      callCallee: new Uint32Array(0),
      problems: [],
    });
    // Version 1 lacks the count of calls, which stands before the count of problems.
    const first = Uint8Array.from([...old.subarray(0, 3), 1, ...old.subarray(4, -2), 0]);
    assert.deepEqual(decodeGenome(first)?.blockRva, genome.blockRva);
    assert.equal(decodeGenome(first)?.callCaller.length, 0);
    assert.equal(decodeGenome(Uint8Array.from([...old.subarray(0, 3), 9, ...old.subarray(4)])), undefined);
  });

  it('survive encoding however much is wrong with them; of more than 64 problems the first are kept', () => {
    const problems = Array.from({ length: 70 }, (_, at) => ({ code: `code ${at}`, message: 'm'.repeat(250), at }));
    assert.deepEqual(decodeGenome(encodeGenome({ ...genome, problems })), {
      ...genome,
      problems: problems.slice(0, 64),
    });
  });

  it('survive encoding', () => {
    assert.ok(genome.blockRva.length > 5);
    const decoded = decodeGenome(encoded);
    assert.deepEqual({ ...decoded, problems: [] }, { ...genome, problems: [] });
    assert.deepEqual(decoded?.problems, [
      { code: 'a', message: 'b', at: 3 },
      { code: 'c', message: '' },
    ]);
  });

  it('are decoded without an exception from any bytes', () => {
    const changes = fc.array(fc.tuple(fc.nat(encoded.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, fc.nat(encoded.length), (list, length) => {
        const bytes = encoded.slice();
        for (const [at, value] of list) bytes[at] = value;
        decodeGenome(bytes);
        assert.equal(decodeGenome(encoded.slice(0, Math.max(0, length - 1))), undefined);
      }),
      { numRuns: 3000 },
    );
    assert.equal(decodeGenome(new Uint8Array(0)), undefined);
  });
});

describe('gene hash', () => {
  const hash = (words: readonly number[]): readonly [number, number] => {
    const seed = seedOf(1, 'x86-64', 'fuzzy');
    let a = seed;
    let b = lowSeed(seed);
    for (const word of words) {
      a = Math.imul(a ^ word, 0x85ebca6b);
      a ^= a >>> 15;
      b = Math.imul(b + word, 0xc2b2ae35);
      b = (((b << 13) | (b >>> 19)) + a) | 0;
    }
    const low = finishLow(a, b, words.length);
    return [finishHigh(a, low, words.length) >>> 0, low >>> 0];
  };

  it('spreads neighbouring blocks evenly: each half collides as often as chance', () => {
    const highs = new Set<number>();
    const lows = new Set<number>();
    const count = 300_000;
    for (let i = 0; i < count; i++) {
      const [high, low] = hash([i % 7, 12, i >> 3, 5, 0x1000 * (i & 7), 9]);
      highs.add(high);
      lows.add(low);
    }
    // 300,000 of 2^32: 10.5 collisions expected.
    assert.ok(count - highs.size < 30 && count - lows.size < 30, `${highs.size} ${lows.size}`);
  });

  it('changes half of the bits for one bit of any word', () => {
    let changed = 0;
    let total = 0;
    for (let bit = 0; bit < 32; bit++) {
      for (let place = 0; place < 6; place++) {
        for (let round = 0; round < 20; round++) {
          const words = Array.from({ length: 6 }, (_, i) => mix32(round * 6 + i + 1));
          const before = hash(words);
          words[place] = (words[place] ?? 0) ^ (1 << bit);
          const after = hash(words);
          for (const half of [0, 1] as const) {
            let difference = (before[half] ^ after[half]) >>> 0;
            for (; difference !== 0; difference &= difference - 1) changed++;
            total += 32;
          }
        }
      }
    }
    assert.ok(Math.abs(changed / total - 0.5) < 0.01, `${changed / total}`);
  });
});
