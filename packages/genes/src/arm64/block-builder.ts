import { BlockHasher, MIN_INFORMATIVE } from '../extraction/block-hasher.ts';
import type { Draft } from '../extraction/extractor.ts';
import { ENDS_BLOCK, FLOW_KIND } from '../extraction/flow-kind.ts';
import { FunctionTracker } from '../extraction/function-tracker.ts';
import type { KnownEnds } from '../extraction/known-starts.ts';
import { MARK } from '../extraction/mark.ts';
import type { Decoder } from './decoder.ts';
import { displacementOf } from './displacement.ts';
import { InstructionWords, isInformative } from './instruction-words.ts';
import type { Sweep } from './marks.ts';
import { FLAG, FLOW, FLOW_BITS } from './spec.ts';
import { hintOf, isLanding, SHAPE } from './start-shape.ts';

/** The shared flow kind of each flow of the tables. */
const KIND = new Uint8Array(16);
KIND[FLOW.cond] = FLOW_KIND.conditionalJump;
KIND[FLOW.jump] = FLOW_KIND.jump;
KIND[FLOW.ijump] = FLOW_KIND.indirectJump;
KIND[FLOW.call] = FLOW_KIND.call;
KIND[FLOW.icall] = FLOW_KIND.indirectCall;
KIND[FLOW.ret] = FLOW_KIND.return;
KIND[FLOW.trap] = FLOW_KIND.undefined;
KIND[FLOW.syscall] = FLOW_KIND.call;

/** NOP, XPACLRI, PACIA1716 and its like, PACIAZ to AUTIBSP, BTI: a processor without them does nothing. */
const PADDING = new Uint8Array(128);
for (const hint of [0, 7, 8, 10, 12, 14, 24, 25, 26, 27, 28, 29, 30, 31, 32, 34, 36, 38]) PADDING[hint] = 1;

/** BR x16 and x17: a veneer, a PLT entry or a tail call, never a switch. */
const LEAVING: readonly number[] = [16, 17];

/** Second sweep: cuts the code into blocks and hashes them. It writes exact words over its copy of the code. */
export class BlockBuilder {
  readonly #decoder: Decoder;
  readonly #draft: Draft;
  readonly #functions: FunctionTracker;
  readonly #hasher: BlockHasher;
  readonly #words: InstructionWords;
  #rva = 0;
  #passedKnown = false;

  constructor(decoder: Decoder, draft: Draft) {
    this.#decoder = decoder;
    this.#draft = draft;
    this.#functions = new FunctionTracker('arm64', draft, SHAPE);
    this.#hasher = new BlockHasher('arm64', draft);
    this.#words = new InstructionWords(decoder, this.#hasher);
  }

  /** `bytes` is the copy that the sweep works on. */
  run(sweep: Sweep, bytes: Uint8Array, rva: number, knownEnds: KnownEnds): void {
    const { from, end, marks } = sweep;
    const functions = this.#functions;
    this.#rva = rva;
    this.#words.forget();
    functions.startRange(rva, bytes, marks);
    let at = from;
    while (at < end) {
      const mark = marks[at] ?? 0;
      if ((mark & MARK.start) === 0) {
        functions.endPath();
        at += 4;
        continue;
      }
      if ((mark & (MARK.callTarget | MARK.known)) !== 0) functions.open(at, knownEnds.of(at));
      const next = this.#block(sweep, at);
      if (this.#passedKnown) this.#openInside(marks, at, next, knownEnds);
      this.#draft.codeBytes += next - at;
      at = next;
    }
    functions.close();
    this.#draft.instructions += sweep.instructions;
  }

  /** As for x86: a known start does not cut a block; the function then begins with the next one. */
  #openInside(marks: Uint8Array, from: number, to: number, knownEnds: KnownEnds): void {
    this.#passedKnown = false;
    for (let at = to - 4; at > from; at -= 4) {
      if (((marks[at] ?? 0) & MARK.known) === 0) continue;
      this.#functions.open(at, knownEnds.of(at));
      return;
    }
  }

  /** One block from its first word on; gives the place behind it. */
  #block(sweep: Sweep, first: number): number {
    const { view, from, end, forms, marks } = sweep;
    const { flags: flagsOf, informative: plain } = this.#decoder;
    const words = this.#words;
    let informative = 0;
    let count = 0;
    let start = -1;
    let blockEnd = first;
    let lastIsCall = false;
    let flow = 0;
    let keep = true;
    let at = first;
    let target = -1;
    let opaque = false;
    this.#hasher.reset();
    words.land(first);
    for (;;) {
      const word = view.getInt32(at, true);
      const form = forms[(at - from) >> 2] ?? 0;
      const flags = flagsOf[form] ?? 0;
      if ((flags & FLAG.hint) === 0 || PADDING[hintOf(word)] === 0) {
        if (start < 0) start = at;
        if (plain[form] === 1 || isInformative(flags, word)) informative++;
        if (words.full) this.#hasher.flush();
        const exact = words.add(form, word, view, at, end);
        view.setInt32(start + count * 4, exact, true);
        count++;
        flow = KIND[flags & FLOW_BITS] ?? 0;
        lastIsCall = flow === FLOW_KIND.call || flow === FLOW_KIND.indirectCall;
        at += 4;
        blockEnd = at;
        if (flow !== FLOW_KIND.next) {
          const relative = this.#decoder.relative[form] ?? 0;
          const leadsTo = relative === 0 ? -1 : at - 4 + displacementOf(relative, word);
          if (flow === FLOW_KIND.call && relative !== 0) this.#functions.call(leadsTo);
          target = lastIsCall ? -1 : leadsTo;
          opaque = flow === FLOW_KIND.indirectJump && !LEAVING.includes((word >>> 5) & 31);
          if (ENDS_BLOCK[flow] === 1) break;
        }
      } else {
        at += 4;
        if (lastIsCall && (hintOf(word) === 0 || isLanding(word))) {
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
    if (start >= 0) this.#finish(view, start, blockEnd, count, keep, informative);
    if (flow !== FLOW_KIND.next) this.#functions.follow(at, flow, target, opaque);
    return at;
  }

  #finish(view: DataView, start: number, end: number, count: number, keep: boolean, informative: number): void {
    const hasher = this.#hasher;
    this.#functions.enter(start);
    hasher.hashCode(view, start, start + count * 4, 0);
    const gene = keep && informative >= MIN_INFORMATIVE;
    if (gene) hasher.addGene(this.#rva + start, end - start);
    this.#functions.add(hasher.exactA, hasher.exactB, count, end, keep, gene);
  }
}
