import type { CodeRange, Image } from '@genehound/binary';
import { Columns } from '../columns.ts';

/** Function starts that the image's tables name, as indexes into one code range. */
export interface KnownStarts {
  readonly starts: Uint32Array;
  /** End of each start whose source tells its size. */
  readonly ends: ReadonlyMap<number, number>;
}

export function knownStarts(range: CodeRange, image: Image): KnownStarts {
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
