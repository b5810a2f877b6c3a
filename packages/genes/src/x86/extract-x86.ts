import type { CodeRange, Image, InstructionSet, Problem } from '@genehound/binary';
import { Columns } from '../columns.ts';
import type { Draft } from '../extraction/extractor.ts';
import { FunctionTracker } from '../extraction/function-tracker.ts';
import { knownStarts } from '../extraction/known-starts.ts';
import { MARK } from '../extraction/mark.ts';
import { BlockBuilder } from './block-builder.ts';
import { PADDING } from './byte-table.ts';
import { Decoder } from './decoder.ts';
import { FastBlocks } from './fast-blocks.ts';
import { type FastCode, fastCode } from './fast-code.ts';
import { resynchronise, type Sweep, sweepLinearly } from './marks.ts';
import { SHAPE_32, SHAPE_64 } from './start-shape.ts';

/** Modes of the decoder. */
export const BITS = { x86: 32, 'x86-64': 64, arm64: undefined, cil: undefined } as const satisfies Record<
  InstructionSet,
  unknown
>;

/** x86-64 and x86-32. */
export function extractX86(bytes: Uint8Array, image: Image, draft: Draft): readonly Problem[] {
  return extract(bytes, image, draft, fastCode);
}

/** The same without WebAssembly: for where there is none, and to prove that it makes no difference. */
export function extractX86Plainly(bytes: Uint8Array, image: Image, draft: Draft): readonly Problem[] {
  return extract(bytes, image, draft, () => null);
}

function extract(
  bytes: Uint8Array,
  image: Image,
  draft: Draft,
  fastFor: (size: number) => FastCode | null,
): readonly Problem[] {
  const instructionSet = image.instructionSet === 'x86' ? 'x86' : 'x86-64';
  const decoder = new Decoder(BITS[instructionSet]);
  const functions = new FunctionTracker(instructionSet, draft, decoder.narrow ? SHAPE_32 : SHAPE_64);
  const builder = new BlockBuilder(instructionSet, decoder, draft, functions);
  for (const range of image.code) {
    const fast = fastFor(range.size);
    const sweep = fast?.attach(bytes, range, decoder) ?? prepareSweep(bytes, range, decoder);
    const { starts, ends } = knownStarts(range, image);
    for (let i = 0; i < starts.length; i++) sweep.marks[starts[i] ?? 0] = MARK.known;
    functions.startRange(range.rva, sweep.bytes, sweep.marks);
    if (fast === null) {
      sweepLinearly(sweep);
      resynchronise(sweep);
      builder.run(sweep, range.rva, ends);
    } else {
      fast.sweep();
      const blocks = new FastBlocks(draft, functions, sweep.marks, ends, range.rva);
      const { instructions, codeBytes } = fast.cutBlocks((cells, count, calls) => blocks.take(cells, count, calls));
      draft.instructions += instructions;
      draft.codeBytes += codeBytes;
    }
    functions.close();
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
