import type { Draft } from '../extraction/extractor.ts';
import { FLOW_KIND } from '../extraction/flow-kind.ts';
import type { FunctionTracker } from '../extraction/function-tracker.ts';
import type { KnownEnds } from '../extraction/known-starts.ts';
import { MARK } from '../extraction/mark.ts';
import { BLOCK, FAST } from './fast-layout.ts';

const FIRST_CALL = FAST.CALLS / 4;

/** Puts the blocks of one code range that WebAssembly found into the draft and together to functions. */
export class FastBlocks {
  readonly #draft: Draft;
  readonly #functions: FunctionTracker;
  readonly #marks: Uint8Array;
  readonly #ends: KnownEnds;
  readonly #rva: number;

  constructor(draft: Draft, functions: FunctionTracker, marks: Uint8Array, ends: KnownEnds, rva: number) {
    this.#draft = draft;
    this.#functions = functions;
    this.#marks = marks;
    this.#ends = ends;
    this.#rva = rva;
  }

  take(cells: Int32Array, count: number, calls: number): void {
    const functions = this.#functions;
    let call = FIRST_CALL;
    let at = FAST.BLOCKS / 4;
    for (let i = 0; i < count; i++, at += FAST.BLOCK_WIDTH / 4) {
      const from = cells[at] ?? 0;
      const next = cells[at + 1] ?? 0;
      const flags = cells[at + 2] ?? 0;
      if ((flags & BLOCK.endsPath) !== 0) functions.endPath();
      if ((flags & BLOCK.opens) !== 0) functions.open(from, this.#ends.of(from));
      const lastCall = FIRST_CALL + (cells[at + 7] ?? 0);
      while (call < lastCall) functions.call(cells[call++] ?? 0);
      if ((flags & BLOCK.hasCode) !== 0) this.#add(cells, at, flags);
      const flow = flags >> BLOCK.flowShift;
      if (flow !== FLOW_KIND.next) functions.follow(next, flow, cells[at + 6] ?? 0, (flags & BLOCK.opaque) !== 0);
      if ((flags & BLOCK.passedKnown) !== 0) this.#openInside(from, next);
    }
    // Of the block that is not listed yet: it has more calls than the list holds.
    while (call < FIRST_CALL + calls) functions.call(cells[call++] ?? 0);
  }

  #add(cells: Int32Array, at: number, flags: number): void {
    const functions = this.#functions;
    const start = cells[at + 3] ?? 0;
    const end = cells[at + 4] ?? 0;
    const gene = (flags & BLOCK.gene) !== 0;
    functions.enter(start);
    if (gene) {
      const { blocks, functions: rows } = this.#draft;
      const cell = blocks.add();
      blocks.set(cell, this.#rva + start);
      blocks.set(cell + 1, end - start);
      blocks.set(cell + 2, rows.rows);
      for (let i = 0; i < 4; i++) blocks.set(cell + 3 + i, cells[at + 10 + i] ?? 0);
    }
    const whole = (flags & BLOCK.keep) !== 0;
    functions.add(cells[at + 8] ?? 0, cells[at + 9] ?? 0, cells[at + 5] ?? 0, end, whole, gene);
  }

  /** As `BlockBuilder`: a known start does not cut a block; the function begins with the next one. */
  #openInside(from: number, to: number): void {
    const both = MARK.known | MARK.start;
    for (let at = to - 1; at > from; at--) {
      if (((this.#marks[at] ?? 0) & both) !== both) continue;
      this.#functions.open(at, this.#ends.of(at));
      return;
    }
  }
}
