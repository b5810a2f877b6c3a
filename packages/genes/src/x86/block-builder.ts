import type { Draft } from '../extract-genome.ts';
import { A_MULTIPLIER, B_MULTIPLIER, finishHigh, finishLow, lowSeed, seedOf } from '../gene-hash.ts';
import { SCHEME } from '../genome.ts';
import type { Decoder } from './decoder.ts';
import { FLAG, FLOW, FLOW_KIND, MNEMONIC } from './forms.ts';
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

/**
 * Second sweep: cuts the code into blocks and hashes them. Indexes count from the start of the range. It zeroes the
 * addresses in its copy of the code as it passes them.
 */
export class BlockBuilder {
  readonly #decoder: Decoder;
  readonly #draft: Draft;
  readonly #functions: FunctionTracker;
  #words: InstructionWords;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #marks: Uint8Array = new Uint8Array(0);
  #rva = 0;
  #instructions = 0;

  #fuzzyA = 0;
  #fuzzyB = 0;
  #fuzzyWords = 0;
  #exactA = 0;
  #exactB = 0;
  /** Bytes of code that went into the exact hash. */
  #exactBytes = 0;
  /** Bytes of padding inside the block; its instructions are moved up by as many. */
  #gap = 0;
  /** A known function start was seen inside the block. */
  #passedKnown = false;

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
    this.#bytes = bytes;
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
    const words = this.#words;
    let informative = 0;
    let count = 0;
    let decoded = 0;
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
      decoded++;
      if ((flags & FLAG.nothing) === 0) {
        if (start < 0) start = at;
        else if (blockEnd !== at) this.#gap += at - blockEnd;
        count++;
        if ((flags & (FLAG.uninformative | FLAG.stack)) === 0 || isInformative(decoder)) informative++;
        if (words.full) this.#hashWords();
        words.add();
        at += length;
        blockEnd = at;
        flow = FLOW[decoder.form] ?? 0;
        if (this.#gap !== 0 && !this.#isJump(flow)) this.#bytes.copyWithin(at - length - this.#gap, at - length, at);
        lastIsCall = flow === FLOW_KIND.call || flow === FLOW_KIND.indirectCall;
        if (ENDS_BLOCK[flow] === 1) break;
      } else {
        at += length;
        if (lastIsCall) {
          // Padding behind a call: it does not return, or the compiler separated what follows.
          flow = FLOW_KIND.halt;
          break;
        }
      }
      const mark = at < end ? (marks[at] ?? 0) : 0;
      if (mark === (MARK.start | MARK.known) && start >= 0) this.#passedKnown = true;
      else if (mark !== MARK.start) {
        keep = lastIsCall || (mark & MARK.start) !== 0;
        break;
      }
    }
    if (start >= 0) {
      this.#functions.enter(start);
      this.#hashCode(start, blockEnd, flow);
      const gene = keep && informative >= MIN_INFORMATIVE;
      if (gene) this.#addGene(start, blockEnd);
      this.#functions.add(this.#exactA, this.#exactB, count, blockEnd, keep, gene);
    }
    this.#instructions += decoded;
    if (flow !== FLOW_KIND.next) this.#functions.follow(decoder, at, flow);
    return at;
  }

  #reset(): void {
    this.#fuzzyA = FUZZY_SEED;
    this.#fuzzyB = FUZZY_LOW_SEED;
    this.#fuzzyWords = 0;
    this.#words.count = 0;
    this.#gap = 0;
  }

  /** Whether the instruction just decoded is a relative jump, of which only the mnemonic counts. */
  #isJump(flow: number): boolean {
    return ENDS_BLOCK[flow] === 1 && (this.#decoder.flags & FLAG.relative) !== 0;
  }

  /** The step of gene-hash.ts for each fuzzy word that waits. */
  #hashWords(): void {
    const { list, count } = this.#words;
    let a = this.#fuzzyA;
    let b = this.#fuzzyB;
    for (let i = 0; i < count; i++) {
      const word = list[i] ?? 0;
      a = Math.imul(a ^ word, A_MULTIPLIER);
      a ^= a >>> 15;
      b = Math.imul(b + word, B_MULTIPLIER);
      b = (((b << 13) | (b >>> 19)) + a) | 0;
    }
    this.#fuzzyA = a;
    this.#fuzzyB = b;
    this.#fuzzyWords += count;
    this.#words.count = 0;
  }

  /** The step of gene-hash.ts over the block's code, whose addresses are zeros by now, in words of four bytes. */
  #hashCode(from: number, to: number, flow: number): void {
    const decoder = this.#decoder;
    const jumps = this.#isJump(flow);
    const view = this.#view;
    // A relative jump counts by its mnemonic, so that the short and the near form are the same.
    const end = (jumps ? decoder.start : to) - this.#gap;
    let a = EXACT_SEED;
    let b = EXACT_LOW_SEED;
    for (let at = from; at < end; at += 4) {
      const left = end - at;
      const word = left >= 4 ? view.getInt32(at, true) : view.getInt32(at, true) & ((1 << (left << 3)) - 1);
      a = Math.imul(a ^ word, A_MULTIPLIER);
      a ^= a >>> 15;
      b = Math.imul(b + word, B_MULTIPLIER);
      b = (((b << 13) | (b >>> 19)) + a) | 0;
    }
    this.#exactBytes = end - from;
    if (jumps) {
      const word = MNEMONIC[decoder.form] ?? 0;
      a = Math.imul(a ^ word, A_MULTIPLIER);
      a ^= a >>> 15;
      b = Math.imul(b + word, B_MULTIPLIER);
      b = (((b << 13) | (b >>> 19)) + a) | 0;
    }
    this.#exactA = a;
    this.#exactB = b;
  }

  #addGene(start: number, end: number): void {
    this.#hashWords();
    const { blocks, functions } = this.#draft;
    const exactLow = finishLow(this.#exactA, this.#exactB, this.#exactBytes);
    const fuzzyLow = finishLow(this.#fuzzyA, this.#fuzzyB, this.#fuzzyWords);
    const cell = blocks.add();
    blocks.set(cell, this.#rva + start);
    blocks.set(cell + 1, end - start);
    blocks.set(cell + 2, functions.rows);
    blocks.set(cell + 3, finishHigh(this.#fuzzyA, fuzzyLow, this.#fuzzyWords));
    blocks.set(cell + 4, fuzzyLow);
    blocks.set(cell + 5, finishHigh(this.#exactA, exactLow, this.#exactBytes));
    blocks.set(cell + 6, exactLow);
  }
}
