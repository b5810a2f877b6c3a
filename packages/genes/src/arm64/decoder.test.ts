import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseImage } from '@genehound/binary';
import fc from 'fast-check';
import { debianCorpus } from '../debian-corpus.test-helper.ts';
import { Decoder } from './decoder.ts';
import { type Comparison, compareListing } from './objdump-oracle.ts';

/** `GENEHOUND_LONG=1` runs the campaigns; without it a seeded sample. */
const LONG = process.env['GENEHOUND_LONG'] === '1';

const OBJDUMP = 'aarch64-linux-gnu-objdump';
/** Bytes per call: a listing is thirty times as long. */
const CHUNK = 8 << 20;

const decoder = new Decoder();
const work = mkdtempSync(join(tmpdir(), 'genehound-a64-'));
after(() => rmSync(work, { recursive: true, force: true }));

function hasObjdump(): boolean {
  try {
    execFileSync(OBJDUMP, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const skip = hasObjdump() ? false : 'needs Debian binutils-aarch64-linux-gnu';

/**
 * Where we differ from GNU objdump 2.40, on purpose. Everything else must agree: instruction or not, name, general
 * registers, branch target.
 */
const EXCEPTIONS: readonly (readonly [kind: string, reason: string])[] = [
  ['only ours: sve', 'SVE is told by its place in the encoding alone: words that it leaves free count as SVE'],
  ['only ours: sme', 'the same for SME'],
  ['only ours: smax', 'Armv8.9 CSSC: binutils has it from 2.41 on'],
  ['only ours: umax', 'Armv8.9 CSSC'],
  ['only ours: smin', 'Armv8.9 CSSC'],
  ['only ours: umin', 'Armv8.9 CSSC'],
  ['only ours: ctz', 'Armv8.9 CSSC'],
  ['only ours: cnt', 'Armv8.9 CSSC'],
  ['only ours: abs', 'Armv8.9 CSSC'],
  ['only objdump: msr', 'objdump gives system registers with op0 = 0 a name; the architecture has none'],
  ['only objdump: mrs', 'the same'],
  ['only objdump: fmlal', 'objdump does not look at bit 22, which must be 0'],
  ['only objdump: fmlal2', 'the same'],
  ['only objdump: fmlsl', 'the same'],
  ['only objdump: fmlsl2', 'the same'],
  ['only objdump: st64bv', 'the first of eight registers must be even and at most 22; objdump does not look'],
  ['only objdump: st64bv0', 'the same'],
  ['only objdump: st64b', 'the same'],
  ['only objdump: ld64b', 'the same'],
  ['only objdump: ldar', 'objdump does not look at bit 20, which should be 1'],
  ['only objdump: ldarb', 'the same'],
];
const ALLOWED = new Set(EXCEPTIONS.map(([kind]) => kind));

function compare(code: Uint8Array, comparison: Comparison): void {
  const file = join(work, 'code.bin');
  const options = ['-D', '-z', '-b', 'binary', '-m', 'aarch64', '-M', 'no-aliases', file];
  for (let from = 0; from + 4 <= code.length; from += CHUNK) {
    writeFileSync(file, code.subarray(from, Math.min(from + CHUNK, code.length) & ~3));
    compareListing(decoder, execFileSync(OBJDUMP, options, { encoding: 'latin1', maxBuffer: 1 << 30 }), comparison);
  }
}

const none = (): Comparison => ({ words: 0, invalid: 0, differences: new Map() });
const unexpected = ({ differences }: Comparison): unknown => [...differences].filter(([kind]) => !ALLOWED.has(kind));
const countsOf = ({ words, invalid }: Comparison): string => `${words} words, ${invalid} no instruction for both`;

/** Linear congruential generator: the same words in every run. */
function randomWords(count: number): Uint8Array {
  const bytes = new Uint8Array(count * 4);
  let state = count | 0;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** Programs and libraries of many kinds: C, C++, Go, Rust, assembler by hand, SIMD, SVE. More than 20 million words. */
const PACKAGES = (
  'bash git libc6 libssl3 python3.11-minimal libnode108 libstdc++6 perl-base libx265-199 libavcodec59 libx264-164 ' +
  'libaom3 libopenblas0-pthread libllvm14 libgmp10 libcrypto++8 golang-1.19-go ripgrep libdav1d6 libjpeg62-turbo'
).split(' ');

/** Of Debian's cross compiler, or of arm64 packages in the campaign. */
function programs(): readonly string[] {
  if (LONG) return debianCorpus('arm64', PACKAGES);
  const folder = '/usr/aarch64-linux-gnu/lib';
  return ['libc.so.6', 'libm.so.6', 'libstdc++.so.6']
    .map((name) => `${folder}/${name}`)
    .filter((path) => existsSync(path));
}

describe('A64 decoder beside objdump', { skip }, () => {
  it('agrees on random words', (t) => {
    const comparison = none();
    compare(randomWords(LONG ? 10_000_000 : 150_000), comparison);
    t.diagnostic(countsOf(comparison));
    assert.deepEqual(unexpected(comparison), []);
  });

  it('agrees on real code', (t) => {
    const comparison = none();
    for (const path of programs()) {
      const bytes = readFileSync(path);
      for (const { offset, size } of parseImage(bytes, 'file').code) {
        compare(bytes.subarray(offset, offset + (LONG ? size : Math.min(size, 600_000))), comparison);
      }
    }
    t.diagnostic(countsOf(comparison));
    assert.deepEqual(unexpected(comparison), []);
    assert.ok(comparison.words > (LONG ? 20_000_000 : 300_000), 'Debian libc6-arm64-cross, libstdc++6-arm64-cross');
  });
});

describe('A64 decoder', () => {
  const nameOf = (word: number): string => decoder.forms[decoder.formOf(word | 0)]?.name ?? '';
  for (const [word, name] of [
    [0xd503201f, 'hint'],
    [0xa9bf7bfd, 'stp'],
    [0x910003fd, 'add'],
    [0x90000000, 'adrp'],
    [0x97ffffff, 'bl'],
    [0x54000041, 'b.cond'],
    [0xd65f03c0, 'ret'],
    [0x4e20d400, 'fadd'],
    [0x7200001f, 'ands'],
    // A logical immediate of all ones, a shift of 32 in a 32-bit register, a place that is not allocated.
    [0x7200fc1f, ''],
    [0x0b00fc00, ''],
    [0x8b008000, 'add'],
    [0xffffffff, ''],
  ] as const) {
    it(`finds ${name === '' ? 'nothing' : name} in ${word.toString(16)}`, () => assert.equal(nameOf(word), name));
  }

  it('never throws', () => {
    fc.assert(
      fc.property(fc.integer(), (word) => {
        assert.ok(decoder.formOf(word) < decoder.forms.length);
      }),
      { numRuns: 20_000 },
    );
  });
});
