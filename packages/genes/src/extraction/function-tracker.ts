import type { InstructionSet } from '@genehound/binary';
import type { Columns } from '../columns.ts';
import { A_MULTIPLIER, B_MULTIPLIER, finishHigh, finishLow, lowSeed, seedOf } from '../gene-hash.ts';
import { SCHEME } from '../genome.ts';
import type { Draft } from './extractor.ts';
import { ENDS_PATH, FLOW_KIND } from './flow-kind.ts';
import { MARK } from './mark.ts';

/** A shorter function is too common for its hash to be evidence. */
const MIN_INSTRUCTIONS = 10;

/** A jump further ahead goes from a cold part back to its function, or out of it. In bytes. */
const MAX_REACH = 0x1_0000;

/** How functions of an instruction set begin; indexes into the code of one range. */
export interface StartShape {
  /** Bytes before `at` that are padding to the blocks but belong to the function, as ENDBR64; else 0. */
  readonly landingBefore: (bytes: Uint8Array, at: number) => number;
  /** Whether the instructions at `at` are those that functions begin with. */
  readonly looksLikeStart: (bytes: Uint8Array, at: number) => boolean;
}

/**
 * Puts blocks together to functions: from a known start or call target on, or, where those are unknown, from behind
 * the place that no path and no jump of the function before leads past.
 */
export class FunctionTracker {
  readonly #rows: Columns;
  readonly #keepsAll: boolean;
  readonly #shape: StartShape;
  readonly #seed: number;
  readonly #lowSeed: number;
  #rva = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #marks: Uint8Array = new Uint8Array(0);
  #start = -1;
  #end = 0;
  #a = 0;
  #b = 0;
  #blocks = 0;
  #instructions = 0;
  /** Instructions that went into the hash. */
  #hashed = 0;
  /**
   * The hash ends where the code alone would end the function, even where unwind tables say that it goes on, so that
   * it is the same where they are absent.
   */
  #hashEnded = false;
  #genes = 0;
  #broken = false;
  /** Furthest place that a jump of this function leads to. */
  #reach = 0;
  #knownEnd = 0;
  /** An indirect jump may lead anywhere: the function's end cannot be told from its jumps. */
  #opaque = false;
  /** Nothing falls through from the block before. */
  #pathEnded = false;
  /** Rows: caller's row in `#rows`, callee's RVA. */
  readonly #calls: Columns;
  /** Calls of the current function start here. */
  #firstCall = 0;
  /** Where the calls of the block that is being decoded lead; only behind it is it known whose block it is. */
  #waiting = new Int32Array(64);
  #waitingCount = 0;

  constructor(instructionSet: InstructionSet, draft: Draft, shape: StartShape) {
    this.#rows = draft.functions;
    this.#calls = draft.calls;
    this.#keepsAll = draft.keepsAll;
    this.#shape = shape;
    this.#seed = seedOf(SCHEME, instructionSet, 'function');
    this.#lowSeed = lowSeed(this.#seed);
  }

  startRange(rva: number, bytes: Uint8Array, marks: Uint8Array): void {
    this.#rva = rva;
    this.#bytes = bytes;
    this.#marks = marks;
  }

  open(at: number, knownEnd: number): void {
    this.close();
    this.#start = at;
    this.#firstCall = this.#calls.rows;
    this.#a = this.#seed;
    this.#b = this.#lowSeed;
    this.#blocks = 0;
    this.#instructions = 0;
    this.#hashed = 0;
    this.#hashEnded = false;
    this.#genes = 0;
    this.#broken = false;
    this.#reach = at;
    this.#knownEnd = knownEnd - 1;
    this.#opaque = false;
    this.#pathEnded = false;
  }

  /** A direct call in the block that `enter` will be called for; `target` is its place in the range. */
  call(target: number): void {
    if (this.#waitingCount === this.#waiting.length) {
      const bigger = new Int32Array(this.#waitingCount * 2);
      bigger.set(this.#waiting);
      this.#waiting = bigger;
    }
    this.#waiting[this.#waitingCount++] = target;
  }

  /** For each block, once it is decoded: opens a function where the one before has ended. */
  enter(at: number): void {
    this.#choose(at);
    for (let i = 0; i < this.#waitingCount; i++) this.#addCall(this.#waiting[i] ?? 0);
    this.#waitingCount = 0;
  }

  #addCall(target: number): void {
    if (target < 0 || target >= this.#marks.length || target === this.#start) return;
    const cell = this.#calls.add();
    this.#calls.set(cell, this.#rows.rows);
    this.#calls.set(cell + 1, this.#rva + target);
  }

  #choose(at: number): void {
    const over = this.#start < 0 || (this.#pathEnded && this.#isOver(at));
    this.#pathEnded = false;
    if (!over) return;
    if (at <= this.#knownEnd && this.#start >= 0) {
      this.#hashEnded = true;
      return;
    }
    this.open(at - this.#shape.landingBefore(this.#bytes, at), 0);
  }

  /**
   * A block of the current function; `a` and `b` are the state of its exact hash. `whole` is false where it ran into
   * bytes that are no code.
   */
  add(a: number, b: number, instructions: number, end: number, whole: boolean, gene: boolean): void {
    this.#instructions += instructions;
    this.#end = end;
    if (gene) this.#genes++;
    if (this.#hashEnded) return;
    this.#absorb(a);
    this.#absorb(b);
    this.#blocks++;
    this.#hashed += instructions;
    if (!whole) this.#broken = true;
  }

  #absorb(word: number): void {
    let a = Math.imul(this.#a ^ word, A_MULTIPLIER);
    a ^= a >>> 15;
    const b = Math.imul(this.#b + word, B_MULTIPLIER);
    this.#a = a;
    this.#b = (((b << 13) | (b >>> 19)) + a) | 0;
  }

  /** Functions with neither a gene nor a hash say nothing: import stubs, mostly. */
  close(): void {
    const start = this.#start;
    this.#start = -1;
    if (start < 0) return;
    const hashed = this.#hashed >= MIN_INSTRUCTIONS && !this.#broken;
    if (!hashed && this.#genes === 0 && !this.#keepsAll) {
      this.#calls.rows = this.#firstCall;
      return;
    }
    const words = this.#blocks * 2;
    const low = finishLow(this.#a, this.#b, words);
    const cell = this.#rows.add();
    this.#rows.set(cell, this.#rva + start);
    this.#rows.set(cell + 1, this.#end - start);
    this.#rows.set(cell + 2, this.#instructions);
    this.#rows.set(cell + 3, hashed ? finishHigh(this.#a, low, words) : 0);
    this.#rows.set(cell + 4, hashed ? low : 0);
  }

  /**
   * Behind a block's last instruction. `target` is where its relative jump leads, or -1; `opaque` where an indirect
   * jump may lead anywhere: a switch, not a jump through a fixed slot (an import), which leaves the function.
   */
  follow(next: number, flow: number, target: number, opaque: boolean): void {
    if (target >= 0 && this.#leaves(target, flow)) this.#addCall(target);
    else if (target > this.#reach && target - next < MAX_REACH) this.#reach = target;
    if (opaque) this.#opaque = true;
    if (ENDS_PATH[flow] === 1) this.#pathEnded = true;
  }

  #leaves(target: number, flow: number): boolean {
    return flow === FLOW_KIND.jump && ((this.#marks[target] ?? 0) & (MARK.callTarget | MARK.known)) !== 0;
  }

  /** Nothing falls through from the last block. */
  endPath(): void {
    this.#pathEnded = true;
  }

  /**
   * Whether the block at `at`, which no path of the function falls into, starts another one: none of the function's
   * jumps leads that far, or it looks like a start and no jump leads to it.
   */
  #isOver(at: number): boolean {
    if (at > this.#reach) return !this.#opaque || this.#looksLikeStart(at);
    return ((this.#marks[at] ?? 0) & MARK.jumpTarget) === 0 && this.#looksLikeStart(at);
  }

  #looksLikeStart(at: number): boolean {
    return this.#shape.looksLikeStart(this.#bytes, at) || this.#shape.landingBefore(this.#bytes, at) !== 0;
  }
}
