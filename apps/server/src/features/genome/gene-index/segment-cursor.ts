import { type Columns, firstAtLeast, NO_ENTRIES } from './columns.ts';
import type { Segment } from './segment.ts';

/** The entries of a segment from the least gene to the greatest, with one chunk in memory at a time. */
export class SegmentCursor {
  readonly #segment: Segment;
  #chunk = 0;
  #blocks: Generator<{ readonly entries: Columns }> | null = null;
  #pending: Columns = NO_ENTRIES;

  constructor(segment: Segment) {
    this.#segment = segment;
  }

  /**
   * The entries below a high half (2^32: all that are left), in parts. Where it is no edge of a block of this
   * segment, the block must be sorted.
   */
  take(below: number): readonly Columns[] {
    const parts: Columns[] = [];
    for (;;) {
      if (this.#pending.high.length === 0 && !this.#next(below)) return parts;
      const { high, low, value } = this.#pending;
      const last = high[high.length - 1] ?? 0;
      if (last < below) {
        parts.push(this.#pending);
        this.#pending = NO_ENTRIES;
        continue;
      }
      const cut = firstAtLeast(high, 0, high.length, below);
      if (cut > 0)
        parts.push({ high: high.subarray(0, cut), low: low.subarray(0, cut), value: value.subarray(0, cut) });
      this.#pending = { high: high.subarray(cut), low: low.subarray(cut), value: value.subarray(cut) };
      return parts;
    }
  }

  #next(below: number): boolean {
    for (;;) {
      if (this.#blocks === null) {
        if (this.#chunk >= this.#segment.chunks || this.#segment.chunkStart(this.#chunk) >= below) return false;
        this.#blocks = this.#segment.blocks(this.#chunk, this.#segment.readChunk(this.#chunk));
        this.#chunk++;
      }
      const next = this.#blocks.next();
      if (next.done !== true) {
        this.#pending = next.value.entries;
        return true;
      }
      this.#blocks = null;
    }
  }
}
