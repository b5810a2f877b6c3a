import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseImage } from '@genehound/binary';
import fc from 'fast-check';
import { extractGenome } from './extract-genome.ts';
import { recogniseCode } from './recognise-code.ts';

/** As many windows of a size, spread over the code of a program. */
function windowsOf(path: string, size: number, count: number): readonly Uint8Array[] {
  const bytes = new Uint8Array(readFileSync(path));
  const [range] = parseImage(bytes, 'file').code.toSorted((a, b) => b.size - a.size);
  assert.ok(range !== undefined);
  return Array.from({ length: count }, (_, i) => {
    const from = range.offset + Math.floor(((range.size - size) * i) / count);
    return bytes.subarray(from, from + size);
  });
}

const shareOf = (windows: readonly Uint8Array[], wanted: string | null): number =>
  windows.filter((window) => recogniseCode(window).instructionSet === wanted).length / windows.length;

describe('recogniseCode', () => {
  for (const [path, wanted] of [
    ['/bin/bash', 'x86-64'],
    ['/usr/bin/git', 'x86-64'],
    ['/lib/x86_64-linux-gnu/libc.so.6', 'x86-64'],
    ['/usr/lib32/libc.so.6', 'x86'],
    ['/usr/lib32/libstdc++.so.6', 'x86'],
  ] as const) {
    it(`tells the code of ${path}`, { skip: !existsSync(path) }, (t) => {
      for (const [size, least] of [
        [4096, 0.93],
        [65_536, 1],
      ] as const) {
        const windows = windowsOf(path, size, 40);
        const share = shareOf(windows, wanted);
        t.diagnostic(`${size} bytes: ${share}, no code: ${shareOf(windows, null)}`);
        assert.ok(share >= least);
      }
    });
  }

  it('says no code of text, of random bytes and of zeros', () => {
    const text = new TextEncoder().encode(
      'The quick brown fox jumps over the lazy dog, again and again. '.repeat(2000),
    );
    let state = 1;
    const random = Uint8Array.from({ length: 1 << 17 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state >>> 24;
    });
    for (const bytes of [text, random, new Uint8Array(1 << 16), new Uint8Array(0)]) {
      assert.equal(recogniseCode(bytes).instructionSet, null);
    }
    const genome = extractGenome(random, parseImage(random, 'raw'));
    assert.ok(genome.problems.some(({ code }) => code === 'no-code-recognised'));
  });

  it('finds a page of code among pages of data', { skip: !existsSync('/usr/lib32/libc.so.6') }, () => {
    const [window] = windowsOf('/usr/lib32/libc.so.6', 4096, 1);
    const bytes = new Uint8Array(64 * 4096).fill(0x6f);
    bytes.set(window ?? [], 13 * 4096);
    assert.equal(recogniseCode(bytes).instructionSet, 'x86');
    assert.equal(extractGenome(bytes, parseImage(bytes, 'raw')).instructionSet, 'x86');
  });

  it('takes any bytes, and gives a confidence', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000 }), (bytes) => {
        const { confidence } = recogniseCode(bytes);
        assert.ok(confidence >= 0.5 && confidence <= 1);
      }),
      { numRuns: 200 },
    );
  });
});
