import { BlockHasher, MIN_INFORMATIVE, WORD_CAPACITY } from '../extraction/block-hasher.ts';
import type { Draft } from '../extraction/extractor.ts';
import { ENDS_BLOCK, FLOW_KIND } from '../extraction/flow-kind.ts';
import type { FunctionTracker } from '../extraction/function-tracker.ts';
import type { KnownEnds } from '../extraction/known-starts.ts';
import { MARK } from '../extraction/mark.ts';
import { CommonWords, STEP } from './common-words.ts';
import type { Decoder } from './decoder.ts';
import { FLAG, FLOW, MNEMONIC } from './forms.ts';
import { counts, InstructionWords, isFilling } from './instruction-words.ts';
import { displacementOf, type Sweep } from './marks.ts';

/** An instruction has at most three fuzzy words: its own, displacement, immediate. */
const WORDS_WITH_ROOM = WORD_CAPACITY - 3;

/**
 * Second sweep: cuts the code into blocks and hashes them. Indexes count from the start of the range. It zeroes the
 * addresses in its copy of the code as it passes them.
 */
export class BlockBuilder {
  readonly #decoder: Decoder;
  readonly #draft: Draft;
  readonly #functions: FunctionTracker;
  readonly #hasher: BlockHasher;
  #words: InstructionWords;
  #common: CommonWords;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #marks: Uint8Array = new Uint8Array(0);
  #rva = 0;
  #instructions = 0;

  /** Bytes of padding inside the block; its instructions are moved up by as many. */
  #gap = 0;
  /** A known function start was seen inside the block. */
  #passedKnown = false;

  constructor(instructionSet: 'x86' | 'x86-64', decoder: Decoder, draft: Draft, functions: FunctionTracker) {
    this.#decoder = decoder;
    this.#draft = draft;
    this.#functions = functions;
    this.#hasher = new BlockHasher(instructionSet, draft);
    this.#words = new InstructionWords(decoder, new Uint8Array(0), this.#hasher);
    this.#common = new CommonWords(decoder, new Uint8Array(0), this.#hasher);
  }

  run(sweep: Sweep, rva: number, knownEnds: KnownEnds): void {
    const { bytes, end, marks } = sweep;
    const functions = this.#functions;
    this.#words = new InstructionWords(this.#decoder, bytes, this.#hasher);
    this.#common = new CommonWords(this.#decoder, bytes, this.#hasher);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#marks = marks;
    this.#rva = rva;
    let at = 0;
    while (at < end) {
      const mark = marks[at] ?? 0;
      if ((mark & MARK.start) === 0) {
        functions.endPath();
        while (at < end && ((marks[at] ?? 0) & MARK.start) === 0) at++;
        continue;
      }
      if ((mark & (MARK.callTarget | MARK.known)) !== 0) functions.open(at, knownEnds.of(at));
      const next = this.#block(at, end);
      this.#openInside(at, next, knownEnds);
      this.#draft.codeBytes += next - at;
      at = next;
    }
    this.#draft.instructions += this.#instructions;
    this.#instructions = 0;
  }

  /**
   * A known start does not cut a block, so that genes are the same where unwind tables and symbols are absent; it lies
   * inside one only where a call that does not return stands before it. The function then starts with the next block.
   */
  #openInside(from: number, to: number, knownEnds: KnownEnds): void {
    if (!this.#passedKnown) return;
    this.#passedKnown = false;
    for (let at = to - 1; at > from; at--) {
      if (((this.#marks[at] ?? 0) & (MARK.known | MARK.start)) !== (MARK.known | MARK.start)) continue;
      this.#functions.open(at, knownEnds.of(at));
      return;
    }
  }

  /** One block from its first byte on; gives the place behind it. */
  #block(from: number, end: number): number {
    const marks = this.#marks;
    const hasher = this.#hasher;
    let informative = 0;
    let count = 0;
    let decoded = 0;
    let start = -1;
    let blockEnd = from;
    let lastIsCall = false;
    let flow: number = FLOW_KIND.next;
    let keep = true;
    let at = from;
    hasher.reset();
    this.#gap = 0;
    for (;;) {
      if (hasher.count > WORDS_WITH_ROOM) hasher.flush();
      const step = this.#step(at);
      const length = step & STEP.length;
      decoded++;
      if (step >= 0) {
        if (start < 0) start = at;
        else if (blockEnd !== at) this.#gap += at - blockEnd;
        count++;
        informative += (step >> STEP.informativeShift) & 1;
        at += length;
        blockEnd = at;
        flow = (step >> STEP.flowShift) & STEP.flow;
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
      if (gene) this.#hasher.addGene(this.#rva + start, blockEnd - start);
      this.#functions.add(this.#hasher.exactA, this.#hasher.exactB, count, blockEnd, keep, gene);
    }
    this.#instructions += decoded;
    if (flow !== FLOW_KIND.next) this.#follow(at, flow);
    return at;
  }

  /** A `STEP` of the instruction at `at`, whose words are added; below zero for padding, which has none. */
  #step(at: number): number {
    const common = this.#common.add(at);
    if (common !== 0) {
      if (((common >> STEP.flowShift) & STEP.flow) === FLOW_KIND.call) this.#functions.call(this.#common.callTarget);
      return common;
    }
    const decoder = this.#decoder;
    const length = decoder.decode(at);
    if ((decoder.flags & FLAG.nothing) !== 0 || (decoder.narrow && isFilling(decoder, this.#bytes)))
      return length | STEP.padding;
    this.#words.add();
    const flow = FLOW[decoder.form] ?? 0;
    if (flow === FLOW_KIND.call) this.#functions.call(this.#words.callTarget);
    return length | (flow << STEP.flowShift) | (counts(decoder) ? 1 << STEP.informativeShift : 0);
  }

  /** Whether the instruction just decoded is a relative jump, of which only the mnemonic counts. */
  #isJump(flow: number): boolean {
    return ENDS_BLOCK[flow] === 1 && (this.#decoder.flags & FLAG.relative) !== 0;
  }

  #hashCode(from: number, to: number, flow: number): void {
    const decoder = this.#decoder;
    const jumps = this.#isJump(flow);
    // A relative jump counts by its mnemonic, so that the short and the near form are the same.
    const end = (jumps ? decoder.start : to) - this.#gap;
    this.#hasher.hashCode(this.#view, from, end, jumps ? (MNEMONIC[decoder.form] ?? 0) : 0);
  }

  /** Behind the block's last instruction, which the decoder still holds. */
  #follow(next: number, flow: number): void {
    const { flags, immediateAt, immediateSize, addressing, narrow, context } = this.#decoder;
    const jumps = ENDS_BLOCK[flow] === 1 && (flags & FLAG.relative) !== 0 && !(narrow && (context & 3) === 0);
    const target = jumps ? next + displacementOf(this.#bytes, immediateAt, immediateSize) : -1;
    this.#functions.follow(next, flow, target, flow === FLOW_KIND.indirectJump && (addressing & 192) === 0);
  }
}
