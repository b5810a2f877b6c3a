import { type BlockHasher, WORD_CAPACITY } from '../extraction/block-hasher.ts';
import type { FunctionTracker } from '../extraction/function-tracker.ts';
import { CIL, lengthAt, OPERAND, opcodeAt } from './spec.ts';

/**
 * An instruction of CIL does less than one of a processor, and those that move values do not count: blocks with fewer
 * than this many are too common.
 */
const MIN_INFORMATIVE = 8;

/** Fuzzy token: the table that a metadata token names a row of, and the count of a switch's targets (docs/gene-scheme.md). */
const TABLE_FACTOR = 0x27d4eb2f;
const SWITCH_FACTOR = 0x165667b1;
/** An instruction gives at most this many fuzzy words: itself and a constant of eight bytes. */
const MOST_WORDS = 3;

export interface Decoded {
  readonly bytes: number;
  readonly instructions: number;
}

/** Cuts a method into blocks and hashes them. One object serves all methods. */
export class MethodBuilder {
  readonly #hasher: BlockHasher;
  readonly #functions: FunctionTracker;
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Where blocks begin. */
  #targets: Uint8Array = new Uint8Array(0);
  /** The block's exact form, and how much of it there is. */
  #exact: Uint8Array = new Uint8Array(1024);
  #length = 0;

  constructor(hasher: BlockHasher, functions: FunctionTracker) {
    this.#hasher = hasher;
    this.#functions = functions;
  }

  run(code: Uint8Array, rva: number): Decoded {
    this.#view = new DataView(code.buffer, code.byteOffset, code.byteLength);
    this.#targets = new Uint8Array(code.length + 1);
    // Room for every byte of one block, and for the four that the hash may read behind it.
    if (this.#exact.length < code.length + 8) this.#exact = new Uint8Array(2 * code.length + 8);
    const { bytes, instructions } = this.#findTargets(code.length);
    this.#functions.startRange(rva, code, this.#targets);
    if (instructions === 0) return { bytes, instructions };
    this.#functions.open(0, 0);
    for (let at = 0; at < bytes; ) at = this.#block(at, bytes, rva, bytes < code.length);
    this.#functions.close();
    return { bytes, instructions };
  }

  /** Marks where branches lead; gives how much of the method is CIL. */
  #findTargets(size: number): Decoded {
    const view = this.#view;
    let at = 0;
    let instructions = 0;
    while (at < size) {
      const length = lengthAt(view, at, size);
      if (length === 0) break;
      const operand = CIL.operand[opcodeAt(view, at, size)];
      const next = at + length;
      if (operand === OPERAND.branch) {
        this.#mark(next + (length === 2 ? view.getInt8(next - 1) : view.getInt32(next - 4, true)));
      } else if (operand === OPERAND.switch) {
        for (let target = at + 5; target < next; target += 4) this.#mark(next + view.getInt32(target, true));
      }
      at = next;
      instructions++;
    }
    return { bytes: at, instructions };
  }

  #mark(target: number): void {
    if (target >= 0 && target < this.#targets.length) this.#targets[target] = 1;
  }

  /** One block; gives the place behind it. `broken` where the method ends in bytes that are no CIL. */
  #block(from: number, end: number, rva: number, broken: boolean): number {
    const view = this.#view;
    let at = from;
    let start = -1;
    let blockEnd = from;
    let count = 0;
    let informative = 0;
    let tail = 0;
    this.#hasher.reset();
    this.#length = 0;
    while (at < end) {
      const opcode = opcodeAt(view, at, end);
      const next = at + lengthAt(view, at, end);
      if (opcode !== 0) {
        if (start < 0) start = at;
        count++;
        informative += CIL.informative[opcode] ?? 0;
        if (this.#hasher.count > WORD_CAPACITY - MOST_WORDS) this.#hasher.flush();
        this.#addWords(opcode, at, next);
        const operand = CIL.operand[opcode];
        const jumps = operand === OPERAND.branch || operand === OPERAND.switch;
        if (jumps) tail = CIL.token[opcode] ?? 0;
        else this.#addExact(opcode, at, next);
        blockEnd = next;
        at = next;
        if (jumps || CIL.ends[opcode] === 1) break;
      } else {
        at = next;
      }
      if (this.#targets[at] === 1) break;
    }
    if (start >= 0) this.#finish(start, blockEnd, rva, count, informative, tail, !(broken && at >= end));
    return at;
  }

  #finish(
    from: number,
    to: number,
    rva: number,
    count: number,
    informative: number,
    tail: number,
    keep: boolean,
  ): void {
    const hasher = this.#hasher;
    hasher.hashCode(new DataView(this.#exact.buffer), 0, this.#length, tail);
    const gene = keep && informative >= MIN_INFORMATIVE;
    if (gene) hasher.addGene(rva + from, to - from);
    this.#functions.add(hasher.exactA, hasher.exactB, count, to, keep, gene);
  }

  #addWords(opcode: number, at: number, next: number): void {
    const hasher = this.#hasher;
    const view = this.#view;
    let token = CIL.token[opcode] ?? 0;
    const operand = CIL.operand[opcode];
    const size = CIL.size[opcode] ?? 0;
    if (operand === OPERAND.token) token += Math.imul(view.getUint8(next - 1), TABLE_FACTOR);
    else if (operand === OPERAND.switch) token += Math.imul((next - at - 5) >> 2, SWITCH_FACTOR);
    hasher.words[hasher.count++] = token;
    if (CIL.implies[opcode] === 1) hasher.words[hasher.count++] = CIL.constant[opcode] ?? 0;
    else if (operand === OPERAND.constant) {
      if (size === 1) hasher.words[hasher.count++] = view.getInt8(next - 1);
      else
        for (let word = next - size; word < next; word += 4) hasher.words[hasher.count++] = view.getInt32(word, true);
    }
  }

  /** The bytes of the instruction; of a token only its table, of a string's nothing. */
  #addExact(opcode: number, at: number, next: number): void {
    const operand = CIL.operand[opcode];
    const kept = operand === OPERAND.token || operand === OPERAND.string ? next - 4 : next;
    for (let i = at; i < kept; i++) this.#exact[this.#length++] = this.#view.getUint8(i);
    if (operand === OPERAND.token) this.#exact[this.#length++] = this.#view.getUint8(next - 1);
  }
}
