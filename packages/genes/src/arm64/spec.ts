import { nameHash } from '../gene-hash.ts';
import { BASE } from './base.table.ts';
import { MEMORY } from './memory.table.ts';
import { SIMD } from './simd.table.ts';
import { VECTOR } from './vector.table.ts';

/**
 * Letters of a pattern: `0`, `1` the instruction's own bits; `S` such bits that choose one of the names, in the order
 * of their value; `z` kept in the token; `i` immediate, a constant; `p` displacement from the instruction; `x` ignored.
 * Registers, five bits each: `d`, `D` general, written; `r`, `R` general, read; `b`, `B` base of memory, `B` written
 * back; `v` vector. 31 is the zero register for `d` and `r`, the stack pointer for `D`, `R`, `b` and `B`.
 */
export interface Form {
  readonly name: string;
  readonly mask: number;
  readonly value: number;
  /** Bits that stay in the fuzzy token: all but registers, constants and addresses. */
  readonly kept: number;
  readonly immediate: number;
  readonly relative: number;
  readonly flags: number;
  /** 0, or the index of a rule in operand-rules.ts. */
  readonly rule: number;
  readonly registers: readonly RegisterField[];
}

export interface RegisterField {
  readonly kind: 'd' | 'D' | 'r' | 'R' | 'b' | 'B' | 'v';
  /** Its lowest bit. */
  readonly at: number;
}

/** How the instruction hands on control, in the low bits of `flags`. */
export const FLOW = {
  next: 0,
  cond: 1,
  jump: 2,
  ijump: 3,
  call: 4,
  icall: 5,
  ret: 6,
  trap: 7,
  syscall: 8,
} as const;

export const FLOW_BITS = 15;

export const FLAG = {
  /** Hints: some are padding. */
  hint: 0x10,
  /** ADRP. */
  page: 0x20,
  /** Takes the low 12 bits of an address whose page is in the base register. */
  lo12: 0x40,
  /** MOVZ, MOVN, MOVK. */
  wide: 0x80,
  /** Loads from a literal of 4, 8, 16 bytes. */
  literal4: 0x100,
  literal8: 0x200,
  literal16: 0x400,
  /** Saves or restores registers where its base is the stack pointer. */
  save: 0x800,
} as const;

/** Names of the rules for what a pattern cannot say; `operand-rules.ts` has them in this order. */
const RULES = [
  '',
  'bitmask',
  'shift4',
  'not3',
  'evenpairs',
  'group8',
  'copy',
  'pstate',
  'float',
  'fixed',
  'convert',
  'whole',
  'whole22',
  'double',
  'lane',
  'lanes',
  'smov',
  'umov',
  'shift',
  'shiftq',
  'shift2',
  'shift2q',
  'ldpsw',
] as const;

const NOT_KEPT = 'ipxdDrRbBv';

function bitsOf(pattern: string, letters: string): number {
  let mask = 0;
  for (let i = 0; i < 32; i++) if (letters.includes(pattern.charAt(i))) mask |= 1 << (31 - i);
  return mask;
}

function registersOf(pattern: string): readonly RegisterField[] {
  const fields: RegisterField[] = [];
  for (let i = 0; i < 32; i++) {
    const kind = pattern.charAt(i);
    if (kind === 'd' || kind === 'D' || kind === 'r' || kind === 'R' || kind === 'b' || kind === 'B' || kind === 'v') {
      fields.push({ kind, at: 27 - i });
      i += 4;
    }
  }
  return fields;
}

/** `text` with each `S` replaced by the bits of `value`, the last `S` getting the lowest. */
function choose(text: string, value: number): string {
  let left = value;
  return [...text]
    .reverse()
    .map((letter) => {
      if (letter !== 'S') return letter;
      const bit = left & 1;
      left >>= 1;
      return String(bit);
    })
    .reverse()
    .join('');
}

function flagBits(words: readonly string[]): { readonly flags: number; readonly rule: number } {
  let flags = 0;
  const rules: string[] = [];
  for (const word of words) {
    if (word in FLOW) flags |= FLOW[word as keyof typeof FLOW];
    else if (word in FLAG) flags |= FLAG[word as keyof typeof FLAG];
    else rules.push(word);
  }
  const name = rules.join(' ').replace('shift shiftq', 'shiftq').replace('shift2 shiftq', 'shift2q');
  const rule = RULES.indexOf(name.replace(/^float (fixed|convert)$/, '$1') as (typeof RULES)[number]);
  if (rule < 0) throw new Error(`Unknown word in the tables: ${name}`);
  return { flags, rule };
}

function formsOf(line: string): readonly Form[] {
  const [pattern = '', names = '', words = ''] = line.split(':').map((part) => part.trim());
  const bits = pattern.replaceAll(' ', '');
  if (bits.length !== 32) throw new Error(`Not 32 bits: ${line}`);
  const { flags, rule } = flagBits(words.split(' ').filter((word) => word !== ''));
  return names.split(/\s+/).flatMap((name, value) => {
    if (name === '-' || name === '.') return [];
    const chosen = choose(bits, value);
    return [
      {
        name,
        mask: bitsOf(chosen, '01'),
        value: bitsOf(chosen, '1'),
        kept: ~bitsOf(chosen, NOT_KEPT),
        immediate: bitsOf(chosen, 'i'),
        relative: bitsOf(chosen, 'p'),
        flags,
        rule,
        registers: registersOf(chosen),
      },
    ];
  });
}

/** Every form; the first that matches is the instruction. Index 0 stands for no instruction. */
export function readForms(): readonly Form[] {
  const none: Form = {
    name: '',
    mask: 0,
    value: 1,
    kept: 0,
    immediate: 0,
    relative: 0,
    flags: 0,
    rule: 0,
    registers: [],
  };
  const lines = `${BASE}\n${MEMORY}\n${SIMD}\n${VECTOR}`.split('\n').filter((line) => line !== '' && line[0] !== '#');
  return [none, ...lines.flatMap(formsOf)];
}

/** Part of a form's token that its name gives. */
export function nameTerm(form: Form): number {
  return nameHash(form.name);
}

/** Whether a form stands for a wide part of the encoding of which not every word is an instruction. */
export function isCoarse(form: Form | undefined): boolean {
  return form?.name === 'sve' || form?.name === 'sme' || form?.name === 'udf';
}
