import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseImage } from '@genehound/binary';
import fc from 'fast-check';
import { Columns } from '../columns.ts';
import { FLOW_KIND } from '../extraction/flow-kind.ts';
import { MARK } from '../extraction/mark.ts';
import { PADDING } from './byte-table.ts';
import { Decoder } from './decoder.ts';
import { FLAG, FLOW } from './forms.ts';
import { displacementOf, resynchronise, type Sweep, skipZeros, sweepLinearly } from './marks.ts';

function prepare(code: Uint8Array, bits: 32 | 64): Sweep {
  const bytes = new Uint8Array(code.length + PADDING);
  bytes.set(code);
  const decoder = new Decoder(bits);
  decoder.attach(bytes, code.length);
  return { decoder, bytes, end: code.length, marks: new Uint8Array(code.length), callTargets: new Columns(1, 16) };
}

/** The same sweep with the full decoder alone. */
function plainSweep({ decoder, bytes, end, marks }: Sweep): void {
  const set = (at: number, bit: number): void => {
    if (at >= 0 && at < end) marks[at] = (marks[at] ?? 0) | bit;
  };
  for (let at = 0; at < end; ) {
    const filled = skipZeros(bytes, at, end);
    if (filled !== at) {
      at = filled;
      continue;
    }
    const length = decoder.decode(at);
    if (length === 0) {
      at++;
      continue;
    }
    set(at, MARK.start);
    at += length;
    if ((decoder.flags & FLAG.relative) === 0) continue;
    const target = at + displacementOf(bytes, decoder.immediateAt, decoder.immediateSize);
    const calls = FLOW[decoder.form] === FLOW_KIND.call;
    if (decoder.narrow && ((decoder.context & 3) === 0 || (calls && target === at))) continue;
    set(target, calls ? MARK.callTarget : MARK.jumpTarget);
  }
}

function assertSame(code: Uint8Array): void {
  for (const bits of [64, 32] as const) {
    const light = prepare(code, bits);
    const plain = prepare(code, bits);
    sweepLinearly(light);
    plainSweep(plain);
    assert.deepEqual(light.marks, plain.marks);
  }
}

describe('first sweep', () => {
  it('marks what the full decoder marks, on random bytes', () => {
    const opcode = fc.constantFrom(0x0f, 0x48, 0x66, 0xe8, 0x74, 0x8b, 0x89, 0xc7, 0x41, 0xf7, 0x00, 0xff);
    const bytes = fc.array(fc.oneof(opcode, fc.nat(255)), { maxLength: 300 });
    fc.assert(
      fc.property(bytes, (list) => assertSame(Uint8Array.from(list))),
      { numRuns: 5000 },
    );
  });

  it('marks what the full decoder marks, on real code', { skip: !existsSync('/bin/bash') }, () => {
    const file = readFileSync('/bin/bash');
    for (const { offset, size } of parseImage(file, 'file').code) assertSame(file.subarray(offset, offset + size));
  });

  it('starts again at a call target that data had swallowed', () => {
    // call +7; jmp over data; data that looks like a long instruction; the function; zeros.
    const code = Uint8Array.from([
      0xe8, 0x03, 0, 0, 0, 0xeb, 0x06, 0x48, 0xb8, 0xc3, 0x90, 0x90, 0x90, 0xc3, 0xcc, 0xcc, 0xcc, 0xcc,
    ]);
    code[1] = 4;
    const sweep = prepare(code, 64);
    sweepLinearly(sweep);
    assert.equal((sweep.marks[9] ?? 0) & MARK.start, 0);
    resynchronise(sweep);
    assert.equal((sweep.marks[9] ?? 0) & MARK.start, MARK.start);
    assert.equal((sweep.marks[7] ?? 0) & MARK.start, 0);
  });
});
