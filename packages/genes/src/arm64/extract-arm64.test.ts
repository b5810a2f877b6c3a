import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Image, parseImage } from '@genehound/binary';
import fc from 'fast-check';
import { extractGenome } from '../extract-genome.ts';
import type { Genome } from '../genome.ts';
import { a64Share } from './recognise.ts';

/** `GENEHOUND_LONG=1` runs the campaign; without it a seeded sample. */
const LONG = process.env['GENEHOUND_LONG'] === '1';
const LIBRARIES = ['libc.so.6', 'libm.so.6'].map((name) => `/usr/aarch64-linux-gnu/lib/${name}`);
const FORMS = ['fuzzy', 'exact', 'function'] as const;

function genes(genome: Genome, form: (typeof FORMS)[number]): Set<string> {
  const found = new Set<string>();
  genome[`${form}High`].forEach((high, i) => {
    const low = genome[`${form}Low`][i] ?? 0;
    if (high !== 0 || low !== 0) found.add(`${high}.${low}`);
  });
  return found;
}

/** What must hold of any genome, whatever went in. */
function assertSound(genome: Genome): void {
  const { blockRva, blockSize, blockFunction, functionRva, functionSize } = genome;
  for (let i = 0; i < blockRva.length; i++) {
    assert.ok(i === 0 || (blockRva[i] ?? 0) > (blockRva[i - 1] ?? 0));
    const owner = blockFunction[i] ?? 0;
    const start = functionRva[owner] ?? Number.POSITIVE_INFINITY;
    assert.ok((blockRva[i] ?? 0) >= start);
    assert.ok((blockRva[i] ?? 0) + (blockSize[i] ?? 0) <= start + (functionSize[owner] ?? 0));
  }
}

const extractRaw = (bytes: Uint8Array): Genome =>
  extractGenome(bytes, parseImage(bytes, 'raw', { instructionSet: 'arm64' }));

function bytesOf(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    view.setInt32(i * 4, word | 0, true);
  });
  return bytes;
}

const extractWords = (words: readonly number[]): Genome => extractRaw(bytesOf(words));

const NOP = 0xd503201f;
const RET = 0xd65f03c0;

const adrp = (register: number, page: number): number =>
  0x90000000 | ((page & 3) << 29) | (((page >> 2) & 0x7ffff) << 5) | register;
const bl = (words: number): number => 0x94000000 | (words & 0x3ffffff);

/** `stp; adrp x19; ldr x0, [x19, low]; add x1, x19, low; bl; mul; eor; sub; ldp; ret`, one block but for the entry. */
function body(page: number, low: number, call: number): number[] {
  return [
    0xa9bf53f3,
    adrp(19, page),
    0xf9400260 | ((low >> 3) << 10),
    0x91000261 | (low << 10),
    bl(call),
    0x9b017c00,
    0xca010400,
    0xcb010000,
    0xb9400662,
    0x0b020000,
    0xa8c153f3,
    RET,
  ];
}

/** As a scanner takes it from memory: executable segments at their RVA, the headers, all else zeros. */
function mappedCopy(file: Uint8Array, image: Image): Uint8Array {
  const last = image.code.at(-1);
  const bytes = new Uint8Array(last === undefined ? 0 : Math.ceil((last.rva + last.size) / 4096) * 4096);
  bytes.set(file.subarray(0, 1024));
  for (const { offset, rva, size } of image.code) bytes.set(file.subarray(offset, offset + size), rva);
  return bytes;
}

describe('A64 genes of real libraries', () => {
  for (const path of LIBRARIES) {
    const skip = existsSync(path) ? false : 'needs Debian libc6-arm64-cross';
    it(`are the same from file, mapped image and raw memory: ${path}`, { skip }, (t) => {
      const bytes = new Uint8Array(readFileSync(path));
      const image = parseImage(bytes, 'file');
      const file = extractGenome(bytes, image);
      assertSound(file);
      assert.deepEqual(file.problems, []);
      const copy = mappedCopy(bytes, image);
      const mapped = extractGenome(copy, parseImage(copy, 'mapped'));
      const raw = image.code.map(({ offset, size }) => extractRaw(bytes.slice(offset, offset + size)));
      // Without tables functions are found by calls and by how they begin.
      const starts = new Set(
        raw.flatMap((genome, i) => [...genome.functionRva].map((at) => at + (image.code[i]?.rva ?? 0))),
      );
      const named = new Set(image.functions.rvas);
      const listed = [...file.functionRva].filter((rva) => named.has(rva));
      const found = listed.filter((rva) => starts.has(rva)).length / listed.length;
      t.diagnostic(`functions of the tables found in raw memory: ${(100 * found).toFixed(1)} %`);
      assert.ok(found > 0.9);
      for (const form of FORMS) {
        const inFile = genes(file, form);
        const inRaw = new Set(raw.flatMap((genome) => [...genes(genome, form)]));
        const kept = [...inFile].filter((gene) => inRaw.has(gene)).length / inFile.size;
        t.diagnostic(`${form}: ${inFile.size}, in raw memory ${(100 * kept).toFixed(1)} %`);
        if (form === 'function') assert.ok(kept > 0.7);
        else {
          assert.deepEqual(genes(mapped, form), inFile);
          assert.deepEqual(inRaw, inFile);
        }
      }
    });
  }
});

describe('A64 genes of a function', () => {
  const alone = extractWords(body(0, 0, 100));

  it('do not depend on addresses: pages, their low parts, what is called', () => {
    assert.equal(genes(alone, 'fuzzy').size, 1);
    assert.equal(genes(alone, 'function').size, 1);
    fc.assert(
      fc.property(fc.nat(0x1fffff), fc.nat(0x1ff), fc.integer({ min: 100, max: 0x1ffffff }), (page, low, call) => {
        const moved = extractWords(body(page, low * 8, call));
        for (const form of FORMS) assert.deepEqual(genes(moved, form), genes(alone, form));
      }),
      { numRuns: 500 },
    );
  });

  it('do not depend on where it lies nor on what lies around it', () => {
    const filler = fc.constantFrom([NOP], [0], [0xd503245f], [0xd4200000], [RET]);
    fc.assert(
      fc.property(fc.array(filler, { maxLength: 40 }), fc.nat(1000), (before, page) => {
        const moved = extractWords([RET, ...before.flat(), ...body(page, 8, 0x1000), NOP, 0xaa0003e1, RET]);
        for (const form of FORMS) for (const gene of genes(alone, form)) assert.ok(genes(moved, form).has(gene));
      }),
      { numRuns: 500 },
    );
  });

  it('are the same with landing pads and return addresses that are signed', () => {
    const plain = body(0, 0, 0x100);
    const guarded = [0xd503233f, ...plain.slice(0, 10), 0xd50323bf, ...plain.slice(10)];
    const landing = [0xd503245f, ...plain];
    for (const form of FORMS) {
      assert.deepEqual(genes(extractWords(guarded), form), genes(alone, form));
      assert.deepEqual(genes(extractWords(landing), form), genes(alone, form));
    }
    assert.deepEqual([...extractWords([RET, NOP, ...landing]).functionRva], [8]);
  });

  it('tell constants and the zero register apart, forget registers and stack slots', () => {
    const fuzzy = (third: number): string => {
      const found = [
        ...genes(extractWords([0x9b017c00, 0xca010400, third, 0xcb010000, 0x0b020000, 0x1ac10800, RET]), 'fuzzy'),
      ];
      assert.equal(found.length, 1);
      return found[0] ?? '';
    };
    const load = (base: number, offset: number, to: number): number => 0xf9400000 | (offset << 10) | (base << 5) | to;
    assert.equal(fuzzy(load(3, 5, 7)), fuzzy(load(9, 5, 2)));
    assert.notEqual(fuzzy(load(3, 5, 7)), fuzzy(load(3, 6, 7)));
    assert.notEqual(fuzzy(load(31, 5, 7)), fuzzy(load(3, 5, 7)));
    assert.equal(fuzzy(load(31, 5, 7)), fuzzy(load(31, 6, 7)));
    // mov x1, x2 is orr x1, xzr, x2.
    assert.notEqual(fuzzy(0xaa0203e1), fuzzy(0xaa020061));
  });

  it('forget addresses built of four parts, and keep constants built of two', () => {
    const movz = (value: number): number => 0xd2800009 | (value << 5);
    const movk = (value: number, shift: number): number => 0xf2800009 | (shift << 21) | (value << 5);
    const rest = [0x9b017c00, 0xca010400, 0xcb010000, 0x0b020000, 0x1ac10800, RET];
    const fuzzy = (start: readonly number[]): string[] => [...genes(extractWords([...start, ...rest]), 'fuzzy')];
    const address = (a: number): number[] => [movz(a), movk(a + 1, 1), movk(a + 2, 2)];
    assert.equal(fuzzy(address(1)).length, 1);
    assert.deepEqual(fuzzy(address(1)), fuzzy(address(77)));
    const constant = (a: number): number[] => [movz(a), movk(a + 1, 1), movk(a + 2, 1), movk(a + 3, 1)];
    assert.notDeepEqual(fuzzy(constant(1)), fuzzy(constant(77)));
  });

  it('leave literals out, but only where nothing falls into them', () => {
    // ldr x0, the eight bytes behind the return: as code they would be two instructions.
    const withLiteral = (low: number): Genome =>
      extractWords([0x58000100, 0x9b017c00, 0xca010400, 0xcb010000, 0x0b020000, 0x1ac10800, RET, NOP, low, 0x0b020000]);
    for (const form of FORMS)
      assert.deepEqual(genes(withLiteral(0x14000001), form), genes(withLiteral(0xffffffff), form));
    assert.equal(withLiteral(0x14000001).codeBytes, 32);
    // The same load must not hide what runs behind it.
    const hidden = extractWords([0x58000020, ...body(0, 0, 0)]);
    assert.equal(hidden.instructions, 13);
  });
});

describe('A64 code', () => {
  it('is told from other code and from constants', { skip: !existsSync(LIBRARIES[0] ?? '') }, () => {
    const shares = (bytes: Uint8Array, from: number, to: number): number[] => {
      const found: number[] = [];
      for (let at = from; at + 4096 <= to; at += 4096) found.push(a64Share(bytes.subarray(at, at + 4096)));
      return found;
    };
    const library = new Uint8Array(readFileSync(LIBRARIES[0] ?? ''));
    const starts = parseImage(library, 'file').functions.rvas;
    const ofCode = shares(library, starts[0] ?? 0, starts.at(-1) ?? 0);
    assert.ok(ofCode.length > 200);
    assert.ok(Math.min(...ofCode) > 0.8);
    const other = new Uint8Array(readFileSync(process.execPath)).subarray(0, 8 << 20);
    if (process.arch === 'x64') assert.ok(Math.max(...shares(other, 0, other.length)) < 0.7);
    assert.equal(a64Share(new Uint8Array(4096)), 0);
    assert.equal(a64Share(bytesOf(body(0, 0, 0))), 0);
  });
});

describe('A64 extraction from hostile bytes', () => {
  it('gives a sound genome for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => assertSound(extractRaw(bytes))),
      { numRuns: LONG ? 100_000 : 200 },
    );
  });

  it('gives a sound genome for changed code', { skip: !existsSync(LIBRARIES[0] ?? '') }, () => {
    const valid = new Uint8Array(readFileSync(LIBRARIES[0] ?? '')).subarray(0, 220_000);
    const change = fc.tuple(fc.oneof(fc.nat(1000), fc.integer({ min: 150_000, max: valid.length - 1 })), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), fc.constantFrom('file', 'mapped', 'raw'), (changes, layout) => {
        const bytes = valid.slice();
        for (const [at, value] of changes) bytes[at] = value;
        assertSound(extractGenome(bytes, parseImage(bytes, layout, { instructionSet: 'arm64' })));
      }),
      { numRuns: LONG ? 20_000 : 40 },
    );
  });

  it('gives a sound genome for a function with changed words', () => {
    const valid = [...body(1, 8, 100), 0x58000060, ...body(2, 16, -6), NOP, ...body(3, 24, 9)];
    const view = new DataView(new ArrayBuffer(valid.length * 4));
    const bytes = new Uint8Array(view.buffer);
    let state = 7;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state >>> 8;
    };
    for (let run = 10_000; run > 0; run--) {
      for (const [i, word] of valid.entries()) view.setInt32(i * 4, word | 0, true);
      for (let n = random() % 6; n >= 0; n--) {
        const at = random() % bytes.length;
        bytes[at] = random();
      }
      assertSound(extractRaw(bytes));
    }
  });

  /** 1 MiB each; what is quadratic in any of them does not end within the limit. */
  for (const [what, unit] of [
    ['one block without end', [0x8b000000]],
    ['calls and padding', [bl(1), NOP]],
    ['pages and jumps far ahead', [adrp(0, 1), 0x54007fe0]],
    ['jumps to what is no instruction', [adrp(0, 1), 0x54000060, 0x54000040, 0x14000002, 0xffffffff]],
    ['literals everywhere', [0x58000040, RET]],
    ['functions of one word', [RET]],
    ['no instruction at all', [0xffffffff]],
  ] as const) {
    it(`takes time in proportion to the code: ${what}`, { timeout: 20_000 }, () => {
      assertSound(extractWords(Array.from({ length: 1 << 18 }, (_, i) => unit[i % unit.length] ?? 0)));
    });
  }
});
