import type { CodeRange } from '@genehound/binary';
import { Columns } from '../columns.ts';
import { ENDS_BLOCK, FLOW_KIND } from '../extraction/flow-kind.ts';
import { lowSeed, seedOf } from '../gene-hash.ts';
import { SCHEME } from '../genome.ts';
import { MODRM, PADDING } from './byte-table.ts';
import { COMMON_FORM, COMMON_TOKEN, COMMON_TRAITS } from './common-table.ts';
import { STEP } from './common-words.ts';
import { Decoder } from './decoder.ts';
import { FAST, SWEPT, WORDS_SHIFT } from './fast-layout.ts';
import { compile, type FastExports, type FastModule, instantiate } from './fast-module.ts';
import { FLAG, FLOW, MNEMONIC } from './forms.ts';
import { counts, InstructionWords, isFilling } from './instruction-words.ts';
import { LIGHT_TABLE } from './light-table.ts';
import { displacementOf, resynchronise, type Sweep } from './marks.ts';

/** Takes the blocks that are listed in `cells` (`FAST.BLOCKS`), and calls of the block that is next. */
export type TakeBlocks = (cells: Int32Array, blocks: number, calls: number) => void;

const SLOT = FAST.SLOT / 4;

/**
 * Both sweeps of one code range by WebAssembly (`assembly/`), which has the common instructions' tables; the decoder is
 * asked for the others. To the bit what `sweepLinearly` and `BlockBuilder` find; those run where this cannot.
 */
export class FastCode {
  /** Largest range, in bytes. */
  readonly capacity: number;
  readonly #exports: FastExports;
  readonly #memory: Uint8Array;
  readonly #cells: Int32Array;
  /** What the decoder found of one instruction. */
  readonly #list: { readonly words: Int32Array; count: number };
  #sweep: Sweep;
  #words: InstructionWords;
  #take: TakeBlocks = () => {};

  /** Throws RangeError where there is no memory for it. */
  constructor(module: FastModule, capacity: number) {
    this.capacity = capacity;
    const { exports, buffer } = instantiate(module, FAST.CODE + 2 * (capacity + PADDING), {
      decode: (address) => this.#decode(address - FAST.CODE),
      step: (at) => this.#step(at),
      takeTargets: (count) => this.#takeTargets(count),
      takeBlocks: (blocks, calls) => this.#take(this.#cells, blocks, calls),
    });
    this.#exports = exports;
    this.#memory = new Uint8Array(buffer);
    this.#cells = new Int32Array(buffer);
    this.#list = { words: this.#cells.subarray(FAST.SLOT_WORDS / 4, FAST.SLOT_WORDS / 4 + 3), count: 0 };
    const none = new Uint8Array(0);
    this.#sweep = { decoder: new Decoder(64), bytes: none, end: 0, marks: none, callTargets: new Columns(1, 0) };
    this.#words = new InstructionWords(this.#sweep.decoder, none, this.#list);
    fillTables(this.#memory, this.#cells);
  }

  /** Takes the range's code; the marks that it gives are those of no byte. */
  attach(bytes: Uint8Array, { offset, size }: CodeRange, decoder: Decoder): Sweep {
    const marksAt = FAST.CODE + size + PADDING;
    this.#memory.set(bytes.subarray(offset, offset + size), FAST.CODE);
    this.#memory.fill(0, FAST.CODE + size, marksAt + size);
    const buffer = this.#memory.subarray(FAST.CODE, marksAt);
    const marks = this.#memory.subarray(marksAt, marksAt + size);
    decoder.attach(buffer, size);
    this.#sweep = { decoder, bytes: buffer, end: size, marks, callTargets: new Columns(1, size >> 8) };
    this.#words = new InstructionWords(decoder, buffer, this.#list);
    this.#exports.attach(FAST.CODE, size, marksAt, decoder.narrow ? 1 : 0);
    return this.#sweep;
  }

  /** First sweep, as `sweepLinearly` and `resynchronise`; gives the count of instructions. */
  sweep(): number {
    const count = this.#exports.sweep();
    resynchronise(this.#sweep);
    return count;
  }

  /** Second sweep, as `BlockBuilder`. */
  cutBlocks(take: TakeBlocks): { readonly instructions: number; readonly codeBytes: number } {
    const instructionSet = this.#sweep.decoder.narrow ? 'x86' : 'x86-64';
    const fuzzy = seedOf(SCHEME, instructionSet, 'fuzzy');
    const exact = seedOf(SCHEME, instructionSet, 'exact');
    this.#cells.set([fuzzy, lowSeed(fuzzy), exact, lowSeed(exact)], FAST.SEEDS / 4);
    this.#take = take;
    this.#exports.cutBlocks();
    this.#take = () => {};
    const { instructions, codeBytes } = this.#exports;
    return { instructions: instructions.value, codeBytes: codeBytes.value };
  }

  #takeTargets(count: number): void {
    const { callTargets } = this.#sweep;
    for (let i = 0; i < count; i++) callTargets.push(this.#cells[FAST.TARGETS / 4 + i] ?? 0);
  }

  #decode(at: number): number {
    const { decoder, bytes } = this.#sweep;
    const length = decoder.decode(at);
    if (length === 0 || (decoder.flags & FLAG.relative) === 0) return length;
    if (decoder.narrow && (decoder.context & 3) === 0) return length;
    const target = at + length + displacementOf(bytes, decoder.immediateAt, decoder.immediateSize);
    this.#cells[SLOT] = FAST.CODE + target;
    return length | SWEPT.relative | (FLOW[decoder.form] === FLOW_KIND.call ? SWEPT.call : 0);
  }

  #step(at: number): number {
    const { decoder, bytes } = this.#sweep;
    const length = decoder.decode(at);
    if ((decoder.flags & FLAG.nothing) !== 0 || (decoder.narrow && isFilling(decoder, bytes)))
      return length | STEP.padding;
    this.#list.count = 0;
    this.#words.add();
    const flow = FLOW[decoder.form] ?? 0;
    if (flow === FLOW_KIND.call) this.#cells[SLOT] = this.#words.callTarget;
    else if (ENDS_BLOCK[flow] === 1) this.#end(at + length, flow);
    const informative = counts(decoder) ? 1 << STEP.informativeShift : 0;
    return length | (flow << STEP.flowShift) | informative | (this.#list.count << WORDS_SHIFT);
  }

  /** What the block's end needs of its last instruction. */
  #end(next: number, flow: number): void {
    const { decoder, bytes } = this.#sweep;
    const { flags, form, immediateAt, immediateSize, narrow, context, addressing } = decoder;
    const relative = (flags & FLAG.relative) !== 0;
    const leads = relative && !(narrow && (context & 3) === 0);
    this.#cells[SLOT] = leads ? next + displacementOf(bytes, immediateAt, immediateSize) : -1;
    this.#cells[SLOT + 1] = relative ? (MNEMONIC[form] ?? 0) : 0;
    this.#cells[SLOT + 2] = flow === FLOW_KIND.indirectJump && (addressing & 192) === 0 ? 1 : 0;
  }
}

function fillTables(bytes: Uint8Array, cells: Int32Array): void {
  for (let entry = 0, at = FAST.COMMON_TABLE / 4; entry < COMMON_TRAITS.length; entry++) {
    const traits = COMMON_TRAITS[entry] ?? 0;
    cells[at++] = traits;
    cells[at++] = COMMON_TOKEN[entry] ?? 0;
    if (traits !== 0) cells[FAST.JUMPS / 4 + (entry >> 4)] = MNEMONIC[COMMON_FORM[entry] ?? 0] ?? 0;
  }
  bytes.set(MODRM, FAST.MODRM);
  bytes.set(LIGHT_TABLE, FAST.LIGHT_TABLE);
}

/** Addresses of the module are signed numbers of 32 bits. */
const MOST = 2 ** 30 - FAST.CODE;
/** An instance for ranges up to this size is kept for the next one. */
const KEPT = 2 ** 24;

let compiled: FastModule | null | undefined;
let kept: FastCode | null = null;

/** For a range of `size` bytes; null where there is no WebAssembly or not enough memory. Its user is done before the next. */
export function fastCode(size: number): FastCode | null {
  if (kept !== null && size <= kept.capacity) return kept;
  if (compiled === undefined) compiled = compile();
  if (compiled === null || size > MOST) return null;
  try {
    const made = new FastCode(compiled, size > KEPT ? size : Math.max(2 ** 20, 2 ** Math.ceil(Math.log2(size))));
    if (made.capacity <= KEPT) kept = made;
    return made;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
