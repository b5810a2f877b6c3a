import {
  BYTE_ROLE,
  ESCAPE,
  EVEX_ROW,
  MANDATORY,
  MAX_LENGTH,
  MODRM,
  NARROW_MODRM,
  NARROW_ROLE,
  OPCODE,
  PADDING,
  PREFIX,
  PREFIX_EFFECT,
  REX,
  SIZE_LOG,
  VEX_PREFIX,
  VEX_ROW,
  XOP,
  XOP_ROW,
} from './byte-table.ts';
import {
  BROADCAST_BITS,
  CONTEXT_BASE,
  DESCRIPTORS,
  FLAG,
  FLAGS,
  IMMEDIATE_SIZE,
  NARROW_ROOT,
  ROOT,
  SCALE_OVERRIDE,
  SELECT,
  SELECTORS,
} from './forms.ts';
import { CHECKED, operandsExist } from './operand-rules.ts';

/**
 * Decoder for 64-bit or 32-bit mode. One object is reused for all instructions: `decode` fills the fields and gives the
 * length, or 0 for bytes that are no instruction or that end too early. Positions are indexes into the buffer.
 */
export class Decoder {
  /** Where the last decoded instruction starts. */
  start = 0;
  form = 0;
  flags = 0;
  /** Index into `DESCRIPTORS` beside the form: operand size, memory, vector length, broadcast. */
  context = 0;
  prefixes = 0;
  /** REX or its equal in VEX, EVEX and XOP: W 8, R 4, X 2, B 1. */
  rex = 0;
  modrm = 0;
  /** ModRM's memory bits as in the `MODRM` table, with a SIB's displacement, or 0. */
  addressing = 0;
  sib = 0;
  displacementAt = 0;
  displacementSize = 0;
  /** log2 of the EVEX factor of an 8-bit displacement. */
  displacementScale = 0;
  immediateAt = 0;
  immediateSize = 0;
  /** EVEX mask register and zeroing: aaa, z << 3. */
  mask = 0;
  opcode = 0;
  /** VEX.vvvv, with EVEX.V' above it. */
  v = 0;
  /** EVEX.R': 16 or 0. */
  high = 0;

  /** 32-bit mode. */
  readonly narrow: boolean;
  readonly #role: number;
  readonly #root: number;
  /** Rows of `MODRM` without and with prefix 67, and what the address-size selector is given. */
  readonly #addressing: number;
  readonly #shortAddressing: number;
  readonly #addressSize: number;
  /** Bits of REX, or of its equal, that the mode has. */
  readonly #rexBits: number;
  readonly #vBits: number;
  /** `v` with the bits that 32-bit mode ignores where VEX.vvvv is used. */
  #wholeV = 0;
  #bytes: Uint8Array = new Uint8Array(PADDING);
  #end = 0;
  #evexB = 0;
  #vectorLength = 0;

  constructor(bits: 32 | 64) {
    const narrow = bits === 32;
    this.narrow = narrow;
    this.#role = narrow ? NARROW_ROLE : 0;
    this.#root = narrow ? NARROW_ROOT : 0;
    this.#addressing = narrow ? NARROW_MODRM : 0;
    this.#shortAddressing = narrow ? 512 : 0;
    this.#addressSize = narrow ? 1 : 0;
    this.#rexBits = narrow ? 8 : 15;
    this.#vBits = narrow ? 7 : 31;
  }

  /** `buffer` has at least PADDING bytes behind `end`. */
  attach(buffer: Uint8Array, end: number): void {
    if (buffer.length < end + PADDING) throw new RangeError('The buffer lacks padding behind the code');
    this.#bytes = buffer;
    this.#end = end;
  }

  decode(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    const roles = this.#role;
    let byte = bytes[at++] ?? 0;
    let role = BYTE_ROLE[roles | byte] ?? 0;
    let rex = 0;
    let prefixes = 0;
    while (role >= REX) {
      if (role === REX) {
        rex = byte;
      } else {
        const effect = PREFIX_EFFECT[byte] ?? 0;
        prefixes = (prefixes & ~(effect >> 16)) | (effect & 0xff);
        rex = 0;
      }
      if (at - start >= MAX_LENGTH) return 0;
      byte = bytes[at++] ?? 0;
      role = BYTE_ROLE[roles | byte] ?? 0;
    }
    this.prefixes = prefixes;
    this.rex = rex;
    let root = byte;
    if (role === ESCAPE) {
      byte = bytes[at++] ?? 0;
      root = 0x400 | byte;
      if ((byte & 0xfd) === 0x38) {
        root = byte === 0x38 ? 0x800 : 0xc00;
        byte = bytes[at++] ?? 0;
        root |= byte;
      }
    } else if (role !== OPCODE && this.#isVector(role, bytes[at] ?? 0)) {
      return this.#decodeVector(start, at, byte);
    }
    this.opcode = byte;
    const form = ROOT[this.#root | root | (MANDATORY[prefixes & 7] ?? 0)] ?? 0;
    const size = (rex & 8) !== 0 ? 2 : (prefixes & PREFIX.operandSize) !== 0 ? 0 : 1;
    this.#vectorLength = 0;
    return this.#finish(start, at, form, size);
  }

  /** 8F is also POP; C4, C5 and 62 are also LES, LDS and BOUND in 32-bit mode, which have no register form. */
  #isVector(role: number, next: number): boolean {
    if (role === XOP) return (next & 0x1f) >= 8;
    return !this.narrow || next >= 0xc0;
  }

  #select(entry: number, size: number, modrm: number): number {
    let form = entry;
    while (form < 0) {
      const at = -form;
      const kind = SELECTORS[at] ?? 0;
      let value = 0;
      if (kind === SELECT.modReg) value = ((modrm >> 3) & 7) | (modrm >= 0xc0 ? 8 : 0);
      else if (kind === SELECT.operandSize) value = size;
      else if (kind === SELECT.rm) value = modrm & 7;
      else if (kind === SELECT.w) value = (this.rex >> 3) & 1;
      else if (kind === SELECT.length) value = this.#vectorLength;
      else if (kind === SELECT.rexB) value = this.rex & 1;
      else value = this.#addressSize + ((this.prefixes & PREFIX.addressSize) !== 0 ? 1 : 0);
      form = SELECTORS[at + 1 + value] ?? 0;
    }
    return form;
  }

  /** From behind the opcode on: ModRM, SIB, displacement, immediate. */
  #finish(start: number, afterOpcode: number, entry: number, operandSize: number): number {
    const bytes = this.#bytes;
    let at = afterOpcode;
    const modrm = bytes[at] ?? 0;
    const form = entry < 0 ? this.#select(entry, operandSize, modrm) : entry;
    if (form === 0) return 0;
    const flags = FLAGS[form] ?? 0;
    let size = operandSize;
    if ((flags & (FLAG.default64 | FLAG.forced64)) !== 0) {
      size = (flags & FLAG.forced64) !== 0 || size === 1 ? 2 : size;
    }
    this.start = start;
    this.form = form;
    this.flags = flags;
    this.context = size;
    this.addressing = 0;
    this.displacementSize = 0;
    if ((flags & FLAG.modrm) !== 0) {
      at++;
      this.modrm = modrm;
      const row = (this.prefixes & PREFIX.addressSize) === 0 ? this.#addressing : this.#shortAddressing;
      let addressing = MODRM[row | modrm] ?? 0;
      if (addressing !== 0 && (flags & FLAG.anyMod) === 0) {
        if ((addressing & 16) !== 0) {
          const sib = bytes[at++] ?? 0;
          this.sib = sib;
          // Mod 0 with base 5: no base, 32-bit displacement.
          if ((sib & 7) === 5 && modrm < 0x40) addressing |= 4;
        }
        this.addressing = addressing;
        this.context = size | 4;
        const count = addressing & 7;
        if (count !== 0) {
          this.displacementAt = at;
          this.displacementSize = count;
          this.displacementScale = 0;
          at += count;
        }
      }
    }
    let count = IMMEDIATE_SIZE[form * 4 + size] ?? 0;
    if (count !== 0) {
      if ((flags & (FLAG.absolute | FLAG.immediate)) === FLAG.absolute && (this.prefixes & PREFIX.addressSize) !== 0) {
        count >>= 1;
      }
      this.immediateAt = at;
      at += count;
    }
    this.immediateSize = count;
    const length = at - start;
    if (length > MAX_LENGTH || at > this.#end) return 0;
    if ((this.prefixes & PREFIX.lock) !== 0 && !this.#lockable()) return 0;
    if ((flags & CHECKED) !== 0 && !operandsExist(this, this.#bytes)) return 0;
    return length;
  }

  #lockable(): boolean {
    return (this.flags & FLAG.lock) !== 0 && this.addressing !== 0;
  }

  /** VEX, EVEX and XOP. `at` is behind the escape byte. */
  #decodeVector(start: number, at: number, lead: number): number {
    if (this.rex !== 0 || (this.prefixes & (7 | PREFIX.lock)) !== 0) return 0;
    const bytes = this.#bytes;
    this.mask = 0;
    this.high = 0;
    this.#evexB = 0;
    if (lead === 0x62) return this.#decodeEvex(start, at);
    const p1 = bytes[at] ?? 0;
    if (lead === 0xc5) {
      this.rex = (~p1 >> 5) & 4 & this.#rexBits;
      this.v = (~p1 >> 3) & 15;
      return this.#vexTail(start, at + 1, 4, p1 & 7);
    }
    const p2 = bytes[at + 1] ?? 0;
    this.rex = (((~p1 >> 5) & 7) | ((p2 >> 4) & 8)) & this.#rexBits;
    this.v = (~p2 >> 3) & 15;
    const map = p1 & 31;
    const row = lead === 0x8f ? (XOP_ROW[map] ?? 0) : (VEX_ROW[map] ?? 0);
    return row === 0 ? 0 : this.#vexTail(start, at + 2, row, p2 & 7);
  }

  /** `lpp`: vector length bit and mandatory prefix. */
  #vexTail(start: number, at: number, row: number, lpp: number): number {
    const opcode = this.#bytes[at] ?? 0;
    this.opcode = opcode;
    this.#wholeV = this.v;
    this.v &= this.#vBits;
    this.#vectorLength = lpp >> 2;
    const entry = ROOT[this.#root | (row << 10) | (VEX_PREFIX[lpp & 3] ?? 0) | opcode] ?? 0;
    const length = this.#finish(start, at + 1, entry, (this.rex & 8) !== 0 && !this.narrow ? 2 : 1);
    if (length === 0) return 0;
    this.context |= this.#vectorLength << 3;
    if (this.#wholeV !== 0 && (this.flags & FLAG.usesV) === 0) return 0;
    return length;
  }

  #decodeEvex(start: number, at: number): number {
    const bytes = this.#bytes;
    const p0 = bytes[at] ?? 0;
    const p1 = bytes[at + 1] ?? 0;
    const p2 = bytes[at + 2] ?? 0;
    const row = EVEX_ROW[p0 & 15] ?? 0;
    if (row === 0 || (p1 & 4) === 0) return 0;
    this.rex = (((~p0 >> 5) & 7) | ((p1 >> 4) & 8)) & this.#rexBits;
    this.v = ((~p1 >> 3) & 15) | ((~p2 << 1) & 16);
    this.high = ~p0 & 16;
    this.#wholeV = this.v;
    if (this.narrow) {
      if ((p2 & 8) === 0) return 0;
      this.v &= this.#vBits;
      this.high = 0;
    }
    this.mask = (p2 & 7) | ((p2 >> 4) & 8);
    this.#evexB = (p2 >> 4) & 1;
    const opcode = bytes[at + 3] ?? 0;
    this.opcode = opcode;
    const registerForm = (bytes[at + 4] ?? 0) >= 0xc0;
    // With rounding control the length bits hold the rounding mode and the length is 512.
    this.#vectorLength = this.#evexB === 1 && registerForm ? 2 : (p2 >> 5) & 3;
    const entry = ROOT[this.#root | (row << 10) | (VEX_PREFIX[p1 & 3] ?? 0) | opcode] ?? 0;
    const length = this.#finish(start, at + 4, entry, (this.rex & 8) !== 0 && !this.narrow ? 2 : 1);
    if (length === 0 || !this.#evexRulesHold()) return 0;
    const broadcast = this.#evexB === 1 && !registerForm;
    this.context |= (this.#vectorLength << 3) | (broadcast ? 32 : 0);
    if (this.displacementSize === 1) this.displacementScale = this.#evexScale();
    return length;
  }

  #evexRulesHold(): boolean {
    const flags = this.flags;
    const memory = this.addressing !== 0;
    if (this.#evexB === 1) {
      const allowed = memory ? FLAG.broadcast : FLAG.rounding | FLAG.suppress;
      if ((flags & allowed) === 0) return false;
    }
    if ((flags & FLAG.usesV) === 0) {
      const indexBit = (flags & FLAG.vectorIndex) !== 0 ? 15 : 31;
      if ((this.#wholeV & indexBit) !== 0) return false;
    }
    const register = this.mask & 7;
    if (register !== 0 && (flags & FLAG.mask) === 0) return false;
    if (register === 0 && (this.mask !== 0 || (flags & FLAG.maskRequired) !== 0)) return false;
    if ((this.mask & 8) === 0) return true;
    return (flags & FLAG.zeroing) !== 0 && !(memory && (flags & FLAG.memoryFirst) !== 0);
  }

  /** An 8-bit displacement counts in units of the memory operand (SDM volume 2, 2.7.5). */
  #evexScale(): number {
    const override = SCALE_OVERRIDE[this.form] ?? 0;
    if (override !== 0) return override - 1;
    const broadcast = (this.context & 32) !== 0 ? (BROADCAST_BITS[this.form] ?? 0) : 0;
    if (broadcast !== 0) return Math.log2(broadcast) - 3;
    const packed = DESCRIPTORS[(CONTEXT_BASE[this.form] ?? 0) + this.context] ?? 0;
    for (let shift = 0; shift < 32; shift += 8) {
      const descriptor = (packed >> shift) & 0xff;
      if (descriptor >> 4 === 13) return SIZE_LOG[descriptor & 15] ?? 0;
    }
    return 0;
  }
}
