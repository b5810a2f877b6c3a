import { FLOW_KIND } from '../extraction/flow-kind.ts';
import { PREFIX } from './byte-table.ts';
import { ADDRESS_USE } from './common-table.ts';
import type { Decoder } from './decoder.ts';
import { CONTEXT_BASE, FLAG, FLOW, NAMES } from './forms.ts';
import {
  ADDRESS_LIMIT,
  FUZZY_TOKEN,
  LOCK_TERM,
  MASK_FACTOR,
  MEMORY_FORM_FACTOR,
  REP_TERM,
  REPNE_TERM,
} from './fuzzy-tokens.ts';
import { displacementOf } from './marks.ts';

const NEEDS_MORE = FLAG.immediate | FLAG.one | FLAG.relative | FLAG.absolute | FLAG.evex;
const SEGMENTS = PREFIX.fs | PREFIX.gs;
const EBX = 3;
const MARKING_PREFIXES = PREFIX.lock | PREFIX.rep | PREFIX.repne;

/** Where fuzzy words go: as many as `count`, from the first place on. */
export interface WordList {
  readonly words: Int32Array;
  count: number;
}

/** Gives the hasher the fuzzy words of the current block, instruction by instruction. One object is reused. */
export class InstructionWords {
  readonly #list: Int32Array;
  readonly #hasher: WordList;
  /** Where the call that was added last leads, whose displacement is zeros by now; -1 for a far one. */
  callTarget = -1;
  /** Where the next constant of the instruction goes. */
  #next = 0;
  readonly #decoder: Decoder;
  readonly #bytes: Uint8Array;

  constructor(decoder: Decoder, bytes: Uint8Array, hasher: WordList) {
    this.#decoder = decoder;
    this.#hasher = hasher;
    this.#list = hasher.words;
    this.#bytes = bytes;
  }

  /** Adds the words of the decoded instruction and zeroes its bytes that are an address. */
  add(): void {
    const decoder = this.#decoder;
    const { flags, addressing } = decoder;
    const at = this.#hasher.count;
    this.#next = at + 1;
    let word = FUZZY_TOKEN[(CONTEXT_BASE[decoder.form] ?? 0) + decoder.context] ?? 0;
    if (addressing !== 0) word += Math.imul(this.#memoryForm(), MEMORY_FORM_FACTOR);
    else if (decoder.narrow && (flags & (FLAG.absolute | FLAG.immediate)) === FLAG.absolute) {
      word += Math.imul(this.#offsetForm(), MEMORY_FORM_FACTOR);
    }
    if ((decoder.prefixes & MARKING_PREFIXES) !== 0) word += this.#prefixTerm();
    if ((flags & NEEDS_MORE) !== 0) {
      if ((flags & FLAG.relative) !== 0) this.#eraseTarget();
      else if ((flags & FLAG.absolute) !== 0) this.#eraseAbsolute();
      else if ((flags & (FLAG.immediate | FLAG.one)) !== 0) this.#immediate();
      if ((flags & FLAG.evex) !== 0 && decoder.mask !== 0) {
        word += Math.imul(1 + ((decoder.mask >> 2) & 2), MASK_FACTOR);
      }
    }
    this.#list[at] = word;
    this.#hasher.count = this.#next;
  }

  /**
   * Index scale (0 no index, 1 to 4 for 1, 2, 4, 8) + 5 * displacement (0 none, 1 constant, 2 address, 3 stack slot)
   * + 20 * segment (0 none, 1 fs, 2 gs). A stack slot's place is the compiler's choice as registers are: leaving it out
   * kept 57 % of the genes from -O2 to -O3 where 51 % were kept with it, for 5.0 % of chance matches instead of 4.2 %.
   */
  #memoryForm(): number {
    const decoder = this.#decoder;
    const { addressing, displacementSize } = decoder;
    let form = (addressing & 16) === 0 ? 0 : this.#indexScale();
    if ((addressing & 16) !== 0 && (decoder.sib & 7) === 4 && (decoder.rex & 1) === 0) {
      form += 15;
    } else if (displacementSize === 1) {
      const displacement = (((this.#bytes[decoder.displacementAt] ?? 0) << 24) >> 24) << decoder.displacementScale;
      if (displacement !== 0) {
        this.#keep(displacement);
        form += 5;
      }
    } else if (displacementSize !== 0) {
      form += decoder.narrow ? this.#narrowDisplacement() : this.#longDisplacement();
    }
    return form + this.#segment();
  }

  #segment(): number {
    const { prefixes } = this.#decoder;
    if ((prefixes & SEGMENTS) === 0) return 0;
    return (prefixes & PREFIX.fs) !== 0 ? 20 : 40;
  }

  /** Memory form of A0 to A3 in 32-bit mode: `mov eax, fs:[0x18]` is a place in a structure, not an address. */
  #offsetForm(): number {
    const { immediateAt, immediateSize } = this.#decoder;
    const offset = displacementOf(this.#bytes, immediateAt, immediateSize);
    if (immediateSize === 4 && offset >>> 0 >= ADDRESS_LIMIT) return 10 + this.#segment();
    if (offset !== 0) this.#keep(offset);
    return (offset === 0 ? 0 : 5) + this.#segment();
  }

  #indexScale(): number {
    const { sib, rex, flags } = this.#decoder;
    const indexed = (sib & 0x38) !== 0x20 || (rex & 2) !== 0 || (flags & FLAG.vectorIndex) !== 0;
    return indexed ? 1 + (sib >> 6) : 0;
  }

  /** Four bytes; an address where RIP-relative, or without base and too big for an offset. */
  #longDisplacement(): number {
    const { addressing, displacementAt, sib, modrm } = this.#decoder;
    const displacement = displacementOf(this.#bytes, displacementAt, 4);
    const noBase = (addressing & 16) !== 0 && (sib & 7) === 5 && modrm < 0x40;
    if ((addressing & 64) !== 0 || (noBase && displacement >>> 0 >= ADDRESS_LIMIT)) {
      this.#erase(displacementAt, 4);
      return 10;
    }
    if (displacement === 0) return 0;
    this.#keep(displacement);
    return 5;
  }

  /** In 32-bit mode, where addresses are absolute or relative to the global offset table. */
  #narrowDisplacement(): number {
    const { addressing, displacementAt, displacementSize, sib, modrm } = this.#decoder;
    const displacement = displacementOf(this.#bytes, displacementAt, displacementSize);
    if (displacementSize === 4) {
      const scaled = (addressing & 16) !== 0;
      const noBase = (addressing & 128) !== 0 || (scaled && (sib & 7) === 5 && modrm < 0x40);
      const base = scaled ? sib & 7 : modrm & 7;
      const address = noBase ? displacement >>> 0 >= ADDRESS_LIMIT : isAddressWithBase(displacement, base);
      if (address) {
        this.#erase(displacementAt, 4);
        return 10;
      }
    }
    if (displacement === 0) return 0;
    this.#keep(displacement);
    return 5;
  }

  #keep(constant: number): void {
    this.#list[this.#next++] = constant;
  }

  /** Of a jump, which ends its block, only the mnemonic counts; its displacement is still needed. */
  #eraseTarget(): void {
    const { form, immediateAt, immediateSize, narrow } = this.#decoder;
    if (FLOW[form] !== FLOW_KIND.call) return;
    const target = immediateAt + immediateSize + displacementOf(this.#bytes, immediateAt, immediateSize);
    this.callTarget = narrow && immediateSize === 2 ? -1 : target;
    this.#erase(immediateAt, immediateSize);
  }

  /** A far address, or the offset of A0 to A3 unless it is a constant. */
  #eraseAbsolute(): void {
    const { flags, narrow, immediateAt, immediateSize } = this.#decoder;
    const far = (flags & FLAG.immediate) !== 0;
    if (far) this.callTarget = -1;
    const small = narrow && !far && displacementOf(this.#bytes, immediateAt, immediateSize) >>> 0 < ADDRESS_LIMIT;
    if (!small) this.#erase(immediateAt, immediateSize);
  }

  /** By hand: for so few bytes `fill` takes longer than all the rest. */
  #erase(at: number, count: number): void {
    const bytes = this.#bytes;
    for (let i = at; i < at + count; i++) bytes[i] = 0;
  }

  #prefixTerm(): number {
    const { prefixes, flags } = this.#decoder;
    if ((prefixes & PREFIX.lock) !== 0) return LOCK_TERM;
    if ((flags & FLAG.string) === 0) return 0;
    return (prefixes & PREFIX.rep) !== 0 ? REP_TERM : REPNE_TERM;
  }

  /**
   * Of an immediate of four bytes in 32-bit mode. Masks and factors are constants whatever their size; what `add` adds to
   * a register may be the distance to the global offset table, which has any size.
   */
  #isAddress(value: number): boolean {
    const { form, addressing } = this.#decoder;
    const kind = ADDRESS_USE[form] ?? 0;
    return kind === 0 ? false : isFar(value) || (kind === 2 && addressing === 0);
  }

  /** Read as signed, whatever its length, so that the short and the long form agree; eight bytes are an address. */
  #immediate(): void {
    const { flags, immediateAt, immediateSize } = this.#decoder;
    const bytes = this.#bytes;
    if (immediateSize === 1) this.#keep(((bytes[immediateAt] ?? 0) << 24) >> 24);
    else if (immediateSize === 8) {
      this.#erase(immediateAt, 8);
      this.#keep(0);
    } else if (immediateSize === 4 && this.#decoder.narrow && this.#isAddress(displacementOf(bytes, immediateAt, 4))) {
      this.#erase(immediateAt, 4);
      this.#keep(0);
    } else if ((flags & FLAG.one) !== 0) this.#keep(1);
    else if (immediateSize === 3) this.#keep(displacementOf(bytes, immediateAt, 4) & 0xffffff);
    else this.#keep(displacementOf(bytes, immediateAt, immediateSize));
  }
}

/** At least 0x10000 away from both ends of a 32-bit address space. */
export function isFar(value: number): boolean {
  return value >= ADDRESS_LIMIT || value < -ADDRESS_LIMIT;
}

/**
 * Of a displacement of four bytes beside a base in 32-bit mode. Not only far ones: with base EBX, which the i386 ABI
 * reserves for the global offset table, and where the assembler took four bytes for what one would hold.
 */
export function isAddressWithBase(displacement: number, base: number): boolean {
  const short = displacement >= -128 && displacement < 128;
  return isFar(displacement) || base === EBX || (short && displacement !== 0);
}

const IS_LEA = Uint8Array.from(NAMES, (name) => (name === 'lea' ? 1 : 0));
const IS_MOV = Uint8Array.from(NAMES, (name) => (name === 'mov' ? 1 : 0));

/**
 * LEA of a register from itself with displacement zero: how assemblers fill gaps of 32-bit code, as they use NOP in 64-bit
 * code.
 */
export function isFilling(decoder: Decoder, bytes: Uint8Array): boolean {
  const { form, modrm, sib, addressing, displacementAt, displacementSize, context, prefixes } = decoder;
  if (IS_LEA[form] !== 1 || (context & 3) !== 1 || (prefixes & PREFIX.addressSize) !== 0) return false;
  const scaled = (addressing & 16) !== 0;
  const base = scaled ? sib & 7 : modrm & 7;
  if (displacementSize === 0 || (scaled && (sib & 0x38) !== 0x20) || base !== ((modrm >> 3) & 7)) return false;
  if (modrm < 0x40 || (scaled && base === 4)) return false;
  return displacementOf(bytes, displacementAt, displacementSize) === 0;
}

/**
 * Whether an instruction counts towards a gene's minimum, for forms flagged `stack`. Not informative: destination rsp in
 * add, sub, and, lea, mov; `mov rbp, rsp`; `lea rbp, [rsp + …]`. `sib` is asked for where there is one.
 */
export function isInformative(
  form: number,
  opcode: number,
  modrm: number,
  rex: number,
  memory: boolean,
  sib: number,
): boolean {
  // Each of the adjustments names register 4.
  if ((modrm & 7) !== 4 && (modrm & 0x38) !== 0x20) return true;
  const reg = ((modrm >> 3) & 7) | ((rex & 4) << 1);
  if (IS_LEA[form] === 1)
    return !(reg === 4 || (reg === 5 && (modrm & 7) === 4 && (sib & 0x3f) === 0x24 && (rex & 3) === 0));
  const rm = (modrm & 7) | ((rex & 1) << 3);
  // Opcodes x3, xB have their destination in ModRM.reg; the others, and the groups, in ModRM.rm.
  const toReg = opcode < 0x80 ? (opcode & 2) !== 0 : opcode === 0x8b;
  if (toReg ? reg === 4 : !memory && rm === 4) return false;
  if (IS_MOV[form] !== 1 || memory) return true;
  return !(toReg ? reg === 5 && rm === 4 : rm === 5 && reg === 4);
}

/** The same of a decoded instruction, with those flagged `uninformative`. */
export function counts(decoder: Decoder): boolean {
  const { flags, form, opcode, modrm, rex, addressing, sib } = decoder;
  if ((flags & (FLAG.uninformative | FLAG.stack)) === 0) return true;
  return (flags & FLAG.uninformative) === 0 && isInformative(form, opcode, modrm, rex, addressing !== 0, sib);
}
