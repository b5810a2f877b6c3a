import { FLAG } from './forms.ts';

/** What the rules need to know of a decoded instruction; the decoder has these fields. */
export interface Decoded {
  readonly flags: number;
  readonly rex: number;
  readonly v: number;
  readonly high: number;
  readonly modrm: number;
  readonly sib: number;
  readonly addressing: number;
  readonly opcode: number;
  readonly immediateAt: number;
}

/** Forms that have a rule here; the others are valid as they stand. */
export const CHECKED =
  FLAG.threeDNow |
  FLAG.sibRequired |
  FLAG.vectorIndex |
  FLAG.maskReg |
  FLAG.maskV |
  FLAG.generalReg |
  FLAG.distinct |
  FLAG.special;

/** Opcode suffixes of 3DNow! (AMD 24592, appendix D). */
const THREE_D_NOW: ReadonlySet<number> = new Set([
  0x0c, 0x0d, 0x1c, 0x1d, 0x8a, 0x8e, 0x90, 0x94, 0x96, 0x97, 0x9a, 0x9e, 0xa0, 0xa4, 0xa6, 0xa7, 0xaa, 0xae, 0xb0,
  0xb4, 0xb6, 0xb7, 0xbb, 0xbf,
]);

/** CR0, CR2, CR3, CR4, CR8. */
const CONTROL_REGISTERS = 0b1_0001_1101;

/** Rules of the SDM that raise #UD for registers that do not exist or may not be the same. */
export function operandsExist(decoded: Decoded, bytes: Uint8Array): boolean {
  const { flags, rex, v, high } = decoded;
  if ((flags & FLAG.threeDNow) !== 0) return THREE_D_NOW.has(bytes[decoded.immediateAt] ?? 0);
  if ((flags & (FLAG.sibRequired | FLAG.vectorIndex)) !== 0 && (decoded.addressing & 16) === 0) return false;
  if ((flags & FLAG.maskReg) !== 0 && (high !== 0 || (rex & 4) !== 0)) return false;
  if ((flags & FLAG.maskV) !== 0 && v > 7) return false;
  if ((flags & FLAG.generalReg) !== 0 && high !== 0) return false;
  if ((flags & FLAG.distinct) !== 0) return registersDiffer(decoded);
  return (flags & FLAG.special) === 0 || specialExists(decoded);
}

function registersDiffer({ flags, rex, v, high, modrm, sib, addressing }: Decoded): boolean {
  const first = ((modrm >> 3) & 7) | ((rex & 4) << 1) | high;
  if ((flags & FLAG.vectorIndex) !== 0) {
    const index = ((sib >> 3) & 7) | ((rex & 2) << 2);
    if ((flags & FLAG.evex) !== 0) return first !== (index | (v & 16));
    return first !== index && first !== v && index !== v;
  }
  const last = (modrm & 7) | ((rex & 1) << 3) | ((flags & FLAG.evex) !== 0 ? (rex & 2) << 3 : 0);
  // Tiles: eight of them, so the register extension is no register.
  if ((flags & FLAG.evex) === 0) return last < 8 && first !== last && first !== v && last !== v;
  return first !== v && (addressing !== 0 || first !== last);
}

function specialExists({ opcode, modrm, rex }: Decoded): boolean {
  const number = ((modrm >> 3) & 7) | ((rex & 4) << 1);
  if (opcode === 0x20 || opcode === 0x22) return ((CONTROL_REGISTERS >> number) & 1) !== 0;
  if (opcode === 0x21 || opcode === 0x23) return number < 8;
  const segment = number & 7;
  return segment < 6 && !(opcode === 0x8e && segment === 1);
}
