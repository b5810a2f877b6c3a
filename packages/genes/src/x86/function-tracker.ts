import type { Columns } from '../columns.ts';
import { A_MULTIPLIER, B_MULTIPLIER, finishHigh, finishLow, lowSeed, seedOf } from '../gene-hash.ts';
import { SCHEME } from '../genome.ts';
import type { Decoder } from './decoder.ts';
import { FLAG, FLOW_KIND } from './forms.ts';
import { displacementOf, MARK } from './marks.ts';

/** A shorter function is too common for its hash to be evidence. */
const MIN_INSTRUCTIONS = 10;

/** A jump further ahead goes from a cold part back to its function, or out of it. In bytes. */
const MAX_REACH = 0x1_0000;

const SEED = seedOf(SCHEME, 'x86-64', 'function');
const LOW_SEED = lowSeed(SEED);

/** Flow kinds after which nothing falls through. */
const ENDS_PATH = new Uint8Array(16);
for (const flow of [FLOW_KIND.jump, FLOW_KIND.indirectJump, FLOW_KIND.return, FLOW_KIND.undefined, FLOW_KIND.halt]) {
  ENDS_PATH[flow] = 1;
}

/**
 * Puts blocks together to functions: from a known start or call target on, or, where those are unknown, from behind
 * the place that no path and no jump of the function before leads past.
 */
export class FunctionTracker {
  readonly #rows: Columns;
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

  constructor(rows: Columns) {
    this.#rows = rows;
  }

  startRange(rva: number, bytes: Uint8Array, marks: Uint8Array): void {
    this.#rva = rva;
    this.#bytes = bytes;
    this.#marks = marks;
  }

  open(at: number, knownEnd: number): void {
    this.close();
    this.#start = at;
    this.#a = SEED;
    this.#b = LOW_SEED;
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

  /** Before each block: opens a function where the one before has ended. */
  enter(at: number): void {
    const over = this.#start < 0 || (this.#pathEnded && this.#isOver(at));
    this.#pathEnded = false;
    if (!over) return;
    if (at <= this.#knownEnd && this.#start >= 0) {
      this.#hashEnded = true;
      return;
    }
    // ENDBR64 is padding to the blocks but belongs to the function.
    this.open(hasEndbr(this.#bytes, at - 4) ? at - 4 : at, 0);
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
    if (!hashed && this.#genes === 0) return;
    const words = this.#blocks * 2;
    const low = finishLow(this.#a, this.#b, words);
    const cell = this.#rows.add();
    this.#rows.set(cell, this.#rva + start);
    this.#rows.set(cell + 1, this.#end - start);
    this.#rows.set(cell + 2, this.#instructions);
    this.#rows.set(cell + 3, hashed ? finishHigh(this.#a, low, words) : 0);
    this.#rows.set(cell + 4, hashed ? low : 0);
  }

  /** Behind a block's last instruction, which the decoder still holds. */
  follow(decoder: Decoder, next: number, flow: number): void {
    if ((decoder.flags & FLAG.relative) !== 0 && flow !== FLOW_KIND.call) {
      const target = next + displacementOf(this.#bytes, decoder.immediateAt, decoder.immediateSize);
      if (target > this.#reach && target - next < MAX_REACH && !this.#leaves(target, flow)) this.#reach = target;
    }
    // A jump through a fixed slot (an import) leaves the function; other indirect jumps are switches.
    if (flow === FLOW_KIND.indirectJump && (decoder.addressing & 64) === 0) this.#opaque = true;
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
    if (at > this.#reach) return !this.#opaque || looksLikePrologue(this.#bytes, at);
    return ((this.#marks[at] ?? 0) & MARK.jumpTarget) === 0 && looksLikePrologue(this.#bytes, at);
  }
}

function hasEndbr(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xf3 && bytes[at + 1] === 0x0f && bytes[at + 2] === 0x1e && bytes[at + 3] === 0xfa;
}

/** Where a switch hides a function's end: ENDBR64, push of a register, `sub rsp, n`. */
function looksLikePrologue(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  if ((first & 0xf8) === 0x50 || (first === 0x41 && (second & 0xf8) === 0x50)) return true;
  if (first === 0x48 && (second === 0x83 || second === 0x81) && bytes[at + 2] === 0xec) return true;
  return hasEndbr(bytes, at - 4);
}
