import type { CodeRange, FunctionStarts } from './types.ts';

/** As many as an image of 4 GiB full of the shortest functions has; keeps a lying table from filling memory. */
const MAX_STARTS = 1 << 22;

/** Gathers claimed function starts and keeps those that lie in code. A size from any source beats none. */
export class StartCollector {
  #keys = new Float64Array(1024);
  #count = 0;
  readonly #code: readonly CodeRange[];

  constructor(code: readonly CodeRange[]) {
    this.#code = code;
  }

  get full(): boolean {
    return this.#count >= MAX_STARTS;
  }

  /** `size` 0 where the source does not know it. */
  add(rva: number, size: number): void {
    if (this.full || !(rva >= 0) || !this.#inCode(rva)) return;
    if (this.#count === this.#keys.length) {
      const bigger = new Float64Array(this.#count * 2);
      bigger.set(this.#keys);
      this.#keys = bigger;
    }
    // RVA above, bounded size below: sorting the sum sorts by RVA and leaves the largest size last.
    const bounded = size > 0 && size < 0x1f_ffff ? size : 0;
    this.#keys[this.#count++] = rva * 0x20_0000 + bounded;
  }

  finish(): FunctionStarts {
    const keys = this.#keys.subarray(0, this.#count).sort();
    const rvas = new Uint32Array(keys.length);
    const sizes = new Uint32Array(keys.length);
    let count = 0;
    for (const key of keys) {
      const rva = Math.floor(key / 0x20_0000);
      if (count === 0 || rvas[count - 1] !== rva) rvas[count++] = rva;
      sizes[count - 1] = key - rva * 0x20_0000;
    }
    return { rvas: rvas.slice(0, count), sizes: sizes.slice(0, count) };
  }

  #inCode(rva: number): boolean {
    let low = 0;
    let high = this.#code.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const range = this.#code[middle];
      if (range === undefined) return false;
      if (rva < range.rva) high = middle - 1;
      else if (rva >= range.rva + range.size) low = middle + 1;
      else return true;
    }
    return false;
  }
}

export const NO_STARTS: FunctionStarts = { rvas: new Uint32Array(0), sizes: new Uint32Array(0) };
