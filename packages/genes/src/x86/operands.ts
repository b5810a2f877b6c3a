/**
 * Operand codes of the specification lines. A code is a field letter and a size letter, with `:size` where the
 * memory form has another size than the register form: `Ev`, `Gy`, `Ed:b`, `Wq`, `kE:w`.
 *
 * Fields: E general register or memory by ModRM.rm, R only register, M only memory, G ModRM.reg, B VEX.vvvv,
 * Z opcode bits 0-2 · W U V H L the same for vectors (L: immediate bits 4-7) · Q N P for MMX · kE kR kG kH masks ·
 * tR tG tH tiles · S segment, C control, D debug · Ti T0 x87 stack · a accumulator, CL DX AX ES CS SS DS FS GS · I immediate,
 * 1 the constant one · J branch displacement · A far address · O absolute offset · X Y string operands.
 *
 * Sizes: b w d q o Y Z 8 to 512 bits, t 80 bits, v 16/32/64 by operand size, z 16/32, y 32/64, p far pointer,
 * x vector length, h f e its half, quarter, eighth, a address size, m two of operand size, n none.
 */

export const KIND = {
  none: 0,
  general: 1,
  vector: 2,
  mmx: 3,
  x87: 4,
  segment: 5,
  control: 6,
  debug: 7,
  mask: 8,
  tile: 9,
  immediate: 11,
  branch: 12,
  memory: 13,
} as const;

/** Code in the low four bits of an operand descriptor for a size in bits; 0 where a size says nothing. */
export const SIZE_CODE: Readonly<Record<number, number>> = {
  0: 0,
  8: 1,
  16: 2,
  32: 3,
  64: 4,
  80: 5,
  128: 6,
  256: 7,
  512: 8,
  48: 9,
};

/** What decides an operand's size. `size` 0, 1, 2 for operand size 16, 32, 64; `length` 0, 1, 2 for 128, 256, 512. */
export interface Context {
  readonly size: number;
  readonly memory: boolean;
  readonly length: number;
  /** Bits of one broadcast element, or 0. */
  readonly broadcast: number;
}

function bitsOf(letter: string, context: Context): number {
  const vector = 128 << context.length;
  switch (letter) {
    case 'b':
      return 8;
    case 'w':
      return 16;
    case 'd':
      return 32;
    case 'q':
    case 'a':
      return 64;
    case 't':
      return 80;
    case 'o':
      return 128;
    case 'Y':
      return 256;
    case 'Z':
      return 512;
    case 'v':
      return 16 << context.size;
    case 'm':
      return 32 << context.size;
    case 'z':
      return context.size === 0 ? 16 : 32;
    case 'y':
      return context.size === 2 ? 64 : 32;
    case 'p':
      return context.size === 0 ? 32 : context.size === 1 ? 48 : 80;
    case 'x':
      return vector;
    case 'h':
      return vector >> 1;
    case 'f':
      return vector >> 2;
    case 'e':
      return vector >> 3;
    default:
      return 0;
  }
}

const FIXED: Readonly<Record<string, readonly [number, number]>> = {
  CL: [KIND.general, 8],
  DX: [KIND.general, 16],
  AX: [KIND.general, 16],
  FS: [KIND.segment, 16],
  GS: [KIND.segment, 16],
  ES: [KIND.segment, 16],
  CS: [KIND.segment, 16],
  SS: [KIND.segment, 16],
  DS: [KIND.segment, 16],
  T0: [KIND.x87, 80],
  Ti: [KIND.x87, 80],
  '1': [KIND.immediate, 0],
};

/** Field letters whose operand is always a register of one class. */
const REGISTERS: Readonly<Record<string, number>> = {
  G: KIND.general,
  R: KIND.general,
  B: KIND.general,
  Z: KIND.general,
  a: KIND.general,
  V: KIND.vector,
  H: KIND.vector,
  U: KIND.vector,
  L: KIND.vector,
  P: KIND.mmx,
  N: KIND.mmx,
  S: KIND.segment,
  C: KIND.control,
  D: KIND.debug,
};

const REGISTER_OR_MEMORY: Readonly<Record<string, number>> = { E: KIND.general, W: KIND.vector, Q: KIND.mmx };

const describe = (kind: number, bits: number): number => (kind << 4) | (SIZE_CODE[bits] ?? 0);

/** One byte that says what an operand is: kind in the high half, size code in the low half. */
export function operandDescriptor(code: string, context: Context): number {
  const fixed = FIXED[code];
  if (fixed !== undefined) return describe(fixed[0], fixed[1]);
  const [body = '', memorySize] = code.split(':');
  const field = body.charAt(0);
  const size =
    body.charAt(1).toUpperCase() === body.charAt(1) && field === 'a' ? body.charAt(1).toLowerCase() : body.charAt(1);
  if (code === 'I3') return 0;
  if (field === 'I') return describe(KIND.immediate, 0);
  if (field === 'J' || field === 'A') return describe(KIND.branch, 0);
  if (field === 'k' || field === 't') return maskOrTile(field, size, memorySize, context);
  if (field === 'O' || field === 'X' || field === 'Y') return describe(KIND.memory, bitsOf(size, context));
  const either = REGISTER_OR_MEMORY[field];
  if (field === 'M' || (either !== undefined && context.memory)) {
    return describe(KIND.memory, context.broadcast === 0 ? bitsOf(memorySize ?? size, context) : context.broadcast);
  }
  const kind = either ?? REGISTERS[field] ?? KIND.none;
  const bits = bitsOf(size, context);
  return describe(kind, registerBits(kind, bits));
}

/** A scalar or a part of a vector still sits in a whole register. */
function registerBits(kind: number, bits: number): number {
  if (kind === KIND.vector) return Math.max(128, bits);
  if (kind === KIND.mmx) return 64;
  return kind === KIND.segment ? 16 : bits;
}

function maskOrTile(field: string, place: string, memorySize: string | undefined, context: Context): number {
  if (place === 'E' && context.memory) return describe(KIND.memory, bitsOf(memorySize ?? 'n', context));
  return describe(field === 'k' ? KIND.mask : KIND.tile, 0);
}
