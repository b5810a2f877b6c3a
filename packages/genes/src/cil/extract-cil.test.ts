import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type CliMethods, type Layout, parseImage } from '@genehound/binary';
import fc from 'fast-check';
import { extractGenome } from '../extract-genome.ts';
import type { Genome } from '../genome.ts';
import { methodLines, methodsOfListing } from './monodis-oracle.ts';

/** `GENEHOUND_LONG=1` runs the campaigns; without it a seeded sample. */
const LONG = process.env['GENEHOUND_LONG'] === '1';

const GOLDEN = new URL('../../golden/cil.exe.hex', import.meta.url);
const ASSEMBLY = Uint8Array.from(Buffer.from(readFileSync(GOLDEN, 'utf8').replaceAll(/\s/g, ''), 'hex'));
const FORMS = ['fuzzy', 'exact', 'function'] as const;

/** Debian's own assemblies, compiled by Mono's and by Microsoft's compiler. */
const FOLDER = '/usr/lib/mono/4.5';
const SAMPLE = ['System.Core.dll', 'mcs.exe'];

function assemblies(): readonly string[] {
  if (!existsSync(FOLDER)) return [];
  const names = LONG ? readdirSync(FOLDER).filter((name) => /\.(dll|exe)$/.test(name)) : SAMPLE;
  return names.map((name) => join(FOLDER, name)).filter((path) => existsSync(path));
}

const hasMonodis = existsSync('/usr/bin/monodis') && assemblies().length > 0;

function genes(genome: Genome, form: (typeof FORMS)[number]): Set<string> {
  const found = new Set<string>();
  genome[`${form}High`].forEach((high, i) => {
    const low = genome[`${form}Low`][i] ?? 0;
    if (high !== 0 || low !== 0) found.add(`${high}.${low}`);
  });
  return found;
}

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

const extract = (bytes: Uint8Array, layout: Layout): Genome => extractGenome(bytes, parseImage(bytes, layout));

/** As a scanner takes it from memory: headers, and each executable section at its RVA. */
function mappedCopy(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const coff = view.getUint32(0x3c, true) + 4;
  const optional = coff + 20;
  const mapped = new Uint8Array(view.getUint32(optional + 56, true));
  mapped.set(file.subarray(0, view.getUint32(optional + 60, true)));
  for (let i = 0, at = optional + view.getUint16(coff + 16, true); i < view.getUint16(coff + 2, true); i++, at += 40) {
    if ((view.getUint32(at + 36, true) & 0x2000_0000) === 0) continue;
    const from = view.getUint32(at + 20, true);
    mapped.set(file.subarray(from, from + view.getUint32(at + 16, true)), view.getUint32(at + 12, true));
  }
  return mapped;
}

describe('CIL decoder beside monodis', { skip: hasMonodis ? false : 'needs Debian mono-utils, mono-devel' }, () => {
  for (const path of assemblies()) {
    it(`agrees on every instruction of ${path}`, (t) => {
      const bytes = new Uint8Array(readFileSync(path));
      const methods: CliMethods | undefined = parseImage(bytes, 'file').cli;
      if (methods === undefined) return t.skip('no assembly');
      const listing: string = execFileSync('monodis', [path], { encoding: 'utf8', maxBuffer: 1 << 30, stdio: 'pipe' });
      const theirs = methodsOfListing(listing);
      let instructions = 0;
      for (let i = 0; i < methods.rvas.length; i++) {
        const rva: number = methods.rvas[i] ?? 0;
        const tiny: boolean = bytes[(methods.offsets[i] ?? 0) - 1] === (((methods.sizes[i] ?? 0) << 2) | 2);
        // monodis names the place of the body's header, which has 1 or 12 bytes.
        const expected: readonly string[] | undefined =
          (tiny ? theirs.get(rva - 1) : undefined) ?? theirs.get(rva - 12);
        const found = methodLines(bytes, methods, i);
        assert.deepEqual(found, expected, `method at 0x${rva.toString(16)}`);
        instructions += found.length;
      }
      t.diagnostic(`${methods.rvas.length} methods, ${instructions} instructions`);
      assert.equal(methods.rvas.length, [...theirs.values()].filter((lines) => lines.length > 0).length);
    });
  }
});

describe('genes of an assembly', () => {
  const genome = extract(ASSEMBLY, 'file');

  it('are those of its methods, not of the stub that starts the runtime', () => {
    assert.equal(genome.instructionSet, 'cil');
    assert.deepEqual(genome.problems, []);
    assert.ok(genes(genome, 'fuzzy').size >= 5);
    assert.ok(genes(genome, 'function').size >= 6);
    assertSound(genome);
  });

  it('are the same from file, mapped image, and raw memory without headers', () => {
    const mapped = mappedCopy(ASSEMBLY);
    const erased = mapped.slice();
    erased.fill(0, 0, 512);
    const variants: readonly (readonly [Uint8Array, Layout])[] = [
      [mapped, 'mapped'],
      [erased, 'mapped'],
      [mapped.subarray(0x2000), 'raw'],
      [ASSEMBLY, 'raw'],
    ];
    for (const [bytes, layout] of variants) {
      const other = extract(bytes, layout);
      assert.equal(other.instructionSet, 'cil');
      for (const form of FORMS) assert.deepEqual(genes(other, form), genes(genome, form));
    }
  });

  it('do not depend on the rows that tokens name', () => {
    const methods = parseImage(ASSEMBLY, 'file').cli;
    assert.ok(methods);
    const changed = ASSEMBLY.slice();
    let tokens = 0;
    methods.offsets.forEach((offset, i) => {
      const view = new DataView(changed.buffer, offset, methods.sizes[i]);
      for (const line of methodLines(ASSEMBLY, methods, i)) {
        const [at = 0, name = ''] = line.split(' ').map((word, k) => (k === 0 ? Number(word) : word)) as [
          number,
          string,
        ];
        if (!/^(call|callvirt|newobj|ldstr|ldsfld|stsfld|newarr)$/.test(name)) continue;
        view.setUint8(at + 1, view.getUint8(at + 1) ^ 0x55);
        tokens++;
      }
    });
    assert.ok(tokens > 20);
    for (const form of FORMS) assert.deepEqual(genes(extract(changed, 'file'), form), genes(genome, form));
  });

  it('do not hide the native code of a loader that carries it', () => {
    const loader = Uint8Array.from(
      { length: 600 },
      (_, i) => [0x01, 0xc8, 0x31, 0xd8, 0x29, 0xc8, 0xc3, 0xcc][i % 8] ?? 0,
    );
    const text = mappedCopy(ASSEMBLY).subarray(0x2000);
    const region = new Uint8Array(4096 + text.length);
    region.set(loader);
    region.set(text, 4096);
    const both = extract(region, 'raw');
    assert.equal(both.instructionSet, 'x86-64');
    assertSound(both);
    for (const form of FORMS) for (const gene of genes(genome, form)) assert.ok(genes(both, form).has(gene));
    assert.ok(both.instructions > genome.instructions + 300);
  });

  it('of both kinds are found where it has native code, too', () => {
    // The flag "IL only" taken away: what is neither method nor metadata is native code then.
    const header = 0x208;
    const mixed = ASSEMBLY.slice();
    assert.equal(mixed[header], 72);
    mixed[header + 16] = 0;
    const both = extract(mixed, 'file');
    assert.equal(both.instructionSet, 'x86');
    assertSound(both);
    for (const form of FORMS) for (const gene of genes(genome, form)) assert.ok(genes(both, form).has(gene));
    const { code, cli } = parseImage(mixed, 'file');
    for (const { rva, size } of code) {
      cli?.rvas.forEach((method) => {
        assert.ok(method < rva || method >= rva + size);
      });
    }
  });
});

describe('assemblies made by attackers', () => {
  it('may have a block of any length', () => {
    const bytes = new Uint8Array(200_000).fill(0x58);
    const one = (value: number): Uint32Array => Uint32Array.of(value);
    const cli = { rvas: one(0), offsets: one(0), sizes: one(bytes.length) };
    const genome = extractGenome(bytes, { ...parseImage(ASSEMBLY, 'file'), code: [], cli });
    assertSound(genome);
    assert.deepEqual([genome.instructions, genome.blockRva.length, genome.blockSize[0]], [200_000, 1, 200_000]);
  });

  it('have no genes where bytes are only called CIL', () => {
    const bytes = new Uint8Array(4096).fill(0x2a);
    const genome = extractGenome(bytes, parseImage(bytes, 'raw', { instructionSet: 'cil' }));
    assert.equal(genome.blockRva.length, 0);
    assertSound(genome);
  });

  it('give a sound genome for methods with changed bytes', () => {
    const bytes = ASSEMBLY.slice();
    const image = parseImage(ASSEMBLY, 'file');
    const { rvas, offsets, sizes } = image.cli ?? assert.fail();
    let state = 3;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state >>> 8;
    };
    for (let run = 5_000; run > 0; run--) {
      const method = random() % offsets.length;
      const from = offsets[method] ?? 0;
      const to = from + (sizes[method] ?? 0);
      for (let n = random() % 6; n >= 0; n--) bytes[from + (random() % (to - from))] = random();
      const one = (column: Uint32Array): Uint32Array => column.subarray(method, method + 1);
      assertSound(
        extractGenome(bytes, { ...image, cli: { rvas: one(rvas), offsets: one(offsets), sizes: one(sizes) } }),
      );
      bytes.set(ASSEMBLY.subarray(from, to), from);
    }
  });

  it('give a sound genome whatever is changed', () => {
    const change = fc.tuple(fc.nat(ASSEMBLY.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), fc.constantFrom('file', 'mapped', 'raw'), (changes, layout) => {
        const bytes = layout === 'mapped' ? mappedCopy(ASSEMBLY) : ASSEMBLY.slice();
        for (const [at, value] of changes) bytes[at] = value;
        assertSound(extract(bytes, layout));
      }),
      { numRuns: LONG ? 200_000 : 600 },
    );
  });
});
