import type { GeneSet } from '@genehound/genes';

/** A set of genes to search many others for: open addressing in typed arrays, without an object per gene. */
export class GeneFilter {
  readonly #mask: number;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  /** The gene 0 is none; an empty place holds it. */
  readonly size: number;

  constructor(sets: readonly GeneSet[]) {
    const count = sets.reduce((sum, { high }) => sum + high.length, 0);
    const places = 2 ** Math.ceil(Math.log2(Math.max(16, count * 2)));
    this.#mask = places - 1;
    this.#high = new Uint32Array(places);
    this.#low = new Uint32Array(places);
    let size = 0;
    for (const { high, low } of sets) {
      for (let i = 0; i < high.length; i++) {
        const place = this.#find(high[i] ?? 0, low[i] ?? 0);
        if (this.#high[place] !== 0 || this.#low[place] !== 0) continue;
        this.#high[place] = high[i] ?? 0;
        this.#low[place] = low[i] ?? 0;
        size++;
      }
    }
    this.size = size;
  }

  hasAny({ high, low }: GeneSet): boolean {
    for (let i = 0; i < high.length; i++) {
      const place = this.#find(high[i] ?? 0, low[i] ?? 0);
      if (this.#high[place] !== 0 || this.#low[place] !== 0) return true;
    }
    return false;
  }

  /** Where the gene is, or the empty place where it would be. Half of the places are empty, so this ends. */
  #find(high: number, low: number): number {
    let place = (high ^ Math.imul(low, 0x9e3779b1)) & this.#mask;
    for (;;) {
      const h = this.#high[place];
      const l = this.#low[place];
      if ((h === high && l === low) || (h === 0 && l === 0)) return place;
      place = (place + 1) & this.#mask;
    }
  }
}
