import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Image, parseImage } from '@genehound/binary';
import fc from 'fast-check';
import { extractGenome } from './extract-genome.ts';
import type { Genome } from './genome.ts';

/** `GENEHOUND_LONG=1` runs the campaign; without it a seeded sample. */
const LONG = process.env['GENEHOUND_LONG'] === '1';
const PROGRAMS = ['/bin/bash', '/usr/bin/git', '/lib/x86_64-linux-gnu/libc.so.6', '/usr/bin/python3.11'];

const key = (high: number | undefined, low: number | undefined): string => `${high ?? 0}.${low ?? 0}`;

function genes(genome: Genome, form: 'fuzzy' | 'exact' | 'function'): Set<string> {
  const found = new Set<string>();
  genome[`${form}High`].forEach((high, i) => {
    const low = genome[`${form}Low`][i];
    if (high !== 0 || low !== 0) found.add(key(high, low));
  });
  return found;
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const gene of a) if (b.has(gene)) both++;
  return both / Math.max(1, a.size + b.size - both);
}

/** As a scanner takes it from memory: executable segments at their RVA, the header page, all else zeros. */
function mappedCopy(file: Uint8Array, image: Image): Uint8Array {
  const last = image.code.at(-1);
  const bytes = new Uint8Array(last === undefined ? 0 : Math.ceil((last.rva + last.size) / 4096) * 4096);
  bytes.set(file.subarray(0, 1024));
  for (const { offset, rva, size } of image.code) bytes.set(file.subarray(offset, offset + size), rva);
  return bytes;
}

/** What must hold of any genome, whatever went in. */
function assertSound(genome: Genome): void {
  const { blockRva, blockSize, blockFunction, functionRva, functionSize, callCaller, callCallee } = genome;
  for (let i = 0; i < callCaller.length; i++) {
    const [caller = 0, callee = 0] = [callCaller[i], callCallee[i]];
    assert.ok(caller < functionRva.length && callee < functionRva.length && caller !== callee);
    const [before = 0, beforeCallee = 0] = [callCaller[i - 1], callCallee[i - 1]];
    assert.ok(i === 0 || caller > before || (caller === before && callee > beforeCallee));
  }
  for (let i = 0; i < blockRva.length; i++) {
    assert.ok(i === 0 || (blockRva[i] ?? 0) > (blockRva[i - 1] ?? 0));
    const owner = blockFunction[i] ?? 0;
    assert.ok(owner < functionRva.length);
    const start = functionRva[owner] ?? 0;
    assert.ok((blockRva[i] ?? 0) >= start);
    assert.ok((blockRva[i] ?? 0) + (blockSize[i] ?? 0) <= start + (functionSize[owner] ?? 0));
  }
}

const extract = (bytes: Uint8Array, layout: 'file' | 'mapped' | 'raw'): Genome =>
  extractGenome(bytes, parseImage(bytes, layout));

describe('genes of real programs', () => {
  for (const path of PROGRAMS.filter((program) => existsSync(program))) {
    it(`are the same from file, mapped image and raw memory: ${path}`, (t) => {
      const bytes = new Uint8Array(readFileSync(path));
      const image = parseImage(bytes, 'file');
      const file = extractGenome(bytes, image);
      assertSound(file);
      const mapped = extract(mappedCopy(bytes, image), 'mapped');
      const raw = image.code.map(({ offset, size }) => extract(bytes.slice(offset, offset + size), 'raw'));
      for (const form of ['fuzzy', 'exact'] as const) {
        assert.deepEqual(genes(mapped, form), genes(file, form));
        assert.deepEqual(new Set(raw.flatMap((genome) => [...genes(genome, form)])), genes(file, form));
      }
      // Function hashes need to know where functions start, which unwind tables say and bare code does not.
      const share = jaccard(genes(file, 'function'), genes(mapped, 'function'));
      t.diagnostic(`function hashes, Jaccard: ${share.toFixed(3)}`);
      assert.ok(share > 0.7);
    });
  }
});

describe('genes of a function', () => {
  const body = Uint8Array.from(
    Buffer.from('8b050000000085c00f94c10fb6c901c839c875ec31d229c201ca09c221c80fafc2c3', 'hex'),
  );
  const withAddress = (value: number): Uint8Array => {
    const copy = body.slice();
    new DataView(copy.buffer).setInt32(2, value, true);
    return copy;
  };

  it('do not depend on where it lies nor on what lies around it', () => {
    const alone = extract(body, 'raw');
    assert.equal(genes(alone, 'fuzzy').size, 2);
    const filler = fc.constantFrom([0xcc], [0x90], [0x0f, 0x1f, 0x40, 0], [0, 0, 0, 0]);
    fc.assert(
      fc.property(fc.array(filler, { maxLength: 64 }), fc.nat(0xffffff), (before, address) => {
        const front = before.flat();
        const tail = [0xc3, 0x48, 0x89, 0xf8, 0xc3];
        const moved = extract(Uint8Array.from([0xc3, ...front, ...withAddress(address), ...tail]), 'raw');
        for (const form of ['fuzzy', 'exact'] as const) {
          for (const gene of genes(alone, form)) assert.ok(genes(moved, form).has(gene));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('tell constants apart, and forget registers', () => {
    const block = (constant: number, modrm: number): string[] => {
      const code = [
        0x83,
        modrm,
        constant,
        0x8b,
        0x47,
        constant,
        0x85,
        0xc0,
        0x0f,
        0x94,
        0xc1,
        0x0f,
        0xb6,
        0xc9,
        0x01,
        0xc8,
        0xc3,
      ];
      return [...genes(extract(Uint8Array.from(code), 'raw'), 'fuzzy')];
    };
    assert.equal(block(5, 0xc0).length, 1);
    assert.deepEqual(block(5, 0xc0), block(5, 0xc3));
    assert.notDeepEqual(block(5, 0xc0), block(6, 0xc0));
  });

  it('are connected by calls and by jumps to another start', () => {
    const pad = Array.from({ length: (16 - (body.length % 16)) % 16 }, () => 0xcc);
    const size = body.length + pad.length;
    const call = (from: number, to: number): number[] => [0xe8, to - from - 5, 0xff, 0xff, 0xff];
    // Two bodies; then one that calls both, the first twice, and leaves by a jump to the second.
    const third = size * 2;
    const before = [0x53, ...call(third + 1, 0), ...call(third + 6, size), ...call(third + 11, 0)];
    const leave = third + before.length + body.length - 1;
    const code = [...body, ...pad, ...body, ...pad, ...before, ...body.slice(0, -1), 0xeb, size - leave - 2];
    const genome = extract(Uint8Array.from(code), 'raw');
    assert.deepEqual([...genome.functionRva], [0, size, third]);
    assert.deepEqual([...genome.callCaller], [2, 2]);
    assert.deepEqual([...genome.callCallee], [0, 1]);
  });

  it('need six informative instructions', () => {
    const six = [0x01, 0xc8, 0x29, 0xc8, 0x31, 0xc8, 0x21, 0xc8, 0x09, 0xc8, 0x39, 0xc8];
    const padded = [0x55, 0x53, 0x48, 0x83, 0xec, 0x08, ...six.slice(2), 0x48, 0x83, 0xc4, 0x08, 0x5b, 0x5d, 0xc3];
    assert.equal(extract(Uint8Array.from([...six, 0xc3]), 'raw').blockRva.length, 1);
    assert.equal(extract(Uint8Array.from(padded), 'raw').blockRva.length, 0);
  });
});

describe('extraction from hostile bytes', () => {
  it('gives a sound genome for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => assertSound(extract(bytes, 'raw'))),
      { numRuns: LONG ? 100_000 : 300 },
    );
  });

  it('gives a sound genome for changed programs', { skip: !existsSync('/bin/bash') }, () => {
    // The part with headers and the first code keeps one run short.
    const valid = new Uint8Array(readFileSync('/bin/bash')).subarray(0, 230_000);
    const change = fc.tuple(fc.oneof(fc.nat(1000), fc.integer({ min: 190_000, max: valid.length - 1 })), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), fc.constantFrom('file', 'mapped', 'raw'), (changes, layout) => {
        const bytes = valid.slice();
        for (const [at, value] of changes) bytes[at] = value;
        assertSound(extract(bytes, layout));
      }),
      { numRuns: LONG ? 20_000 : 60 },
    );
  });

  /** 1 MiB each; what is quadratic in any of them does not end within the limit. */
  for (const [what, unit] of [
    ['padding between all instructions', [0x01, 0xc8, 0x90]],
    ['one block without end', [0x01, 0xc8]],
    ['calls into the middle of instructions', [0xe8, 0x01, 0, 0, 0, 0x48, 0xb8, 0x01, 0xc8, 0x90]],
    ['jumps to the next instruction', [0x74, 0x00]],
    ['functions of one byte', [0xc3]],
    ['no instruction at all', [0x06]],
  ] as const) {
    it(`takes time in proportion to the code: ${what}`, { timeout: 20_000 }, () => {
      const code = new Uint8Array(1 << 20);
      for (let at = 0; at < code.length; at++) code[at] = unit[at % unit.length] ?? 0;
      assertSound(extract(code, 'raw'));
    });
  }

  it('answers unsupported rather than guess', () => {
    const riscv = new Uint8Array(64 + 56 + 64);
    riscv.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0xf3, 0, 1]);
    // One program header of 56 bytes at 64: PT_LOAD, executable, all of the file.
    for (const [at, value] of [
      [32, 64],
      [54, 56],
      [56, 1],
      [64, 1],
      [68, 5],
      [96, 184],
      [104, 184],
    ] as const) {
      riscv[at] = value;
    }
    const genome = extractGenome(riscv, parseImage(riscv, 'file'));
    assert.equal(genome.blockRva.length, 0);
    assert.equal(genome.problems[0]?.code, 'unsupported-instruction-set');
  });
});
