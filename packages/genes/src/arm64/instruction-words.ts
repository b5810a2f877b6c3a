import { type BlockHasher, WORD_CAPACITY } from '../extraction/block-hasher.ts';
import { type Decoder, NONE } from './decoder.ts';
import { displacementOf } from './displacement.ts';
import { FLAG, FLOW, FLOW_BITS } from './spec.ts';

/** Terms of the fuzzy token (docs/gene-scheme.md): kept bits, register 31 in a general field, an address. */
const KEPT_FACTOR = 0x9e3779b1 | 0;
const LAST_REGISTER_FACTOR = 0x27d4eb2f;
const ADDRESS_TERM = 0x165667b1;

/** Registers that a call may change: x0 to x18 and x30. */
const CALL_CLOBBERS = 0x4007_ffff;
const TPIDR_EL0 = 0xd53bd040 | 0;
/** Shift of an ADD immediate by 12: the high part of a thread-local offset. */
const SHIFTED = 0x0040_0000;

/** Forms whose immediate may be an address. */
const TAKES_ADDRESS = FLAG.lo12 | FLAG.wide;

/** Jumps further ahead are to cold parts; bounds what is kept of them. In bytes. */
const MAX_CARRY = 0x1_0000;
/** Twice as many as there are places within that reach. */
const MOST_CARRIED = MAX_CARRY / 2;

/** Fuzzy words of the current block and the exact form of each instruction, with its addresses zeroed. */
export class InstructionWords {
  readonly #decoder: Decoder;
  readonly #hasher: BlockHasher;
  /** Registers that hold the page of an address, or the thread's base, bit by number. */
  #pages = 0;
  /** The same at places further on that jumps lead to. */
  readonly #carried = new Map<number, number>();
  /** Nothing falls through from the instruction before. */
  #pathEnded = false;

  constructor(decoder: Decoder, hasher: BlockHasher) {
    this.#decoder = decoder;
    this.#hasher = hasher;
  }

  get full(): boolean {
    return this.#hasher.count > WORD_CAPACITY - 2;
  }

  /** Before each range: nothing is known of any register. */
  forget(): void {
    this.#pages = 0;
    this.#carried.clear();
    this.#pathEnded = false;
  }

  /** Before the first instruction of each block: what jumps to it from above bring along. */
  land(at: number): void {
    if (this.#carried.size !== 0) {
      const carried = this.#carried.get(at);
      if (carried !== undefined) {
        this.#pages = this.#pathEnded ? carried : this.#pages | carried;
        this.#carried.delete(at);
      }
    }
    this.#pathEnded = false;
  }

  /** Adds the fuzzy words of an instruction; gives its exact word. */
  add(form: number, word: number, view: DataView, at: number, end: number): number {
    const decoder = this.#decoder;
    const flags = decoder.flags[form] ?? 0;
    const immediate = decoder.immediate[form] ?? 0;
    const relative = decoder.relative[form] ?? 0;
    let token = (decoder.token[form] ?? 0) + Math.imul(word & (decoder.kept[form] ?? 0), KEPT_FACTOR);
    for (let fields = decoder.fields[form] ?? 0, k = 1; fields !== 0; fields >>>= 5, k++) {
      if (((word >>> ((fields & 31) - 1)) & 31) === 31) token += Math.imul(k, LAST_REGISTER_FACTOR);
    }
    let exact = word & ~relative;
    let constant = immediate;
    if (immediate !== 0) {
      const shift = decoder.base[form] ?? NONE;
      const base = shift === NONE ? 32 : (word >>> shift) & 31;
      if (base === 31) {
        // A stack slot's place is the compiler's choice as registers are.
        constant = 0;
      } else if ((flags & TAKES_ADDRESS) !== 0 && this.#isAddress(flags, word, base, view, at, end)) {
        token += ADDRESS_TERM;
        constant = 0;
        exact &= ~immediate;
      }
    }
    const { words, count } = this.#hasher;
    words[count] = token;
    if (constant !== 0) words[count + 1] = word & constant;
    this.#hasher.count = constant === 0 ? count + 1 : count + 2;
    this.#follow(form, flags, word, at);
    return exact;
  }

  #isAddress(flags: number, word: number, base: number, view: DataView, at: number, end: number): boolean {
    if ((flags & FLAG.lo12) !== 0) return base < 31 && ((this.#pages >>> base) & 1) !== 0;
    return isWideAddress(word, view, at, end);
  }

  /** What the instruction leaves in the registers. */
  #follow(form: number, flags: number, word: number, at: number): void {
    if ((flags & FLOW_BITS) !== 0) {
      this.#branch(flags & FLOW_BITS, at + displacementOf(this.#decoder.relative[form] ?? 0, word), at);
      return;
    }
    const before = this.#pages;
    // An epilogue gives registers back to the caller; behind it the function goes on with what it had in them.
    if (before !== 0 && !((flags & FLAG.save) !== 0 && ((word >>> 5) & 31) === 31 && savesRegisters(word))) {
      for (let fields = this.#decoder.written[form] ?? 0; fields !== 0; fields >>>= 5) {
        this.#pages &= ~(1 << ((word >>> ((fields & 31) - 1)) & 31));
      }
    }
    const destination = 1 << (word & 31);
    if ((flags & FLAG.page) !== 0 || (word & ~31) === TPIDR_EL0) this.#pages |= destination & 0x7fff_ffff;
    else if ((flags & FLAG.lo12) !== 0 && (word & 0xffc0_0000) === (0x9140_0000 | 0) && (word & SHIFTED) !== 0) {
      if (((before >>> ((word >>> 5) & 31)) & 1) !== 0) this.#pages |= destination & 0x7fff_ffff;
    }
  }

  /** Behind a call, and where nothing falls through, only what callees keep is still there. */
  #branch(flow: number, target: number, at: number): void {
    if (flow === FLOW.cond || flow === FLOW.jump) {
      if (this.#pages !== 0 && target > at && target - at < MAX_CARRY) {
        this.#carried.set(target, (this.#carried.get(target) ?? 0) | this.#pages);
        if (this.#carried.size > MOST_CARRIED) this.#dropPassed(at);
      }
      if (flow === FLOW.cond) return;
    }
    this.#pages &= ~CALL_CLOBBERS;
    this.#pathEnded = flow !== FLOW.call && flow !== FLOW.icall && flow !== FLOW.syscall;
  }

  /** No block began where these jumps led. */
  #dropPassed(at: number): void {
    for (const place of this.#carried.keys()) if (place <= at) this.#carried.delete(place);
  }
}

/** MOVZ, MOVN, MOVK to 64 bits whose run to the same register reaches bit 32: an address, as an imm64 of x86 is. */
function isWideAddress(word: number, view: DataView, at: number, end: number): boolean {
  if (word >= 0) return false;
  if ((word & 0x0040_0000) !== 0) return true;
  for (let next = at + 4; next < end && next <= at + 12; next += 4) {
    const other = view.getInt32(next, true);
    // MOVK to the same register.
    if ((other & 0xff80_001f) !== (0xf280_0000 | (word & 31) | 0)) return false;
    if ((other & 0x0040_0000) !== 0) return true;
  }
  return false;
}

/** Whether an instruction counts towards a gene's minimum: not jumps, returns, the saving of registers, the frame. */
export function isInformative(flags: number, word: number): boolean {
  const flow = flags & FLOW_BITS;
  if (flow !== 0) return flow !== FLOW.jump && flow !== FLOW.ret;
  if ((flags & FLAG.save) !== 0) return ((word >>> 5) & 31) !== 31 || !savesRegisters(word);
  // ADD and SUB, immediate or extended: to the stack pointer, or `add x29, sp, n`.
  const immediate = (word & 0x3f80_0000) === 0x1100_0000;
  if (!immediate && (word & 0x3fe0_0000) !== 0x0b20_0000) return true;
  const destination = word & 31;
  return !(destination === 31 || (immediate && destination === 29 && ((word >>> 5) & 31) === 31));
}

/** Registers that callees keep, whole: x19 to x30, d8 to d15. Pairs have bit 29, 27 and not 28 set alike. */
function savesRegisters(word: number): boolean {
  const vector = (word & 0x0400_0000) !== 0;
  const pair = (word & 0x3800_0000) === 0x2800_0000;
  const sizeBits = word >>> 30;
  if (sizeBits !== (pair ? (vector ? 1 : 2) : 3)) return false;
  // LDR and STR of q registers, LDRSW and PRFM are no saves.
  if (!pair && (word & 0x0080_0000) !== 0) return false;
  const kept = (number: number): boolean => (vector ? number >= 8 && number <= 15 : number >= 19 && number <= 30);
  return kept(word & 31) && (!pair || kept((word >>> 10) & 31));
}
