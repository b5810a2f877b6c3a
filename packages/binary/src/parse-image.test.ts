import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ElfPart, writeElf, writeFrameHeader, writeFrames } from './elf/elf-writer.ts';
import { detectFormat, type Image, parseImage } from './index.ts';

/** Test runs per property; `GENEHOUND_LONG=1` for the campaign. */
const RUNS = process.env['GENEHOUND_LONG'] === '1' ? 1_000_000 : 2000;

const LOAD = 1;
const FRAME = 0x6474e550;

const code = (size: number): Uint8Array => new Uint8Array(size).fill(0x90);

function load(address: bigint, size: number, flags = 5): ElfPart {
  return { type: LOAD, flags, address, bytes: code(size) };
}

/** Header page, text at 0x1000, unwind tables at 0x2000 and 0x2100. */
function sample(base = 0n): Uint8Array {
  const frames = writeFrames(0x2100, [
    [0x1000, 0x20],
    [0x1040, 0x30],
  ]);
  const header = writeFrameHeader(0x2000, 0x2100, [0x1000, 0x1040]);
  const tables = new Uint8Array(0x100 + frames.length);
  tables.set(header);
  tables.set(frames, 0x100);
  return writeElf({
    entry: base + 0x1040n,
    parts: [
      { type: LOAD, flags: 4, address: base, bytes: code(16) },
      load(base + 0x1000n, 0x100),
      { type: LOAD, flags: 4, address: base + 0x2000n, bytes: tables },
      { type: FRAME, flags: 4, address: base + 0x2000n, bytes: tables },
    ],
  });
}

/** Bytes at their RVA, pages that are neither executable nor header zero. */
function mapped(file: Uint8Array, image: Image): Uint8Array {
  const bytes = new Uint8Array(0x3000);
  bytes.set(file.subarray(0, 0x400));
  for (const { offset, rva, size } of image.code) bytes.set(file.subarray(offset, offset + size), rva);
  return bytes;
}

/** What must hold of any result, whatever went in. */
function assertSound(image: Image, size: number): void {
  let end = 0;
  for (const range of image.code) {
    assert.ok(range.size > 0 && range.offset >= 0 && range.offset + range.size <= size);
    assert.ok(range.rva >= end && range.rva + range.size <= 2 ** 32);
    end = range.rva + range.size;
  }
  const { rvas, sizes } = image.functions;
  assert.equal(rvas.length, sizes.length);
  rvas.forEach((rva, i) => {
    assert.ok(i === 0 || rva > (rvas[i - 1] ?? 0));
  });
  assert.ok(image.problems.length <= 32);
}

describe('parseImage of ELF', () => {
  for (const base of [0n, 0x400000n, 0xffff_ffff_8100_0000n]) {
    it(`reads code, functions and entry at base 0x${base.toString(16)}`, () => {
      const image = parseImage(sample(base), 'file');
      assert.equal(image.format, 'elf');
      assert.equal(image.instructionSet, 'x86-64');
      assert.equal(image.base, base);
      assert.equal(image.entry, 0x1040);
      assert.deepEqual(
        image.code.map(({ rva, size }) => [rva, size]),
        [[0x1000, 0x100]],
      );
      if (base >= 2n ** 53n) return;
      assert.deepEqual([...image.functions.rvas], [0x1000, 0x1040]);
      assert.deepEqual([...image.functions.sizes], [0x20, 0x30]);
      assert.deepEqual(image.problems, []);
    });
  }

  it('reads a mapped image, whose unwind tables are zeros', () => {
    const file = sample();
    const image = parseImage(mapped(file, parseImage(file, 'file')), 'mapped', { base: 0x7f00_0000_0000n });
    assert.equal(image.base, 0x7f00_0000_0000n);
    assert.deepEqual(image.code, [{ offset: 0x1000, rva: 0x1000, size: 0x100 }]);
    assert.deepEqual([...image.functions.rvas], [0x1040]);
    assert.deepEqual(image.problems, []);
  });

  it('takes pages with content for code that a mapped image does not admit to', () => {
    const file = sample();
    const bytes = mapped(file, parseImage(file, 'file'));
    bytes[0x2800] = 0xc3;
    const image = parseImage(bytes, 'mapped');
    assert.deepEqual(
      image.code.map(({ rva, size }) => [rva, size]),
      [
        [0x1000, 0x100],
        [0x2000, 0x1000],
      ],
    );
    assert.deepEqual(
      image.problems.map(({ code: name }) => name),
      ['code-outside-segments'],
    );
  });

  it('falls back on the search table where .eh_frame is broken', () => {
    const file = sample();
    const image = parseImage(file, 'file');
    const frames = Number(new DataView(file.buffer).getBigUint64(64 + 2 * 56 + 8, true)) + 0x100;
    file.fill(0x7f, frames + 20, frames + 24);
    const broken = parseImage(file, 'file');
    assert.deepEqual([...broken.functions.rvas], [...image.functions.rvas]);
    assert.ok(broken.problems.some(({ code: name }) => name === 'bad-eh-frame'));
  });

  for (const [what, parts, wanted] of [
    ['overlapping segments', [load(0x1000n, 0x200), load(0x1100n, 0x200)], 'overlapping-code'],
    [
      'a segment beyond the file',
      [{ ...load(0x1000n, 0x100), fileSize: 2n ** 40n, memorySize: 2n ** 40n }],
      'truncated-code',
    ],
    ['a segment 4 GiB above', [load(0x1000n, 0x100), load(2n ** 40n, 0x100)], 'far-segment'],
    ['no executable segment', [load(0x1000n, 0x100, 4)], 'no-code-segment'],
  ] as const) {
    it(`reports ${what}`, () => {
      const file = writeElf({ parts });
      const image = parseImage(file, 'file');
      assertSound(image, file.length);
      assert.ok(
        image.problems.some(({ code: name }) => name === wanted),
        JSON.stringify(image.problems),
      );
    });
  }

  it('says honestly what it does not support', () => {
    const arm = parseImage(writeElf({ machine: 183, parts: [load(0n, 16)] }), 'file');
    assert.equal(arm.instructionSet, 'arm64');
    const riscv = parseImage(writeElf({ machine: 243, parts: [load(0n, 16)] }), 'file');
    assert.equal(riscv.instructionSet, null);
    assert.ok(riscv.problems.some(({ code: name }) => name === 'unsupported-machine'));
  });

  it('finds the functions of a real program', { skip: !existsSync('/bin/bash') }, () => {
    const image = parseImage(readFileSync('/bin/bash'), 'file');
    assert.ok(image.functions.rvas.length > 1000);
    assert.deepEqual(image.problems, []);
  });
});

describe('parseImage of other bytes', () => {
  it('takes raw memory as code from the first byte to the last', () => {
    const image = parseImage(code(100), 'raw', { base: 0x1234_5000n });
    assert.deepEqual(image.code, [{ offset: 0, rva: 0, size: 100 }]);
    assert.equal(image.base, 0x1234_5000n);
    assert.deepEqual(parseImage(new Uint8Array(0), 'raw').code, []);
  });

  it('takes every page with content of a mapped image without header', () => {
    const bytes = new Uint8Array(0x4000);
    bytes[0x1800] = 0xc3;
    const image = parseImage(bytes, 'mapped');
    assert.deepEqual(image.code, [{ offset: 0x1000, rva: 0x1000, size: 0x1000 }]);
    assert.equal(image.problems[0]?.code, 'no-header');
  });

  it('detects formats by their first bytes', () => {
    assert.equal(detectFormat(sample()), 'elf');
    assert.equal(detectFormat(Uint8Array.of(0xcf, 0xfa, 0xed, 0xfe)), 'macho');
    assert.equal(detectFormat(code(64)), 'raw');
    assert.equal(detectFormat(new Uint8Array(0)), 'raw');
    assert.equal(parseImage(code(64), 'file').problems[0]?.code, 'unknown-format');
  });
});

describe('parseImage of hostile bytes', () => {
  const layouts = fc.constantFrom('file', 'mapped', 'raw');

  it('never throws on random bytes behind a magic number', () => {
    const magic = fc.constantFrom([0x7f, 0x45, 0x4c, 0x46, 2, 1], [0x7f, 0x45, 0x4c, 0x46, 1, 1], [0x4d, 0x5a], []);
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 600 }), layouts, (start, rest, layout) => {
        const bytes = Uint8Array.from([...start, ...rest]);
        assertSound(parseImage(bytes, layout), bytes.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('never throws on a valid file with changed bytes', () => {
    const valid = sample();
    const change = fc.tuple(fc.nat(valid.length - 1), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x10, 0x38));
    // Most places of the file are code; the headers and tables are where a parser breaks.
    const headerChange = fc.tuple(fc.nat(300), fc.nat(255));
    fc.assert(
      fc.property(fc.array(fc.oneof(change, headerChange), { maxLength: 12 }), layouts, (changes, layout) => {
        const bytes = valid.slice();
        for (const [at, value] of changes) bytes[at] = value;
        assertSound(parseImage(bytes, layout), bytes.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('never throws on a valid file cut short', () => {
    const valid = sample();
    for (let length = 0; length < valid.length; length += 37) {
      assertSound(parseImage(valid.subarray(0, length), 'file'), length);
    }
  });
});
