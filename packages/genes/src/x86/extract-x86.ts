import type { CodeRange, Image } from '@genehound/binary';
import { Columns } from '../columns.ts';
import type { Draft } from '../extract-genome.ts';
import { BlockBuilder } from './block-builder.ts';
import { Decoder, PADDING } from './decoder.ts';
import { MARK, resynchronise, type Sweep, sweepLinearly } from './marks.ts';

export function extractX86(bytes: Uint8Array, image: Image, draft: Draft): void {
  const decoder = new Decoder();
  const builder = new BlockBuilder(decoder, draft);
  for (const range of image.code) {
    const sweep = prepareSweep(bytes, range, decoder);
    const known = knownStarts(range, image);
    for (const at of known.starts) sweep.marks[at] = MARK.known;
    sweepLinearly(sweep);
    resynchronise(sweep);
    builder.run(sweep, range.rva, known.ends);
  }
}

/** A copy with padding, so that the decoder needs no bounds check per byte. */
export function prepareSweep(bytes: Uint8Array, range: CodeRange, decoder: Decoder): Sweep {
  const buffer = new Uint8Array(range.size + PADDING);
  buffer.set(bytes.subarray(range.offset, range.offset + range.size));
  decoder.attach(buffer, range.size);
  const marks = new Uint8Array(range.size);
  return { decoder, bytes: buffer, end: range.size, marks, callTargets: new Columns(1, range.size >> 8) };
}

interface Known {
  /** Indexes into the range. */
  readonly starts: Uint32Array;
  /** End of each start whose source tells its size. */
  readonly ends: ReadonlyMap<number, number>;
}

function knownStarts(range: CodeRange, image: Image): Known {
  const { rvas, sizes } = image.functions;
  const starts = new Columns(1, rvas.length);
  const ends = new Map<number, number>();
  for (let i = 0; i < rvas.length; i++) {
    const at = (rvas[i] ?? 0) - range.rva;
    if (at < 0 || at >= range.size) continue;
    starts.push(at);
    const size = sizes[i] ?? 0;
    if (size > 0) ends.set(at, at + size);
  }
  return { starts: starts.column(0), ends };
}
