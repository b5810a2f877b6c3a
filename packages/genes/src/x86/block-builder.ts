import type { Draft } from '../extract-genome.ts';
import { A_MULTIPLIER, B_MULTIPLIER, finishHigh, finishLow, lowSeed, seedOf } from '../gene-hash.ts';
import { SCHEME } from '../genome.ts';
import type { Decoder } from './decoder.ts';
import { FLAG, FLOW, FLOW_KIND } from './forms.ts';
import { FunctionTracker } from './function-tracker.ts';
import { InstructionWords, isInformative } from './instruction-words.ts';
import { MARK, type Sweep } from './marks.ts';

/** A block with fewer informative instructions is too common to tell code apart (docs/gene-scheme.md). */
const MIN_INFORMATIVE = 6;

const FUZZY_SEED = seedOf(SCHEME, 'x86-64', 'fuzzy');
const FUZZY_LOW_SEED = lowSeed(FUZZY_SEED);
const EXACT_SEED = seedOf(SCHEME, 'x86-64', 'exact');
const EXACT_LOW_SEED = lowSeed(EXACT_SEED);

/** Flow kinds after which a block ends. */
const ENDS_BLOCK = new Uint8Array(16);
for (const flow of [
  FLOW_KIND.conditionalJump,
  FLOW_KIND.jump,
  FLOW_KIND.indirectJump,
  FLOW_KIND.return,
  FLOW_KIND.undefined,
  FLOW_KIND.halt,
  FLOW_KIND.transaction,
]) {
  ENDS_BLOCK[flow] = 1;
}

/** What belongs to a word of `left` bytes: the mask of the bytes that are inside. */
const INSIDE = new Int32Array([0, 0xff, 0xffff, 0xffffff, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1]);

/**
 * Second sweep: cuts the code into blocks and hashes them. Indexes count from the start of the range. It zeroes the
 * addresses in its copy of the code as it passes them.
 */
export class BlockBuilder {
  readonly #decoder: Decoder;
  readonly #draft: Draft;
  readonly #functions: FunctionTracker;
  #words: InstructionWords;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #marks: Uint8Array = new Uint8Array(0);
  #rva = 0;
  #instructions = 0;

  #fuzzyA = 0;
  #fuzzyB = 0;
  #fuzzyWords = 0;
  #exactA = 0;
  #exactB = 0;
  #exactWords = 0;
  /** A known function start was seen inside the block. */
  #passedKnown = false;
  /** Instructions of the block, without padding. */
  #count = 0;

  constructor(decoder: Decoder, draft: Draft) {
    this.#decoder = decoder;
    this.#draft = draft;
    this.#functions = new FunctionTracker(draft.functions);
    this.#words = new InstructionWords(decoder, new Uint8Array(0));
  }

  run(sweep: Sweep, rva: number, knownEnds: ReadonlyMap<number, number>): void {
    const { bytes, end, marks } = sweep;
    const functions = this.#functions;
    this.#words = new InstructionWords(this.#decoder, bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#marks = marks;
    this.#rva = rva;
    functions.startRange(rva, bytes, marks);
    let at = 0;
    while (at < end) {
      const mark = marks[at] ?? 0;
      if ((mark & MARK.start) === 0) {
        functions.endPath();
        while (at < end && ((marks[at] ?? 0) & MARK.start) === 0) at++;
        continue;
      }
      if ((mark & (MARK.callTarget | MARK.known)) !== 0) functions.open(at, knownEnds.get(at) ?? 0);
      const next = this.#block(at, end);
      this.#openInside(at, next, knownEnds);
      this.#draft.codeBytes += next - at;
      at = next;
    }
    functions.close();
    this.#draft.instructions += this.#instructions;
    this.#instructions = 0;
  }

  /**
   * A known start does not cut a block, so that genes are the same where unwind tables and symbols are absent; it lies
   * inside one only where a call that does not return stands before it. The function then starts with the next block.
   */
  #openInside(from: number, to: number, knownEnds: ReadonlyMap<number, number>): void {
    if (!this.#passedKnown) return;
    this.#passedKnown = false;
    for (let at = to - 1; at > from; at--) {
      if (((this.#marks[at] ?? 0) & (MARK.known | MARK.start)) !== (MARK.known | MARK.start)) continue;
      this.#functions.open(at, knownEnds.get(at) ?? 0);
      return;
    }
  }

  /** One block from its first byte on; gives the place behind it. */
  #block(from: number, end: number): number {
    const decoder = this.#decoder;
    const marks = this.#marks;
    let informative = 0;
    let start = -1;
    let blockEnd = from;
    let lastIsCall = false;
    let flow: number = FLOW_KIND.next;
    let keep = true;
    let at = from;
    this.#reset();
    for (;;) {
      const length = decoder.decode(at);
      const flags = decoder.flags;
      at += length;
      this.#instructions++;
      if ((flags & FLAG.nothing) === 0) {
        if (start < 0) start = at - length;
        blockEnd = at;
        if ((flags & (FLAG.uninformative | FLAG.stack)) === 0 || isInformative(decoder)) informative++;
        this.#absorb(at - length, at);
        flow = FLOW[decoder.form] ?? 0;
        lastIsCall = flow === FLOW_KIND.call || flow === FLOW_KIND.indirectCall;
        if (ENDS_BLOCK[flow] === 1) break;
      } else if (lastIsCall) {
        // Padding behind a call: it does not return, or the compiler separated what follows.
        flow = FLOW_KIND.halt;
        break;
      }
      const mark = at < end ? (marks[at] ?? 0) : 0;
      if (mark === (MARK.start | MARK.known) && start >= 0) this.#passedKnown = true;
      else if (mark !== MARK.start) {
        keep = lastIsCall || (mark & MARK.start) !== 0;
        break;
      }
    }
    if (start >= 0) this.#close(start, blockEnd, keep, informative);
    if (flow !== FLOW_KIND.next) this.#functions.follow(decoder, at, flow);
    return at;
  }

  #reset(): void {
    this.#fuzzyA = FUZZY_SEED;
    this.#fuzzyB = FUZZY_LOW_SEED;
    this.#fuzzyWords = 0;
    this.#exactA = EXACT_SEED;
    this.#exactB = EXACT_LOW_SEED;
    this.#exactWords = 0;
    this.#count = 0;
  }

  /** The step of gene-hash.ts for each word of the instruction, fuzzy and exact. */
  #absorb(from: number, to: number): void {
    const words = this.#words;
    let word = words.read();
    let a = this.#fuzzyA;
    let b = this.#fuzzyB;
    for (let part = 0; ; part++) {
      a = Math.imul(a ^ word, A_MULTIPLIER);
      a ^= a >>> 15;
      b = Math.imul(b + word, B_MULTIPLIER);
      b = (((b << 13) | (b >>> 19)) + a) | 0;
      if (part === words.constants) break;
      word = part === 0 ? words.first : words.second;
    }
    this.#fuzzyA = a;
    this.#fuzzyB = b;
    this.#fuzzyWords += 1 + words.constants;
    this.#count++;
    a = this.#exactA;
    b = this.#exactB;
    const end = words.branch === 0 ? to : from + 1;
    let offset = from;
    for (; offset < end; offset += 4) {
      word = words.branch === 0 ? this.#view.getInt32(offset, true) & (INSIDE[to - offset] ?? 0) : words.branch;
      a = Math.imul(a ^ word, A_MULTIPLIER);
      a ^= a >>> 15;
      b = Math.imul(b + word, B_MULTIPLIER);
      b = (((b << 13) | (b >>> 19)) + a) | 0;
    }
    this.#exactA = a;
    this.#exactB = b;
    this.#exactWords += (offset - from) >> 2;
  }

  #close(start: number, end: number, keep: boolean, informative: number): void {
    this.#functions.enter(start);
    const gene = keep && informative >= MIN_INFORMATIVE;
    if (gene) {
      const { blocks, functions } = this.#draft;
      const exactLow = finishLow(this.#exactA, this.#exactB, this.#exactWords);
      const fuzzyLow = finishLow(this.#fuzzyA, this.#fuzzyB, this.#fuzzyWords);
      const cell = blocks.add();
      blocks.set(cell, this.#rva + start);
      blocks.set(cell + 1, end - start);
      blocks.set(cell + 2, functions.rows);
      blocks.set(cell + 3, finishHigh(this.#fuzzyA, fuzzyLow, this.#fuzzyWords));
      blocks.set(cell + 4, fuzzyLow);
      blocks.set(cell + 5, finishHigh(this.#exactA, exactLow, this.#exactWords));
      blocks.set(cell + 6, exactLow);
    }
    this.#functions.add(this.#exactA, this.#exactB, this.#count, end, keep, gene);
  }
}
