import type { CodeRange, Image } from '@genehound/binary';

/** Function starts that the image's tables name, as indexes into one code range, ascending. */
export interface KnownStarts {
  readonly starts: Uint32Array;
  readonly ends: KnownEnds;
}

/** Ends of known functions, asked for in ascending order of their starts. */
export class KnownEnds {
  readonly #starts: Uint32Array;
  readonly #sizes: Uint32Array;
  #next = 0;

  constructor(starts: Uint32Array, sizes: Uint32Array) {
    this.#starts = starts;
    this.#sizes = sizes;
  }

  /** Where the function that starts at `at` ends; 0 where none is known to, or its source does not tell its size. */
  of(at: number): number {
    let next = this.#next;
    while ((this.#starts[next] ?? Number.POSITIVE_INFINITY) < at) next++;
    this.#next = next;
    const size = this.#starts[next] === at ? (this.#sizes[next] ?? 0) : 0;
    return size > 0 ? at + size : 0;
  }
}

export function knownStarts(range: CodeRange, image: Image): KnownStarts {
  const { rvas, sizes } = image.functions;
  const from = firstFrom(rvas, range.rva);
  const to = firstFrom(rvas, range.rva + range.size);
  const starts = rvas.subarray(from, to).map((rva) => rva - range.rva);
  return { starts, ends: new KnownEnds(starts, sizes.subarray(from, to)) };
}

/** Index of the first RVA that is not below `rva`. */
function firstFrom(rvas: Uint32Array, rva: number): number {
  let low = 0;
  let high = rvas.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rvas[middle] ?? 0) < rva) low = middle + 1;
    else high = middle;
  }
  return low;
}
