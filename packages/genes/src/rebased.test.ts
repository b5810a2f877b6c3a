import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Image, parseImage } from '@genehound/binary';
import fc from 'fast-check';
import { extractGenome } from './extract-genome.ts';
import type { Genome } from './genome.ts';
import { rebasedPe, relocate, relocationsOf } from './relocate.test-helper.ts';

const folder = mkdtempSync(join(tmpdir(), 'genehound-rebased-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const SOURCE = new URL('../golden/moved.c', import.meta.url);
const FREESTANDING = ['-O2', '-nostdlib', '-ffreestanding', '-fno-stack-protector'];
/** Addresses in the code itself, of eight bytes, that the loader writes. */
const LARGE = ['-shared', '-fno-pic', '-mcmodel=large', '-fvisibility=hidden', '-Wl,-Bsymbolic,-z,notext'];
/** The linker keeps the relocations: where an address is of a program without position-independent code. */
const KEPT = ['-m32', '-static', '-fno-pic', '-no-pie', '-Wl,--emit-relocs'];
const LIBRARY = ['-shared', '-Wl,--dynamicbase'];

function build(compiler: string, options: readonly string[]): Uint8Array | null {
  if (!existsSync(`/usr/bin/${compiler}`)) return null;
  // With a suffix: mingw's linker gives one to a name that has none.
  const out = join(folder, `${compiler}-${options.length}.dll`);
  const entry = compiler.startsWith('i686') ? ['-e', '__start'] : [];
  execFileSync(compiler, [...FREESTANDING, ...options, ...entry, '-o', out, SOURCE.pathname], { stdio: 'pipe' });
  return new Uint8Array(readFileSync(out));
}

function arm64(): Uint8Array {
  const hex = readFileSync(new URL('../golden/moved.arm64.hex', import.meta.url), 'utf8');
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
}

const FORMS = ['fuzzy', 'exact', 'function'] as const;

function genes(genomes: readonly Genome[], form: (typeof FORMS)[number]): readonly string[] {
  const found = new Set<string>();
  for (const genome of genomes) {
    genome[`${form}High`].forEach((high, i) => {
      const low = genome[`${form}Low`][i] ?? 0;
      if (high !== 0 || low !== 0) found.add(`${high}.${low}`);
    });
  }
  return [...found].sort();
}

/** As a scanner takes an image that was loaded at `to`: headers and executable pages at their RVA, all else zeros. */
function mappedAt(file: Uint8Array, image: Image, to: bigint): { readonly bytes: Uint8Array; readonly moved: number } {
  const last = image.code.at(-1) ?? assert.fail();
  const bytes = new Uint8Array(Math.ceil((last.rva + last.size) / 4096) * 4096);
  bytes.set(file.subarray(0, 0x400));
  const relocations = relocationsOf(file, image.base);
  let moved = 0;
  for (const { offset, rva, size } of image.code) {
    bytes.set(file.subarray(offset, offset + size), rva);
    moved += relocate(bytes.subarray(rva, rva + size), rva, relocations, image.base, to);
  }
  return { bytes, moved };
}

const extract = (bytes: Uint8Array, image: Image): Genome => extractGenome(bytes, image);

interface Case {
  readonly name: string;
  readonly file: Uint8Array | null;
  /** Pages of a load address: below this many. */
  readonly pages: number;
  /** Addresses in its code; without any, the test would prove nothing of them. */
  readonly least: number;
}

const CASES: readonly Case[] = [
  { name: 'ELF32', file: build('gcc', KEPT), pages: 0x7_0000, least: 9 },
  { name: 'ELF64', file: build('gcc', LARGE), pages: 0x7_ffff_0000, least: 9 },
  { name: 'ELF64 of arm64', file: arm64(), pages: 0x7_ffff_0000, least: 4 },
  { name: 'PE32', file: build('i686-w64-mingw32-gcc', LIBRARY), pages: 0x7_0000, least: 9 },
  // Code for 64-bit Windows reaches everything by its distance: only tables beside it have addresses that move.
  { name: 'PE32+', file: build('x86_64-w64-mingw32-gcc', LIBRARY), pages: 0x7_ffff_0000, least: 0 },
];

/** A load address: at least 64 KiB, a multiple of 64 KiB, as the loaders of Windows want it. */
const baseOf = (pages: number): fc.Arbitrary<bigint> =>
  fc.integer({ min: 1, max: Math.floor(pages / 16) }).map((number) => BigInt(number) * 0x1_0000n);

describe('the same code, moved by its relocations, has the same genes', () => {
  for (const { name, file, pages, least } of CASES) {
    it(`from file, mapped image and raw memory, at any address: ${name}`, { skip: file === null }, () => {
      const bytes = file ?? assert.fail();
      const image = parseImage(bytes, 'file');
      const { instructionSet } = image;
      assert.ok(instructionSet !== null && name.startsWith(image.format.toUpperCase()));
      const whole = extract(bytes, image);
      assert.ok(genes([whole], 'fuzzy').length >= 10);
      const inMemory = (to: bigint) => {
        const { bytes: memory, moved } = mappedAt(bytes, image, to);
        assert.ok(moved >= least, `${moved} addresses in the code`);
        const mapped = extract(memory, parseImage(memory, 'mapped', { base: to }));
        const raw = image.code.map(({ rva, size }) => {
          const region = memory.slice(rva, rva + size);
          return extract(region, parseImage(region, 'raw', { base: to + BigInt(rva), instructionSet }));
        });
        return { mapped, raw };
      };
      const first = inMemory(image.base === 0n ? 0x1_0000n : image.base);
      fc.assert(
        fc.property(baseOf(pages), (to) => {
          const { mapped, raw } = inMemory(to);
          for (const form of ['fuzzy', 'exact'] as const) {
            assert.deepEqual(genes([mapped], form), genes([whole], form));
            assert.deepEqual(genes(raw, form), genes([whole], form));
          }
          // Where functions start, tables say that bare code does not have; but the address changes nothing.
          assert.deepEqual(genes([mapped], 'function'), genes([first.mapped], 'function'));
          assert.deepEqual(genes(raw, 'function'), genes(first.raw, 'function'));
        }),
        { numRuns: 60 },
      );
    });
  }

  for (const { name, file, pages } of CASES.filter((one) => one.name.startsWith('PE'))) {
    it(`from files linked for any address: ${name}`, { skip: file === null }, () => {
      const bytes = file ?? assert.fail();
      const image = parseImage(bytes, 'file');
      const whole = extract(bytes, image);
      fc.assert(
        fc.property(baseOf(pages), (to) => {
          const moved = rebasedPe(bytes, image.base, to);
          const there = parseImage(moved, 'file');
          assert.equal(there.base, to);
          const genome = extract(moved, there);
          for (const form of FORMS) assert.deepEqual(genes([genome], form), genes([whole], form));
          assert.deepEqual(genome.functionRva, whole.functionRva);
        }),
        { numRuns: 60 },
      );
    });
  }
});
