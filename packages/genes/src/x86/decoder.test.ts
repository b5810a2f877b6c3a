import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseImage } from '@genehound/binary';
import fc from 'fast-check';
import { debianCorpus } from '../debian-corpus.test-helper.ts';
import { MAX_LENGTH, PADDING } from './byte-table.ts';
import { Decoder } from './decoder.ts';
import { NAMES } from './forms.ts';
import { Oracle } from './iced-oracle.ts';

/** `GENEHOUND_LONG=1` runs the campaigns; without it a seeded sample. */
const LONG = process.env['GENEHOUND_LONG'] === '1';

/** Large programs of many kinds: C, C++, Go, Rust, assembler by hand, SIMD. */
const CORPORA = {
  amd64: {
    least: 100_000_000,
    packages: (
      'chromium firefox-esr libwebkit2gtk-4.0-37 libllvm14 libllvm15 libclang-cpp14 libnode108 cpp-12 g++-12 golang-1.19-go git bash ' +
      'libc6 libssl3 python3.11-minimal libstdc++6 perl-base libx264-164 libx265-199 libavcodec59 libaom3 libopenblas0-pthread ' +
      'libgmp10 ripgrep libdav1d6'
    ).split(' '),
  },
  i386: {
    least: 20_000_000,
    packages: (
      'firefox-esr libllvm14 cpp-12 golang-1.19-go git bash libc6 libssl3 python3.11-minimal libstdc++6 perl-base libx264-164 ' +
      'libx265-199 libavcodec59 libaom3 libopenblas0-pthread libgmp10 libdav1d6'
    ).split(' '),
  },
} as const;

const PIECE = 8 << 20;

const BINARIES = [
  // Of 32 bits, from Debian's libc6-i386 and lib32stdc++6.
  '/usr/lib32/libc.so.6',
  '/usr/lib32/libm.so.6',
  '/usr/lib32/libstdc++.so.6',
  '/bin/bash',
  '/lib/x86_64-linux-gnu/libc.so.6',
  '/usr/lib/x86_64-linux-gnu/libcrypto.so.3',
  '/usr/lib/x86_64-linux-gnu/libm.so.6',
  '/usr/bin/git',
  '/usr/bin/python3.11',
  '/usr/bin/perl',
  process.execPath,
];

/** Linear congruential generator: the same bytes in every run. */
class Bytes {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0;
    return (this.#state >>> 16) & 0xff;
  }
}

function compareCode(code: Uint8Array, bits: 32 | 64, limit: number, differences: string[]): number {
  const oracle = new Oracle(code, bits);
  let count = 0;
  for (let at = 0; at < code.length && count < limit && differences.length < 20; count++) {
    const { length, difference } = oracle.compare(at);
    if (difference !== null) differences.push(difference);
    at += Math.max(1, length);
  }
  oracle.free();
  return count;
}

describe('decoder beside iced-x86', () => {
  const present = BINARIES.filter((path) => existsSync(path));
  for (const path of present) {
    it(`agrees on the code of ${path}`, { skip: process.arch !== 'x64' }, (t) => {
      const bytes = readFileSync(path);
      const differences: string[] = [];
      let count = 0;
      const image = parseImage(bytes, 'file');
      const bits = image.instructionSet === 'x86' ? 32 : 64;
      for (const range of image.code) {
        const limit = LONG ? Number.MAX_SAFE_INTEGER : 400_000;
        // The sample starts at a fixed fraction, so that it is not the start-up code of every program.
        const from = LONG || range.size < 4_000_000 ? 0 : Math.floor(range.size / 3);
        const code = bytes.subarray(range.offset + from, range.offset + range.size);
        count += compareCode(LONG ? code : code.subarray(0, 2_500_000), bits, limit, differences);
      }
      t.diagnostic(`${count} instructions`);
      assert.deepEqual(differences, []);
      assert.ok(count > 10_000);
    });
  }

  for (const [architecture, { packages, least }] of Object.entries(CORPORA)) {
    const skip = LONG && process.arch === 'x64' ? false : 'a campaign: GENEHOUND_LONG=1';
    it(`agrees on the code of Debian's packages of ${architecture}`, { skip }, (t) => {
      const differences: string[] = [];
      let count = 0;
      let files = 0;
      for (const path of debianCorpus(architecture === 'i386' ? 'i386' : 'amd64', packages)) {
        const bytes = new Uint8Array(readFileSync(path));
        const { code, instructionSet } = parseImage(bytes, 'file');
        if (instructionSet !== (architecture === 'i386' ? 'x86' : 'x86-64')) continue;
        files++;
        const bits = architecture === 'i386' ? 32 : 64;
        for (const { offset, size } of code) {
          // In pieces: iced keeps a copy in memory of its own.
          for (let from = offset; from < offset + size; from += PIECE) {
            const piece = bytes.subarray(from, Math.min(from + PIECE, offset + size));
            count += compareCode(piece, bits, Number.MAX_SAFE_INTEGER, differences);
          }
        }
      }
      t.diagnostic(`${count} instructions of ${files} files`);
      assert.deepEqual(differences, []);
      assert.ok(count >= least);
    });
  }

  const shapes: readonly (readonly [string, readonly (readonly number[])[]])[] = [
    ['any bytes', [[]]],
    ['legacy maps and prefixes', [[0x0f], [0x66, 0x0f], [0xf3, 0x0f], [0xf2, 0x0f], [0x0f, 0x38], [0x66, 0x0f, 0x38]]],
    [
      'map 3, F2 and F3 maps',
      [[0x0f, 0x3a], [0x66, 0x0f, 0x3a], [0xf2, 0x0f, 0x38], [0xf3, 0x0f, 0x38], [0x67], [0xf0]],
    ],
    ['VEX', [[0xc5], [0xc4, 0xe1], [0xc4, 0xe2], [0xc4, 0xe3], [0xc4, 0xe7], [0xc4, 0x62], [0xc4, 0xc3]]],
    [
      'EVEX',
      [
        [0x62, 0xf1],
        [0x62, 0xf2],
        [0x62, 0xf3],
        [0x62, 0xf5],
        [0x62, 0xf6],
        [0x62, 0x62],
        [0x62, 0xd1],
      ],
    ],
    ['XOP', [[0x8f, 0xe8], [0x8f, 0xe9], [0x8f, 0xea], [0x8f]]],
    ['what 32-bit mode has besides', [[0x62], [0xc4], [0xc5], [0x67], [0x66], [0x9a], [0xea], [0x63], [0x82]]],
  ];
  const modes = [64, 32] as const;
  for (const [name, starts, bits] of shapes.flatMap(([n, s]) => modes.map((mode) => [n, s, mode] as const))) {
    it(`agrees on random bytes in ${bits}-bit mode: ${name}`, () => {
      const rounds = LONG ? 2_000_000 : 100_000;
      const random = new Bytes(rounds + name.length);
      const differences: string[] = [];
      for (let done = 0; done < rounds; done += 10_000) {
        const bytes = new Uint8Array(10_000 * 16);
        for (let i = 0; i < bytes.length; i++) bytes[i] = random.next();
        for (let i = 0; i < 10_000; i++) bytes.set(starts[random.next() % starts.length] ?? [], i * 16);
        const oracle = new Oracle(bytes, bits);
        for (let i = 0; i < 10_000 && differences.length < 20; i++) {
          const { difference } = oracle.compare(i * 16);
          if (difference !== null) differences.push(difference);
        }
        oracle.free();
      }
      assert.deepEqual(differences, []);
    });
  }
});

describe('decoder', () => {
  const decode = (hex: string, bits: 32 | 64): readonly [name: string, length: number] => {
    const bytes = Buffer.from(hex, 'hex');
    const buffer = new Uint8Array(bytes.length + PADDING);
    buffer.set(bytes);
    const decoder = new Decoder(bits);
    decoder.attach(buffer, bytes.length);
    const length = decoder.decode(0);
    return [length === 0 ? '' : (NAMES[decoder.form] ?? ''), length];
  };

  for (const [hex, name, length] of [
    ['90', 'nop', 1],
    ['4990', 'xchg', 2],
    ['f390', 'pause', 2],
    ['f30f1efa', 'endbr64', 4],
    ['48b80102030405060708', 'mov', 10],
    ['660f1f840000000000', 'nop', 9],
    ['62f17c48588040000000', 'vaddps', 10],
    ['c4e2f1f7c2', 'shlx', 5],
    ['06', '', 0],
    ['f0c3', '', 0],
    ['e8000000', '', 0],
  ] as const) {
    it(`decodes ${hex}`, () => assert.deepEqual(decode(hex, 64), [name, length]));
  }

  for (const [hex, name, length] of [
    ['40', 'inc', 1],
    ['60', 'pushad', 1],
    ['6660', 'pusha', 2],
    ['6301', 'arpl', 2],
    ['c40424', 'les', 3],
    ['c5f877', 'vzeroupper', 3],
    ['620424', 'bound', 3],
    ['a118000000', 'mov', 5],
    ['67a11800', 'mov', 4],
    ['67668b4601', 'mov', 5],
    ['8b0534120000', 'mov', 6],
    ['ea780000001000', 'jmp', 7],
    ['66e81234', 'call', 4],
    ['82c001', 'add', 3],
    ['0f05', 'syscall', 2],
    ['0f01f8', '', 0],
    ['f30faec0', '', 0],
  ] as const) {
    it(`decodes ${hex} in 32-bit mode`, () => assert.deepEqual(decode(hex, 32), [name, length]));
  }

  it('never reads past the end nor gives more than 15 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.constantFrom(32, 64), (bytes, bits) => {
        const buffer = new Uint8Array(bytes.length + PADDING);
        buffer.set(bytes);
        const decoder = new Decoder(bits);
        decoder.attach(buffer, bytes.length);
        for (let at = 0; at < bytes.length; at++) {
          const length = decoder.decode(at);
          assert.ok(length >= 0 && length <= MAX_LENGTH && at + length <= bytes.length);
        }
      }),
      { numRuns: LONG ? 200_000 : 3000 },
    );
  });
});
