import type { Draft } from '../extract-genome.ts';
import { A_MULTIPLIER, B_MULTIPLIER, finishHigh, finishLow, lowSeed, seedOf } from '../gene-hash.ts';
import { SCHEME } from '../genome.ts';
import { type Decoder, PREFIX } from './decoder.ts';
import { CONTEXT_BASE, FLAG, FLOW, FLOW_KIND, MNEMONIC, NAMES } from './forms.ts';
import {
  ADDRESS_LIMIT,
  FUZZY_TOKEN,
  LOCK_TERM,
  MASK_FACTOR,
  MEMORY_FORM_FACTOR,
  REP_TERM,
  REPNE_TERM,
} from './fuzzy-tokens.ts';
import { displacementOf, MARK, type Sweep } from './marks.ts';

/** A block with fewer informative instructions is too common to tell code apart (docs/gene-scheme.md). */
const MIN_INFORMATIVE = 6;
const MIN_FUNCTION_INSTRUCTIONS = 10;
/** Combines the exact words of one instruction into one for the function hash. */
const WORD_FACTOR = 0x2c1b3c6d;

const FUZZY_SEED = seedOf(SCHEME, 'x86-64', 'fuzzy');
const EXACT_SEED = seedOf(SCHEME, 'x86-64', 'exact');
const FUNCTION_SEED = seedOf(SCHEME, 'x86-64', 'function');

/** Flow kinds after which a block ends, by FLOW_KIND. */
const ENDS_BLOCK = new Uint8Array(16);
/** …and after which nothing falls through. */
const ENDS_PATH = new Uint8Array(16);
for (const flow of [FLOW_KIND.jump, FLOW_KIND.indirectJump, FLOW_KIND.return, FLOW_KIND.undefined, FLOW_KIND.halt]) {
  ENDS_BLOCK[flow] = 1;
  ENDS_PATH[flow] = 1;
}
ENDS_BLOCK[FLOW_KIND.conditionalJump] = 1;

const IS_LEA = NAMES.map((name) => name === 'lea');
const IS_MOV = NAMES.map((name) => name === 'mov');

/**
 * Second sweep: cuts the code into blocks and functions and hashes them. Fields are the state of the current block
 * and function; indexes count from the start of the range.
 */
export class BlockBuilder {
  readonly #decoder: Decoder;
  readonly #draft: Draft;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #rva = 0;

  #blockStart = -1;
  #informative = 0;
  #lastIsCall = false;
  #lastEnd = 0;
  #fuzzyA = 0;
  #fuzzyB = 0;
  #fuzzyWords = 0;
  #exactA = 0;
  #exactB = 0;
  #exactWords = 0;

  #functionStart = -1;
  #functionBroken = false;
  #functionInstructions = 0;
  #functionA = 0;
  #functionB = 0;
  #functionGenes = 0;
  /** Furthest place that a jump of this function leads to, or its known end. */
  #reach = 0;
  /** An indirect jump may lead anywhere: the function's end cannot be told from its jumps. */
  #opaque = false;
  #closed = true;

  constructor(decoder: Decoder, draft: Draft) {
    this.#decoder = decoder;
    this.#draft = draft;
  }

  run(sweep: Sweep, rva: number, knownEnds: ReadonlyMap<number, number>): void {
    const { bytes, end, marks } = sweep;
    const decoder = this.#decoder;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#rva = rva;
    this.#closed = true;
    let instructions = 0;
    let codeBytes = 0;
    let at = 0;
    while (at < end) {
      const mark = marks[at] ?? 0;
      if ((mark & MARK.start) === 0) {
        at = this.#gap(marks, at, end);
        continue;
      }
      if ((mark & (MARK.jumpTarget | MARK.callTarget | MARK.known)) !== 0) {
        if (this.#blockStart >= 0) this.#closeBlock(true);
        if ((mark & (MARK.callTarget | MARK.known)) !== 0) this.#openFunction(at, knownEnds.get(at) ?? 0);
      }
      const length = decoder.decode(at);
      instructions++;
      codeBytes += length;
      if ((decoder.flags & FLAG.nothing) !== 0) this.#padding(at);
      else this.#instruction(at, length, marks);
      at += length;
    }
    this.#gap(marks, end, end);
    this.#closeFunction();
    this.#draft.instructions += instructions;
    this.#draft.codeBytes += codeBytes;
  }

  /** Bytes that are no instruction: filling or data. A block that runs into them was none, unless a call ends it. */
  #gap(marks: Uint8Array, from: number, end: number): number {
    if (this.#blockStart >= 0) {
      if (!this.#lastIsCall) this.#functionBroken = true;
      this.#closeBlock(this.#lastIsCall);
    }
    this.#endPath(from);
    let at = from;
    while (at < end && ((marks[at] ?? 0) & MARK.start) === 0) at++;
    return at;
  }

  /** Padding right after a call: the call does not return, or the compiler separated what follows. */
  #padding(at: number): void {
    if (this.#blockStart < 0 || !this.#lastIsCall || this.#lastEnd !== at) return;
    this.#closeBlock(true);
    this.#endPath(at);
  }

  #instruction(at: number, length: number, marks: Uint8Array): void {
    const decoder = this.#decoder;
    if (this.#functionStart < 0 || this.#closed) this.#openFunction(at, 0);
    if (this.#blockStart < 0) this.#openBlock(at);
    const flags = decoder.flags;
    if ((flags & FLAG.uninformative) === 0 && !((flags & FLAG.stack) !== 0 && this.#adjustsStack())) {
      this.#informative++;
    }
    const address = this.#hashFuzzy();
    this.#hashExact(at, length, address);
    this.#functionInstructions++;
    const flow = FLOW[decoder.form] ?? 0;
    this.#lastEnd = at + length;
    this.#lastIsCall = flow === FLOW_KIND.call || flow === FLOW_KIND.indirectCall;
    if (flow === FLOW_KIND.next) return;
    if ((flags & FLAG.relative) !== 0 && flow !== FLOW_KIND.call) this.#follow(at + length, flow, marks);
    if (ENDS_BLOCK[flow] !== 0 || (flow === FLOW_KIND.transaction && (flags & FLAG.relative) !== 0)) {
      this.#closeBlock(true);
      if (flow === FLOW_KIND.indirectJump && !this.#isThunk()) this.#opaque = true;
      if (ENDS_PATH[flow] !== 0) this.#endPath(at + length);
    }
  }

  /** A jump through a fixed slot (an import) leaves the function; other indirect jumps are switches. */
  #isThunk(): boolean {
    return (this.#decoder.addressing & 64) !== 0;
  }

  #follow(next: number, flow: number, marks: Uint8Array): void {
    const decoder = this.#decoder;
    const target = next + displacementOf(this.#bytes, decoder.immediateAt, decoder.immediateSize);
    if (target <= this.#reach || target >= marks.length) return;
    const leaves = flow === FLOW_KIND.jump && ((marks[target] ?? 0) & (MARK.callTarget | MARK.known)) !== 0;
    if (!leaves) this.#reach = target;
  }

  /** SDM: destination rsp in add, sub, and, lea, mov; `mov rbp, rsp`; `lea rbp, [rsp + …]`. */
  #adjustsStack(): boolean {
    const { form, modrm, rex, addressing, opcode, sib } = this.#decoder;
    const reg = ((modrm >> 3) & 7) | ((rex & 4) << 1);
    const rm = (modrm & 7) | ((rex & 1) << 3);
    if (IS_LEA[form] === true)
      return reg === 4 || (reg === 5 && (modrm & 7) === 4 && (sib & 0x3f) === 0x24 && (rex & 3) === 0);
    // Even opcodes of the two-operand forms, and the groups, have their destination in ModRM.rm.
    const toReg = opcode === 0x03 || opcode === 0x2b || opcode === 0x23 || opcode === 0x8b;
    if (toReg ? reg === 4 : addressing === 0 && rm === 4) return true;
    if (IS_MOV[form] !== true || addressing !== 0) return false;
    return toReg ? reg === 5 && rm === 4 : rm === 5 && reg === 4;
  }

  #openBlock(at: number): void {
    this.#blockStart = at;
    this.#informative = 0;
    this.#fuzzyA = FUZZY_SEED;
    this.#fuzzyB = lowSeed(FUZZY_SEED);
    this.#fuzzyWords = 0;
    this.#exactA = EXACT_SEED;
    this.#exactB = lowSeed(EXACT_SEED);
    this.#exactWords = 0;
  }

  #closeBlock(keep: boolean): void {
    const start = this.#blockStart;
    this.#blockStart = -1;
    if (!keep || this.#informative < MIN_INFORMATIVE) return;
    const { blocks, functions } = this.#draft;
    this.#functionGenes++;
    const fuzzyLow = finishLow(this.#fuzzyA, this.#fuzzyB, this.#fuzzyWords);
    const exactLow = finishLow(this.#exactA, this.#exactB, this.#exactWords);
    const cell = blocks.add();
    blocks.set(cell, this.#rva + start);
    blocks.set(cell + 1, this.#lastEnd - start);
    blocks.set(cell + 2, functions.rows);
    blocks.set(cell + 3, finishHigh(this.#fuzzyA, fuzzyLow, this.#fuzzyWords));
    blocks.set(cell + 4, fuzzyLow);
    blocks.set(cell + 5, finishHigh(this.#exactA, exactLow, this.#exactWords));
    blocks.set(cell + 6, exactLow);
  }

  #openFunction(at: number, knownEnd: number): void {
    this.#closeFunction();
    this.#functionStart = at;
    this.#functionBroken = false;
    this.#functionInstructions = 0;
    this.#functionA = FUNCTION_SEED;
    this.#functionB = lowSeed(FUNCTION_SEED);
    this.#functionGenes = 0;
    this.#reach = knownEnd > 0 ? knownEnd - 1 : at;
    this.#opaque = false;
    this.#closed = false;
  }

  /** Functions with neither a gene nor a hash say nothing: import stubs, mostly. */
  #closeFunction(): void {
    const start = this.#functionStart;
    this.#functionStart = -1;
    if (start < 0) return;
    const count = this.#functionInstructions;
    const hashed = count >= MIN_FUNCTION_INSTRUCTIONS && !this.#functionBroken;
    if (!hashed && this.#functionGenes === 0) return;
    const { functions } = this.#draft;
    const low = finishLow(this.#functionA, this.#functionB, count);
    const cell = functions.add();
    functions.set(cell, this.#rva + start);
    functions.set(cell + 1, this.#lastEnd - start);
    functions.set(cell + 2, count);
    functions.set(cell + 3, hashed ? finishHigh(this.#functionA, low, count) : 0);
    functions.set(cell + 4, hashed ? low : 0);
  }

  /** Nothing falls through to `next`: the function ends unless one of its own jumps leads further. */
  #endPath(next: number): void {
    if (next > this.#reach && !this.#opaque) this.#closed = true;
  }

  /** Gives whether the memory operand's displacement is an address. */
  #hashFuzzy(): boolean {
    const decoder = this.#decoder;
    const { flags, prefixes } = decoder;
    let word = FUZZY_TOKEN[(CONTEXT_BASE[decoder.form] ?? 0) + decoder.context] ?? 0;
    let displacement = 0;
    let address = false;
    if (decoder.addressing !== 0) {
      let state = 0;
      if (decoder.displacementSize !== 0) {
        displacement = displacementOf(this.#bytes, decoder.displacementAt, decoder.displacementSize);
        if (decoder.displacementSize === 1) displacement <<= decoder.displacementScale;
        address = this.#isAddress(displacement);
        state = address ? 2 : displacement !== 0 ? 1 : 0;
      }
      word += Math.imul(this.#memoryForm(state), MEMORY_FORM_FACTOR);
    }
    if ((prefixes & (PREFIX.lock | PREFIX.rep | PREFIX.repne)) !== 0) word += this.#prefixTerm();
    if ((flags & FLAG.evex) !== 0 && decoder.mask !== 0) {
      word += Math.imul(1 + ((decoder.mask >> 2) & 2), MASK_FACTOR);
    }
    this.#feedFuzzy(word | 0);
    if (displacement !== 0 && !address) this.#feedFuzzy(displacement);
    if ((flags & (FLAG.immediate | FLAG.one)) !== 0) this.#feedFuzzy(this.#immediate());
    return address;
  }

  #isAddress(displacement: number): boolean {
    const { addressing, modrm, sib } = this.#decoder;
    if ((addressing & 64) !== 0) return true;
    const noBase = (addressing & 16) !== 0 && (sib & 7) === 5 && modrm < 0x40;
    return noBase && displacement >>> 0 >= ADDRESS_LIMIT;
  }

  /** Index scale (0 no index, 1 to 4 for 1, 2, 4, 8) + 5 * displacement state + 15 * segment. */
  #memoryForm(state: number): number {
    const { addressing, sib, rex, flags, prefixes } = this.#decoder;
    let scale = 0;
    if ((addressing & 16) !== 0 && ((sib & 0x38) !== 0x20 || (rex & 2) !== 0 || (flags & FLAG.vectorIndex) !== 0)) {
      scale = 1 + (sib >> 6);
    }
    const segment = (prefixes & PREFIX.fs) !== 0 ? 1 : (prefixes & PREFIX.gs) !== 0 ? 2 : 0;
    return scale + 5 * state + 15 * segment;
  }

  #prefixTerm(): number {
    const { prefixes, flags } = this.#decoder;
    if ((prefixes & PREFIX.lock) !== 0) return LOCK_TERM;
    if ((flags & FLAG.string) === 0) return 0;
    return (prefixes & PREFIX.rep) !== 0 ? REP_TERM : REPNE_TERM;
  }

  /** Read as signed, whatever its length, so that the short and the long form agree; eight bytes are an address. */
  #immediate(): number {
    const { flags, immediateAt, immediateSize } = this.#decoder;
    if ((flags & FLAG.one) !== 0) return 1;
    if (immediateSize === 8) return 0;
    if (immediateSize === 3) return displacementOf(this.#bytes, immediateAt, 4) & 0xffffff;
    return displacementOf(this.#bytes, immediateAt, immediateSize);
  }

  #feedFuzzy(word: number): void {
    let a = Math.imul(this.#fuzzyA ^ word, A_MULTIPLIER);
    a ^= a >>> 15;
    const b = Math.imul(this.#fuzzyB + word, B_MULTIPLIER);
    this.#fuzzyA = a;
    this.#fuzzyB = (((b << 13) | (b >>> 19)) + a) | 0;
    this.#fuzzyWords++;
  }

  #hashExact(at: number, length: number, address: boolean): void {
    const decoder = this.#decoder;
    const { flags } = decoder;
    let combined = 0;
    if ((flags & FLAG.relative) !== 0) {
      combined = MNEMONIC[decoder.form] ?? 0;
      this.#feedExact(combined);
    } else {
      const maskFrom = address ? decoder.displacementAt : this.#maskedImmediate();
      const maskTo = maskFrom + (address ? decoder.displacementSize : decoder.immediateSize);
      for (let offset = 0; offset < length; offset += 4) {
        let word = this.#view.getInt32(at + offset, true);
        const rest = length - offset;
        if (rest < 4) word &= (1 << (rest << 3)) - 1;
        if (maskFrom !== 0) word &= keepMask(at + offset, maskFrom, maskTo);
        this.#feedExact(word);
        combined = (Math.imul(combined, WORD_FACTOR) + word) | 0;
      }
    }
    let a = Math.imul(this.#functionA ^ combined, A_MULTIPLIER);
    a ^= a >>> 15;
    const b = Math.imul(this.#functionB + combined, B_MULTIPLIER);
    this.#functionA = a;
    this.#functionB = (((b << 13) | (b >>> 19)) + a) | 0;
  }

  /** Where an immediate that is an address starts, or 0. */
  #maskedImmediate(): number {
    const { flags, immediateSize, immediateAt } = this.#decoder;
    return immediateSize === 8 || (flags & FLAG.absolute) !== 0 ? immediateAt : 0;
  }

  #feedExact(word: number): void {
    let a = Math.imul(this.#exactA ^ word, A_MULTIPLIER);
    a ^= a >>> 15;
    const b = Math.imul(this.#exactB + word, B_MULTIPLIER);
    this.#exactA = a;
    this.#exactB = (((b << 13) | (b >>> 19)) + a) | 0;
    this.#exactWords++;
  }
}

/** Bits of the word at `at` that lie outside the masked bytes. */
function keepMask(at: number, from: number, to: number): number {
  let keep = -1;
  for (let i = 0; i < 4; i++) {
    if (at + i >= from && at + i < to) keep &= ~(0xff << (i << 3));
  }
  return keep;
}
