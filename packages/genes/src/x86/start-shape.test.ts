import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SHAPE_32, SHAPE_64 } from './start-shape.ts';

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('the first instruction of a function', () => {
  for (const [shape, hex, isStart] of [
    [SHAPE_32, '55', true],
    [SHAPE_32, '8bff', true],
    [SHAPE_32, '8bc0', false],
    [SHAPE_32, '8d4c2404', true],
    [SHAPE_32, '8d4c2408', false],
    [SHAPE_32, '8d4c2504', false],
    [SHAPE_32, '8d442404', false],
    [SHAPE_32, '83ec10', true],
    [SHAPE_32, '81ec00010000', true],
    [SHAPE_32, '83c410', false],
    [SHAPE_64, '53', true],
    [SHAPE_64, '4154', true],
    [SHAPE_64, '4190', false],
    [SHAPE_64, '4883ec08', true],
    [SHAPE_64, '4881ec00020000', true],
    [SHAPE_64, '4883c408', false],
    [SHAPE_64, '', false],
  ] as const) {
    const mode = shape === SHAPE_32 ? 32 : 64;
    it(`${hex || 'nothing'}, ${mode} bits: ${isStart ? 'yes' : 'no'}`, () =>
      assert.equal(shape.looksLikeStart(bytesOf(hex), 0), isStart));
  }

  it('may have a landing before it, of its own mode', () => {
    const wide = bytesOf('f30f1efa55');
    const narrow = bytesOf('f30f1efb55');
    assert.deepEqual(
      [wide, narrow].map((bytes) => [SHAPE_64, SHAPE_32].map((shape) => shape.landingBefore(bytes, 4))),
      [
        [4, 0],
        [0, 4],
      ],
    );
  });
});
