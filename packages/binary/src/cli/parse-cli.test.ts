import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseImage } from '../parse-image.ts';
import type { Image, Layout } from '../types.ts';

/** Our own small assembly; its source is beside it. */
const HEX = readFileSync(new URL('../../../genes/golden/cil.exe.hex', import.meta.url), 'utf8');
const ASSEMBLY = Uint8Array.from(Buffer.from(HEX.replaceAll(/\s/g, ''), 'hex'));
/** In the file: the CLI header, the metadata root that it names. */
const HEADER = 0x208;
const ROOT = ASSEMBLY.findIndex((_, at) => Buffer.from(ASSEMBLY.subarray(at, at + 4)).toString('latin1') === 'BSJB');
const TABLES = ROOT + 0x6c;

const parse = (change: (bytes: Uint8Array, view: DataView) => void, layout: Layout = 'file'): Image => {
  const bytes = ASSEMBLY.slice();
  change(bytes, new DataView(bytes.buffer));
  return parseImage(bytes, layout);
};

const codes = (image: Image): readonly string[] => image.problems.map((problem) => problem.code);

/** Where the MethodDef row of the body at an RVA lies. */
function findRow(view: DataView, rva: number): number {
  for (let at = ROOT; ; at++) if (view.getUint32(at, true) === rva) return at;
}

function assertSound(image: Image, size: number): void {
  if (image.cli === undefined) return;
  const { rvas, offsets, sizes } = image.cli;
  let end = 0;
  let total = 0;
  for (let i = 0; i < rvas.length; i++) {
    const rva = rvas[i] ?? 0;
    assert.ok(rva >= end);
    end = rva + (sizes[i] ?? 0);
    assert.ok((offsets[i] ?? 0) + (sizes[i] ?? 0) <= size);
    total += sizes[i] ?? 0;
    for (const range of image.code) assert.ok(rva >= range.rva + range.size || end <= range.rva);
  }
  assert.ok(total <= size);
}

describe('CLI images', () => {
  it('have the bodies of their methods', () => {
    const image = parse(() => {});
    assert.equal(image.instructionSet, 'cil');
    assert.deepEqual(image.code, []);
    assert.deepEqual(image.problems, []);
    assert.deepEqual(image.cli?.sizes, Uint32Array.from(image.cli?.sizes ?? []));
    assert.equal(image.cli?.rvas.length, 7);
    // Mix: a tiny header of one byte at RVA 0x2050.
    assert.equal(image.cli?.rvas[0], 0x2051);
    assert.equal(image.cli?.offsets[0], 0x251);
    assert.equal(image.cli?.sizes[0], 41);
  });

  it('are found in bytes without headers, with offsets for RVAs', () => {
    const image = parse((bytes) => bytes.fill(0, 0, 0x200), 'raw');
    assert.equal(image.cli?.rvas.length, 7);
    assert.deepEqual(image.cli?.rvas, image.cli?.offsets);
  });

  it('keep the native code of other sections', () => {
    const image = parse((_, view) => {
      const optional = view.getUint32(0x3c, true) + 24;
      // The second section, resources, made executable.
      const section = optional + view.getUint16(optional - 4, true) + 40;
      view.setUint32(section + 36, 0x6000_0020, true);
    });
    assert.equal(image.instructionSet, 'x86');
    assert.equal(image.code.length, 1);
    assert.equal(image.cli?.rvas.length, 7);
  });

  for (const [what, change, code] of [
    ['a header cut short', (_: Uint8Array, view: DataView) => view.setUint32(HEADER, 8, true), 'bad-cli-header'],
    ['no metadata', (bytes: Uint8Array) => bytes.fill(0, ROOT, ROOT + 4), 'bad-cli-metadata'],
    [
      'an absurd version string',
      (_: Uint8Array, view: DataView) => view.setUint32(ROOT + 12, 0xffff, true),
      'bad-cli-metadata',
    ],
    ['no streams', (_: Uint8Array, view: DataView) => view.setUint16(ROOT + 0x1e, 0, true), 'bad-cli-metadata'],
    [
      'more rows than bytes',
      (_: Uint8Array, view: DataView) => view.setUint32(TABLES + 24, 0xffff_ffff, true),
      'bad-cli-metadata',
    ],
    ['a method without body', (bytes: Uint8Array) => bytes.fill(0, 0x250, 0x251), 'bad-cli-method'],
    [
      'a method longer than the bytes',
      (_: Uint8Array, view: DataView) => view.setUint32(0x280, 0x7fff_ffff, true),
      'bad-cli-method',
    ],
  ] as const) {
    it(`with ${what} are a problem, not an exception`, () => {
      const image = parse(change);
      assert.ok(codes(image).includes(code), codes(image).join(' '));
      assertSound(image, ASSEMBLY.length);
    });
  }

  it('count as methods what lies outside the assembly, too', () => {
    // In raw memory: the first method's RVA leads behind the metadata.
    const image = parse((bytes, view) => {
      bytes.fill(0, 0, 0x200);
      bytes.fill(0x01, 0xa00);
      const row = findRow(view, 0x2050);
      view.setUint32(row, 0x2000 + 0xc00 - 0x200, true);
      bytes[0xc00] = (20 << 2) | 2;
    }, 'raw');
    assert.ok(image.code.length > 0);
    assert.ok(image.cli?.offsets.includes(0xc01));
    assertSound(image, ASSEMBLY.length);
  });

  it('count bodies that overlap once', () => {
    // Every body made as long as the rest of the section.
    const image = parse((_, view) => view.setUint32(0x280, 0x300, true));
    assert.ok(codes(image).includes('overlapping-cli-methods'));
    assertSound(image, ASSEMBLY.length);
  });

  it('are sound whatever is changed in them', () => {
    const bytes = ASSEMBLY.slice();
    let state = 1;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state >>> 8;
    };
    let past = 0;
    const runs = 20_000;
    for (let run = 0; run < runs; run++) {
      const changed: number[] = [];
      for (let n = random() % 6; n >= 0; n--) {
        // Half of them in headers and tables, where structure is.
        const at = (random() & 1) === 0 ? ROOT + (random() % 0x400) : random() % ASSEMBLY.length;
        bytes[at] = random();
        changed.push(at);
      }
      const layout = (['file', 'mapped', 'raw'] as const)[run % 3] ?? 'raw';
      const image = parseImage(bytes, layout);
      assertSound(image, bytes.length);
      if ((image.cli?.rvas.length ?? 0) > 0) past++;
      for (const at of changed) bytes[at] = ASSEMBLY[at] ?? 0;
    }
    assert.ok(past / runs > 0.3, `${past} of ${runs} past the headers`);
  });
});
