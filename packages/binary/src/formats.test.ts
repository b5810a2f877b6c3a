import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectFrameStarts, readFrameHeader } from './elf/eh-frame.ts';
import { detectFormat, parseImage } from './index.ts';
import { type Piece, reportPacking } from './packing.ts';
import { ProblemList } from './problem-list.ts';
import { Reader } from './reader.ts';
import { StartCollector } from './start-collector.ts';

describe('detectFormat', () => {
  it('tells a universal binary from a Java class file, which has the same magic', () => {
    const fat = (slices: readonly number[]): string => detectFormat(Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, ...slices));
    assert.equal(fat([0, 0, 0, 2]), 'macho');
    assert.equal(fat([0, 0, 0, 52]), 'raw');
    assert.equal(fat([0, 0, 0, 0]), 'raw');
    assert.equal(fat([0, 1, 0, 2]), 'raw');
    assert.equal(fat([]), 'raw');
  });

  it('wants the PE signature behind MZ, and says what it does not read', () => {
    const mz = new Uint8Array(0x80);
    mz.set([0x4d, 0x5a]);
    mz[0x3c] = 0x40;
    assert.equal(detectFormat(mz), 'raw');
    mz.set([0x50, 0x45], 0x40);
    assert.equal(detectFormat(mz), 'pe');
    for (const magic of [
      [0xce, 0xfa, 0xed, 0xfe],
      [0xfe, 0xed, 0xfa, 0xcf],
    ]) {
      const image = parseImage(Uint8Array.from(magic), 'file');
      assert.deepEqual(
        [image.format, image.instructionSet, image.problems[0]?.code],
        ['macho', null, 'unsupported-format'],
      );
    }
  });
});

describe('reportPacking', () => {
  let state = 1;
  const bytes = Uint8Array.from({ length: 0x8000 }, (_, i) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return i < 0x4000 ? state >>> 24 : 0x90;
  });
  const piece = (offset: number, executable: boolean, name = ''): Piece => ({
    name,
    offset,
    size: 0x4000,
    virtualSize: 0x4000,
    executable,
  });
  const found = (pieces: readonly Piece[]): readonly string[] => {
    const problems = new ProblemList();
    reportPacking(bytes, pieces, null, problems);
    return problems.list().map(({ code, message }) => `${code}: ${message}`);
  };
  const hollow: Piece = { name: 'a', offset: 0, size: 0, virtualSize: 0x9000, executable: true };

  it('takes an empty executable section beside dense data for a packer, not either alone', () => {
    const code = piece(0x4000, true);
    assert.match(found([code, piece(0, false), hollow])[0] ?? '', /^probably-packed: An executable section without/);
    assert.deepEqual(found([code, piece(0, false)]), []);
    assert.deepEqual(found([code, hollow]), []);
    assert.deepEqual(found([code, piece(0, false), { ...hollow, virtualSize: 100 }]), []);
    assert.deepEqual(found([code, piece(0, false), { ...hollow, executable: false }]), []);
  });

  it('names the packer by a section only where there are dense bytes', () => {
    assert.match(found([piece(0, true, 'UPX0')])[0] ?? '', /^packed: Packed by UPX/);
    assert.deepEqual(found([piece(0x4000, true, 'UPX0')]), []);
    assert.match(found([piece(0, true, '.text')])[0] ?? '', /^probably-packed: 100 %/);
  });
});

describe('.eh_frame', () => {
  /** Distances from the place of the pointer, or addresses, by the encoding of the CIE; each names 0x1010 + 0x30. */
  const frames = (
    encoding: number,
    augmentation: readonly number[],
    start: readonly number[],
    version = 1,
  ): Uint8Array => {
    const cie = [0, 0, 0, 0, version, ...augmentation, 0, 1, 0x78, 16, augmentation.length - 1, encoding];
    while (cie.length % 4 !== 0) cie.push(0);
    const fde = [...le(cie.length + 8, 4), ...start];
    return Uint8Array.from([...le(cie.length, 4), ...cie, ...le(fde.length, 4), ...fde, 0, 0, 0, 0]);
  };
  const le = (value: number, size: number): readonly number[] =>
    Array.from({ length: size }, (_, i) => Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i)) & 0xffn));
  const starts = (bytes: Uint8Array, pointer: 4 | 8, base = 0): readonly (readonly number[])[] => {
    const collector = new StartCollector([{ offset: 0, rva: 0x1000, size: 0x1000 }]);
    const table = { at: 0, rva: 0x800, size: bytes.length, pointer };
    assert.ok(collectFrameStarts(new Reader(bytes), table, base, collector));
    const { rvas, sizes } = collector.finish();
    return [...rvas].map((rva, i) => [rva, sizes[i] ?? 0]);
  };

  const ZR = [0x7a, 0x52] as const;
  for (const [what, encoding, pointer, start] of [
    ['absolute of the pointer, 64 bits', 0x00, 8, [...le(0x1010, 8), ...le(0x30, 8)]],
    ['absolute of the pointer, 32 bits', 0x00, 4, [...le(0x1010, 4), ...le(0x30, 4)]],
    ['16 bits', 0x02, 8, [...le(0x1010, 2), ...le(0x30, 2)]],
    ['32 bits', 0x03, 8, [...le(0x1010, 4), ...le(0x30, 4)]],
    ['64 bits', 0x04, 8, [...le(0x1010, 8), ...le(0x30, 8)]],
    ['16 bits with sign', 0x0a, 8, [...le(0x1010, 2), ...le(0x30, 2)]],
    ['32 bits with sign', 0x0b, 8, [...le(0x1010, 4), ...le(0x30, 4)]],
    ['64 bits with sign', 0x0c, 8, [...le(0x1010, 8), ...le(0x30, 8)]],
  ] as const) {
    it(`reads ${what}`, () => assert.deepEqual(starts(frames(encoding, ZR, start), pointer), [[0x1010, 0x30]]));
  }

  it('reads a length of 64 bits, and the entries of an augmentation before the encoding', () => {
    const fde = [...le(0x1010, 4), ...le(0x30, 4)];
    // Letter, and its bytes: a language-specific encoding, personality routines of 2, 4 and 8 bytes, signal frames, keys.
    for (const [letters, data] of [
      ['LR', [0x1b, 0x03]],
      ['PR', [0x02, 0, 0, 0x03]],
      ['PR', [0x03, 0, 0, 0, 0, 0x03]],
      ['PR', [0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0x03]],
      ['PR', [0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0x03]],
      ['SR', [0x03]],
      ['BR', [0x03]],
    ] as const) {
      for (const version of [1, 3]) {
        const text = [...`z${letters}`].map((letter) => letter.charCodeAt(0));
        // In version 3 the return register is a LEB128 of two bytes here.
        const register = version === 1 ? [16] : [0x90, 0];
        const cie = [0, 0, 0, 0, version, ...text, 0, 1, 0x78, ...register, data.length, ...data];
        while (cie.length % 4 !== 0) cie.push(0);
        const body = [...le(cie.length + 16, 4), ...fde];
        const bytes = [...le(cie.length, 4), ...cie, ...le(0xffff_ffff, 4), ...le(body.length, 8), ...body, 0, 0, 0, 0];
        assert.deepEqual(starts(Uint8Array.from(bytes), 8), [[0x1010, 0x30]], letters);
      }
    }
  });

  it('has absolute pointers without an augmentation or its encoding, from the base on', () => {
    for (const text of [[], [0x7a, 0x53]]) {
      const cie = [0, 0, 0, 0, 1, ...text, 0, 1, 0x78, 16, ...(text.length === 0 ? [] : [0])];
      while (cie.length % 4 !== 0) cie.push(0);
      const body = [...le(cie.length + 8, 4), ...le(0x40_1010, 8), ...le(0x30, 8)];
      const bytes = Uint8Array.from([...le(cie.length, 4), ...cie, ...le(body.length, 4), ...body, 0, 0, 0, 0]);
      assert.deepEqual(starts(bytes, 8, 0x40_0000), [[0x1010, 0x30]]);
    }
  });

  it('names nothing by an encoding that it does not know, or that is cut off', () => {
    const start = [...le(0x1010, 4), ...le(0x30, 4)];
    for (const encoding of [0x01, 0x09, 0x0f, 0x53, 0xff]) assert.deepEqual(starts(frames(encoding, ZR, start), 8), []);
    assert.deepEqual(starts(frames(0x03, [0x7a, 0x58, 0x52], start), 8), []);
    assert.deepEqual(starts(frames(0x03, ZR, [...le(0x1010, 4), ...le(0, 4)]), 8), []);
    for (const [form, size] of [
      [0x02, 2],
      [0x0a, 2],
      [0x03, 4],
      [0x0b, 4],
      [0x04, 8],
      [0x0c, 8],
    ] as const) {
      // The table ends with the start: neither it nor the size is whole.
      const whole = frames(form, ZR, [...le(0x1010, size), ...le(0x30, size)]);
      for (let length = 0; length < whole.length; length++) {
        const collector = new StartCollector([{ offset: 0, rva: 0x1000, size: 0x1000 }]);
        const cut = whole.subarray(0, length);
        collectFrameStarts(new Reader(cut), { at: 0, rva: 0x800, size: cut.length, pointer: 8 }, 0, collector);
        if (length < whole.length - 4) assert.equal(collector.finish().rvas.length, 0);
      }
    }
  });

  it('has a search table that is read only in the form that linkers write', () => {
    const header = (tableEncoding: number, countEncoding = 0x03, version = 1): Uint8Array =>
      Uint8Array.from([
        version,
        0x1b,
        countEncoding,
        tableEncoding,
        ...le(0x100, 4),
        ...le(1, 4),
        ...le(0x810, 4),
        ...le(0, 4),
      ]);
    const found = (bytes: Uint8Array, pointer: 4 | 8 = 8): readonly number[] => {
      const collector = new StartCollector([{ offset: 0, rva: 0x1000, size: 0x1000 }]);
      readFrameHeader(new Reader(bytes), 0, 0x800, 0, pointer)?.collect(collector);
      return [...collector.finish().rvas];
    };
    assert.deepEqual(found(header(0x3b)), [0x1010]);
    assert.deepEqual(found(header(0x3b), 4), [0x1010]);
    assert.deepEqual(found(header(0x1b)), []);
    assert.deepEqual(found(header(0x3b, 0xff)), []);
    assert.deepEqual(found(header(0x3b, 0x03, 2)), []);
    assert.deepEqual(found(header(0x3b).subarray(0, 7)), []);
  });
});
