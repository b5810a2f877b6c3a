import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseImage } from '@genehound/binary';
import { Decoder } from './decoder.ts';
import { readSpecs } from './spec.ts';
import { surveyCode } from './survey.ts';

describe('the first sweep alone', () => {
  // call +1, nop, push rbp, call back to the push, ret
  const code = Uint8Array.from(Buffer.from('e8010000009055e8faffffffc3', 'hex'));

  it('counts instructions and the places that calls lead to', () => {
    for (const instructionSet of ['x86-64', 'x86'] as const) {
      assert.deepEqual(surveyCode(code, parseImage(code, 'raw', { instructionSet })), {
        instructions: 5,
        callTargets: 1,
      });
    }
  });

  it('finds nothing where there is no x86', () => {
    for (const instructionSet of ['arm64', 'cil'] as const) {
      assert.deepEqual(surveyCode(code, parseImage(code, 'raw', { instructionSet })), {
        instructions: 0,
        callTargets: 0,
      });
    }
    const nothing = parseImage(code, 'file');
    assert.equal(surveyCode(code, nothing).instructions, 0);
  });
});

describe('tables and buffers that we write ourselves', () => {
  it('are refused where they are wrong', () => {
    for (const [line, what] of [
      ['0F.X9.10 add Ev,Gv', /unknown part/],
      ['0F.zz add Ev,Gv', /no opcode/],
      ['V.10 add Ev,Gv', /no such map/],
    ] as const) {
      assert.throws(() => readSpecs([line]), what, line);
    }
    assert.throws(() => new Decoder(64).attach(code(20), 20), RangeError);
  });
});

const code = (size: number): Uint8Array => new Uint8Array(size);
