import type { Image, Problem } from '@genehound/binary';
import type { Draft } from '../extraction/extractor.ts';
import { knownStarts } from '../extraction/known-starts.ts';
import { MARK } from '../extraction/mark.ts';
import { BlockBuilder } from './block-builder.ts';
import { Decoder } from './decoder.ts';
import { sweepCode } from './marks.ts';

let shared: Decoder | undefined;

/** The tables take some hundredths of a second to set up, so they are built once, by whoever first needs them. */
export function a64Decoder(): Decoder {
  shared ??= new Decoder();
  return shared;
}

/** A64. */
export function extractArm64(bytes: Uint8Array, image: Image, draft: Draft): readonly Problem[] {
  const decoder = a64Decoder();
  const builder = new BlockBuilder(decoder, draft);
  for (const range of image.code) {
    // `slice` of a Node Buffer would be no copy.
    const copy = new Uint8Array(range.size);
    copy.set(bytes.subarray(range.offset, range.offset + range.size));
    const marks = new Uint8Array(range.size);
    const known = knownStarts(range, image);
    for (const at of known.starts) marks[at] = MARK.known;
    builder.run(sweepCode(decoder, copy, range.rva, marks), copy, range.rva, known.ends);
  }
  return [];
}
