import type { CodeRange, Image, InstructionSet, Problem } from '@genehound/binary';
import { Columns } from '../columns.ts';
import type { Draft } from '../extraction/extractor.ts';
import { knownStarts } from '../extraction/known-starts.ts';
import { MARK } from '../extraction/mark.ts';
import { BlockBuilder } from './block-builder.ts';
import { Decoder, PADDING } from './decoder.ts';
import { resynchronise, type Sweep, sweepLinearly } from './marks.ts';

/** Modes of the decoder. */
export const BITS = { x86: 32, 'x86-64': 64, arm64: undefined, cil: undefined } as const satisfies Record<
  InstructionSet,
  unknown
>;

/** x86-64 and x86-32. */
export function extractX86(bytes: Uint8Array, image: Image, draft: Draft): readonly Problem[] {
  const instructionSet = image.instructionSet === 'x86' ? 'x86' : 'x86-64';
  const decoder = new Decoder(BITS[instructionSet]);
  const builder = new BlockBuilder(instructionSet, decoder, draft);
  for (const range of image.code) {
    const sweep = prepareSweep(bytes, range, decoder);
    const known = knownStarts(range, image);
    for (const at of known.starts) sweep.marks[at] = MARK.known;
    sweepLinearly(sweep);
    resynchronise(sweep);
    builder.run(sweep, range.rva, known.ends);
  }
  return [];
}

/** A copy with padding, so that the decoder needs no bounds check per byte. */
export function prepareSweep(bytes: Uint8Array, range: CodeRange, decoder: Decoder): Sweep {
  const buffer = new Uint8Array(range.size + PADDING);
  buffer.set(bytes.subarray(range.offset, range.offset + range.size));
  decoder.attach(buffer, range.size);
  const marks = new Uint8Array(range.size);
  return { decoder, bytes: buffer, end: range.size, marks, callTargets: new Columns(1, range.size >> 8) };
}
