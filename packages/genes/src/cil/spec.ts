import { nameHash } from '../gene-hash.ts';
import { OPCODES } from './opcodes.table.ts';

/** What follows the opcode. */
export const OPERAND = {
  none: 0,
  /** Argument or local: as a register, its number counts for nothing. */
  slot: 1,
  constant: 2,
  branch: 3,
  token: 4,
  string: 5,
  switch: 6,
} as const;

const KINDS: Readonly<Record<string, readonly [operand: number, size: number]>> = {
  u1: [OPERAND.slot, 1],
  u2: [OPERAND.slot, 2],
  i1: [OPERAND.constant, 1],
  i4: [OPERAND.constant, 4],
  i8: [OPERAND.constant, 8],
  r4: [OPERAND.constant, 4],
  r8: [OPERAND.constant, 8],
  b1: [OPERAND.branch, 1],
  b4: [OPERAND.branch, 4],
  token: [OPERAND.token, 4],
  string: [OPERAND.string, 4],
  switch: [OPERAND.switch, 4],
};

/** Instructions that move values about and say nothing of what is computed; `nop` is nothing at all. */
const UNINFORMATIVE = new Set(['ldarg', 'ldloc', 'stloc', 'dup', 'pop', 'br', 'leave', 'ret', 'endfinally']);

/** Opcodes in one index: one byte as it is, FE xx as 0x100 + xx. */
const COUNT = 0x200;

/** Columns by opcode. */
export interface OpcodeTables {
  readonly names: readonly string[];
  /** 1 where there is such an opcode. */
  readonly known: Uint8Array;
  readonly operand: Uint8Array;
  /** Bytes of the operand; of `switch`, of the count of targets. */
  readonly size: Uint8Array;
  readonly ends: Uint8Array;
  readonly informative: Uint8Array;
  /** Hash of the name that it counts as. */
  readonly token: Int32Array;
  /** Constant that the opcode itself means, with `implies`. */
  readonly constant: Int32Array;
  readonly implies: Uint8Array;
}

function readTables(): OpcodeTables {
  const names: string[] = Array.from({ length: COUNT }, () => '');
  const bytes = (): Uint8Array => new Uint8Array(COUNT);
  const tables = {
    names,
    known: bytes(),
    operand: bytes(),
    size: bytes(),
    ends: bytes(),
    informative: bytes(),
    token: new Int32Array(COUNT),
    constant: new Int32Array(COUNT),
    implies: bytes(),
  };
  for (const line of OPCODES.trim().split('\n')) {
    const [left = '', right = ''] = line.split(' = ');
    const [code = '', name = '', ...words] = left.split(' ');
    const [counted = name, implied] = right === '' ? [name] : right.split(' ');
    const value = Number.parseInt(code, 16);
    const index = value < 0x100 ? value : 0x100 + (value & 0xff);
    const [operand, size] = KINDS[words[0] ?? ''] ?? [OPERAND.none, 0];
    names[index] = name;
    tables.known[index] = 1;
    tables.operand[index] = operand;
    tables.size[index] = size;
    tables.ends[index] = words.includes('end') ? 1 : 0;
    tables.informative[index] = UNINFORMATIVE.has(counted) ? 0 : 1;
    tables.token[index] = nameHash(counted);
    tables.constant[index] = Number(implied ?? 0);
    tables.implies[index] = implied === undefined ? 0 : 1;
  }
  return tables;
}

export const CIL: OpcodeTables = readTables();

/** Opcode index at a place; reads one byte behind it at most. */
export function opcodeAt(view: DataView, at: number, end: number): number {
  const first = view.getUint8(at);
  if (first !== 0xfe) return first;
  return at + 1 < end ? 0x100 + view.getUint8(at + 1) : first;
}

/** Length in bytes of the instruction; 0 where there is none or it would end behind `end`. */
export function lengthAt(view: DataView, at: number, end: number): number {
  const opcode = opcodeAt(view, at, end);
  if (CIL.known[opcode] !== 1) return 0;
  const head = (opcode >= 0x100 ? 2 : 1) + (CIL.size[opcode] ?? 0);
  if (at + head > end) return 0;
  const length = CIL.operand[opcode] === OPERAND.switch ? head + 4 * view.getUint32(at + head - 4, true) : head;
  return at + length > end ? 0 : length;
}
