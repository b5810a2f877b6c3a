import type { CodeRange, Image } from '@genehound/binary';
import type { Draft } from '../extract-genome.ts';
import { BlockBuilder } from './block-builder.ts';
import { Decoder, PADDING } from './decoder.ts';
import { MARK, resynchronise, type Sweep, sweepLinearly } from './marks.ts';

export function extractX86(bytes: Uint8Array, image: Image, draft: Draft): void {
  const decoder = new Decoder();
  const builder = new BlockBuilder(decoder, draft);
  for (const range of image.code) {
    const sweep = prepare(bytes, range, decoder);
    markKnown(sweep, range, image);
    sweepLinearly(sweep);
    resynchronise(sweep);
    builder.run(sweep, range.rva, knownEnds(range, image));
  }
}

/** A copy with padding, so that the decoder needs no bounds check per byte. */
function prepare(bytes: Uint8Array, range: CodeRange, decoder: Decoder): Sweep {
  const buffer = new Uint8Array(range.size + PADDING);
  buffer.set(bytes.subarray(range.offset, range.offset + range.size));
  decoder.attach(buffer, range.size);
  return { decoder, bytes: buffer, end: range.size, marks: new Uint8Array(range.size) };
}

function markKnown(sweep: Sweep, range: CodeRange, image: Image): void {
  for (const rva of image.functions.rvas) {
    const at = rva - range.rva;
    if (at >= 0 && at < range.size) sweep.marks[at] = (sweep.marks[at] ?? 0) | MARK.known;
  }
}

/** End of each known function, by its start, where the source tells its size. Indexes into the range. */
function knownEnds(range: CodeRange, image: Image): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  image.functions.rvas.forEach((rva, i) => {
    const size = image.functions.sizes[i] ?? 0;
    const at = rva - range.rva;
    if (size > 0 && at >= 0 && at < range.size) ends.set(at, at + size);
  });
  return ends;
}
