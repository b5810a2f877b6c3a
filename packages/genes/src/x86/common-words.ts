import type { BlockHasher } from '../extraction/block-hasher.ts';
import { FLOW_KIND } from '../extraction/flow-kind.ts';
import { MODRM, NARROW_MODRM } from './byte-table.ts';
import {
  COMMON,
  COMMON_0F,
  COMMON_66,
  COMMON_FORM,
  COMMON_NARROW,
  COMMON_TOKEN,
  COMMON_TRAITS,
  COMMON_W,
} from './common-table.ts';
import type { Decoder } from './decoder.ts';
import { FLAGS } from './forms.ts';
import { ADDRESS_LIMIT, MEMORY_FORM_FACTOR } from './fuzzy-tokens.ts';
import { isAddressWithBase, isFar, isInformative } from './instruction-words.ts';
import { displacementOf } from './marks.ts';

/**
 * Parts of what is known of an instruction: length in the low four bits, the `FLOW_KIND`, 1 where it is informative, and the
 * sign where it is padding, of which the length alone holds.
 */
export const STEP = { length: 15, flowShift: 4, flow: 15, informativeShift: 8, padding: 1 << 31 } as const;

/** Parts of what `#memory` gives: bytes behind ModRM, that there is a constant, and the memory form. */
const MEMORY = { size: 7, constant: 8, formShift: 4 } as const;

/**
 * What `Decoder` and `InstructionWords` do together, in one step for the instructions of `COMMON_TRAITS` and without a
 * field written for each, which took a fifth longer. Words and erased bytes are the same.
 */
export class CommonWords {
  /** Where the direct call that was added last leads. */
  callTarget = -1;
  readonly #decoder: Decoder;
  readonly #bytes: Uint8Array;
  readonly #hasher: BlockHasher;
  readonly #list: Int32Array;
  readonly #narrow: boolean;
  readonly #row: number;
  readonly #modrmRow: number;

  constructor(decoder: Decoder, bytes: Uint8Array, hasher: BlockHasher) {
    this.#decoder = decoder;
    this.#bytes = bytes;
    this.#hasher = hasher;
    this.#list = hasher.words;
    this.#narrow = decoder.narrow;
    this.#row = decoder.narrow ? COMMON_NARROW : 0;
    this.#modrmRow = decoder.narrow ? NARROW_MODRM : 0;
  }

  /**
   * Adds the words of the instruction at `at` and zeroes its bytes that are an address; a `STEP`, or 0, with nothing done,
   * where the decoder has to read it. After an instruction that ends its block the decoder holds where it leads.
   */
  add(at: number): number {
    const bytes = this.#bytes;
    const list = this.#list;
    let row = this.#row;
    let next = at + 1;
    let opcode = bytes[at] ?? 0;
    let rex = 0;
    if (opcode === 0x66) {
      row += COMMON_66;
      opcode = bytes[next++] ?? 0;
    }
    if ((opcode & 0xf0) === 0x40 && !this.#narrow) {
      rex = opcode;
      row += (rex & 8) * (COMMON_W / 8);
      opcode = bytes[next++] ?? 0;
    }
    if (opcode === 0x0f) {
      row += COMMON_0F;
      opcode = bytes[next++] ?? 0;
    }
    const modrm = bytes[next] ?? 0;
    const entry = ((row | opcode) << 4) | ((modrm >> 3) & 7) | ((modrm & (modrm << 1) & 0x80) >> 4);
    const traits = COMMON_TRAITS[entry] ?? 0;
    if (traits === 0) return 0;
    const place = this.#hasher.count;
    let count = place + 1;
    let word = COMMON_TOKEN[entry] ?? 0;
    next += (traits & COMMON.modrm) >> 4;
    const sib = bytes[next] ?? 0;
    if ((traits & COMMON.memory) !== 0) {
      const memory = this.#memory(modrm, next, rex, count);
      next += memory & MEMORY.size;
      count += (memory & MEMORY.constant) >> 3;
      word += Math.imul(memory >> MEMORY.formShift, MEMORY_FORM_FACTOR);
    }
    list[place] = word;
    const immediate = next;
    next += traits & COMMON.immediate;
    if ((traits & (COMMON.constant | COMMON.one)) !== 0) list[count++] = this.#constant(traits, immediate);
    this.#hasher.count = count;
    const flow = (traits >> COMMON.flowShift) & STEP.flow;
    if ((traits & COMMON.relative) !== 0 && flow === FLOW_KIND.call) {
      this.callTarget = next + displacementOf(bytes, immediate, 4);
      this.#erase(immediate);
    }
    if ((traits & COMMON.endsBlock) !== 0) this.#end(entry, at, modrm, immediate);
    let informative = (traits & COMMON.informative) >> 5;
    if ((traits & COMMON.stack) !== 0) {
      // Each of the adjustments names register 4.
      const plain = (modrm & 7) !== 4 && (modrm & 0x38) !== 0x20;
      informative = plain || this.#counts(entry, opcode, modrm, rex, sib) ? 1 : 0;
    }
    return (next - at) | (flow << STEP.flowShift) | (informative << STEP.informativeShift);
  }

  /** `MEMORY`, of the operand whose SIB or displacement starts at `at`; its constant goes to `place` of the list. */
  #memory(modrm: number, at: number, rex: number, place: number): number {
    const bytes = this.#bytes;
    const addressing = MODRM[this.#modrmRow | modrm] ?? 0;
    let size = addressing & 7;
    let form = 0;
    let base = modrm & 7;
    let next = at;
    let noBase = (addressing & 128) !== 0;
    if ((addressing & 16) !== 0) {
      const sib = bytes[next++] ?? 0;
      base = sib & 7;
      if (base === 5 && modrm < 0x40) {
        size = 4;
        noBase = true;
      }
      if ((sib & 0x38) !== 0x20 || (rex & 2) !== 0) form = (1 + (sib >> 6)) << MEMORY.formShift;
      if (base === 4 && (rex & 1) === 0) return (size + 1) | (form + (15 << MEMORY.formShift));
    }
    if (size === 0) return (next - at) | form;
    const behind = next - at + size;
    const displacement = displacementOf(bytes, next, size);
    if (size === 4 && this.#isAddress(displacement, (addressing & 64) !== 0, noBase, base)) {
      this.#erase(next);
      return behind | (form + (10 << MEMORY.formShift));
    }
    if (displacement === 0) return behind | form;
    this.#list[place] = displacement;
    return behind | MEMORY.constant | (form + (5 << MEMORY.formShift));
  }

  #isAddress(displacement: number, relative: boolean, noBase: boolean, base: number): boolean {
    if (relative) return true;
    if (noBase) return displacement >>> 0 >= ADDRESS_LIMIT;
    return this.#narrow && isAddressWithBase(displacement, base);
  }

  #constant(traits: number, at: number): number {
    if ((traits & COMMON.one) !== 0) return 1;
    const value = displacementOf(this.#bytes, at, traits & COMMON.immediate);
    if ((traits & COMMON.farAddress) === 0) return value;
    const anyAddress = (traits & (COMMON.anyAddress | COMMON.memory)) === COMMON.anyAddress;
    if (!anyAddress && !isFar(value)) return value;
    this.#erase(at);
    return 0;
  }

  /** By hand: for four bytes `fill` takes longer than all the rest. */
  #erase(at: number): void {
    const bytes = this.#bytes;
    bytes[at] = 0;
    bytes[at + 1] = 0;
    bytes[at + 2] = 0;
    bytes[at + 3] = 0;
  }

  #counts(entry: number, opcode: number, modrm: number, rex: number, sib: number): boolean {
    return isInformative(COMMON_FORM[entry] ?? 0, opcode, modrm, rex, modrm < 0xc0, sib);
  }

  /** What the block's end needs of the instruction. */
  #end(entry: number, at: number, modrm: number, immediate: number): void {
    const traits = COMMON_TRAITS[entry] ?? 0;
    const memory = (traits & COMMON.memory) === 0 ? 0 : (MODRM[this.#modrmRow | modrm] ?? 0);
    const decoder = this.#decoder;
    const form = COMMON_FORM[entry] ?? 0;
    decoder.start = at;
    decoder.form = form;
    decoder.flags = FLAGS[form] ?? 0;
    decoder.context = 1;
    decoder.addressing = memory;
    decoder.immediateAt = immediate;
    decoder.immediateSize = traits & COMMON.immediate;
  }
}
