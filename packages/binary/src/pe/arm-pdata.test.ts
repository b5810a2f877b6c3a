import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseImage } from '../index.ts';

/** A PE32+ for ARM64 with one section at RVA 0x1000: code, then at 0x1100 `.pdata` of these pairs, at 0x1180 `.xdata`. */
function armPe(pairs: readonly (readonly [begin: number, data: number])[]): Uint8Array {
  const bytes = new Uint8Array(0x400);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4d, 0x5a]);
  view.setUint32(0x3c, 0x40, true);
  bytes.set([0x50, 0x45, 0, 0, 0x64, 0xaa, 1], 0x40);
  view.setUint16(0x54, 240, true);
  view.setUint16(0x58, 0x20b, true);
  view.setUint32(0x58 + 108, 16, true);
  // Data directory 3.
  view.setUint32(0x58 + 112 + 24, 0x1100, true);
  view.setUint32(0x58 + 112 + 28, pairs.length * 8, true);
  const section = 0x58 + 240;
  for (const [at, value] of [
    [8, 0x200],
    [12, 0x1000],
    [16, 0x200],
    [20, 0x200],
    [36, 0x6000_0020],
  ] as const) {
    view.setUint32(section + at, value, true);
  }
  pairs.forEach(([begin, data], i) => {
    view.setUint32(0x300 + i * 8, begin, true);
    view.setUint32(0x304 + i * 8, data, true);
  });
  // .xdata: 5 words of function, and bits that do not belong to the length.
  view.setUint32(0x380, 0xfffc_0005, true);
  return bytes;
}

it('reads .pdata of ARM64: records, packed lengths, and no parts of functions', () => {
  const { instructionSet, functions } = parseImage(
    armPe([
      [0x1000, 0x1180],
      [0x1020, (3 << 2) | 1],
      [0x1040, (3 << 2) | 2],
      [0, 0x1180],
      [0x1060, 0x9000_0000],
      [0x9_0000, (3 << 2) | 1],
    ]),
    'file',
  );
  assert.equal(instructionSet, 'arm64');
  assert.deepEqual([...functions.rvas], [0x1000, 0x1020, 0x1060]);
  assert.deepEqual([...functions.sizes], [20, 12, 0]);
});
