import { BYTE_ROLE, NARROW_ROLE, OPCODE } from './byte-table.ts';
import { FLAG, FLAGS, IMMEDIATE_SIZE, NARROW_ROOT, ROOT, SELECT, SELECTORS } from './forms.ts';
import { CHECKED } from './operand-rules.ts';

/**
 * Enough to step over the common instructions: one entry per opcode of the one-byte map and of map 0F. Where an
 * entry does not hold for the instruction at hand, the full decoder is asked; it alone decides what is valid.
 */
export const LIGHT = {
  /** Low nibble: bytes of immediate or branch displacement. */
  immediate: 15,
  modrm: 16,
  /** Holds for memory operands (and where there is no ModRM). */
  memory: 32,
  /** Holds for register operands. */
  register: 64,
  relative: 128,
} as const;

/**
 * Index: table 0 to 2 by operand size of the one-byte map, 3 to 5 of map 0F, times 256, plus the opcode; the same again
 * for 32-bit mode.
 */
export const LIGHT_TABLE = new Uint8Array(12 * 256);
export const NARROW_LIGHT = 6 * 256;

interface Traits {
  immediate: number;
  modrm: boolean;
  relative: boolean;
}

const REFUSED = FLAG.absolute | CHECKED | FLAG.anyMod;

/** Traits that all forms below an entry share, for memory (mod 0) or register operands; null where they differ. */
function commonTraits(entry: number, size: number, mod: number): Traits | null {
  if (entry === 0) return null;
  if (entry < 0) {
    const kind = SELECTORS[-entry];
    const width = kind === SELECT.modReg ? 16 : kind === SELECT.rm ? 8 : kind === SELECT.operandSize ? 3 : 2;
    let common: Traits | null = null;
    for (let value = 0; value < width; value++) {
      if (kind === SELECT.modReg && value >> 3 !== mod) continue;
      if (kind === SELECT.operandSize && value !== size) continue;
      const traits = commonTraits(SELECTORS[1 - entry + value] ?? 0, size, mod);
      if (traits === null) return null;
      if (common === null) common = traits;
      if (traits.immediate !== common.immediate || traits.modrm !== common.modrm) return null;
      if (traits.relative !== common.relative) return null;
    }
    return common;
  }
  const flags = FLAGS[entry] ?? 0;
  if ((flags & REFUSED) !== 0) return null;
  const wide = (flags & FLAG.forced64) !== 0 || ((flags & FLAG.default64) !== 0 && size === 1);
  return {
    immediate: IMMEDIATE_SIZE[entry * 4 + (wide ? 2 : size)] ?? 0,
    modrm: (flags & FLAG.modrm) !== 0,
    relative: (flags & FLAG.relative) !== 0,
  };
}

function lightEntry(entry: number, size: number): number {
  const memory = commonTraits(entry, size, 0);
  const register = commonTraits(entry, size, 1);
  const traits = memory ?? register;
  if (traits === null) return 0;
  const differ =
    memory !== null &&
    register !== null &&
    (memory.immediate !== register.immediate ||
      memory.modrm !== register.modrm ||
      memory.relative !== register.relative);
  // Without ModRM there is no mod to tell the two apart.
  if (differ || (!traits.modrm && (memory === null || register === null))) return 0;
  return (
    traits.immediate |
    (traits.modrm ? LIGHT.modrm : 0) |
    (memory === null ? 0 : LIGHT.memory) |
    (register === null ? 0 : LIGHT.register) |
    (traits.relative ? LIGHT.relative : 0)
  );
}

function fillLight(table: number, root: number, role: number): void {
  for (let opcode = 0; opcode < 256; opcode++) {
    for (let size = 0; size < 3; size++) {
      // Operand size 16 comes with prefix 66, which is also the mandatory one.
      const prefix = root | (size === 0 ? 1 << 8 : 0);
      const plain = BYTE_ROLE[role + opcode] === OPCODE;
      LIGHT_TABLE[table + size * 256 + opcode] = plain ? lightEntry(ROOT[prefix | opcode] ?? 0, size) : 0;
      LIGHT_TABLE[table + (3 + size) * 256 + opcode] = lightEntry(ROOT[0x400 | prefix | opcode] ?? 0, size);
    }
  }
}

fillLight(0, 0, 0);
fillLight(NARROW_LIGHT, NARROW_ROOT, NARROW_ROLE);
