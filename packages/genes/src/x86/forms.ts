/**
 * The decoder's tables, made once from the specification lines. A *form* is one opcode with one operand list;
 * `ROOT` leads from (map, mandatory prefix, opcode) to a form, or by way of selectors in `SELECTORS`.
 */
import { FLOW_KIND } from '../extraction/flow-kind.ts';
import { nameHash } from '../gene-hash.ts';
import { EVEX_SPEC } from './evex.table.ts';
import { INTEGER_SPEC } from './one-byte.table.ts';
import { type Context, operandDescriptor } from './operands.ts';
import { inNarrowMode, readSpecs, type Spec } from './spec.ts';
import { SSE_SPEC } from './sse.table.ts';
import { VEX_SPEC } from './vex.table.ts';
import { X87_SPEC } from './x87.table.ts';
import { XOP_SPEC } from './xop.table.ts';

/** Bits of `FLAGS[form]`. */
export const FLAG = {
  modrm: 1,
  /** Operand size is 64 unless prefix 66 makes it 16. */
  default64: 2,
  /** Operand size is 64 whatever the prefixes. */
  forced64: 4,
  lock: 8,
  /** Does not count towards a gene's minimum. */
  uninformative: 16,
  /** May adjust the stack or frame pointer, which the operands decide. */
  stack: 32,
  /** Padding: contributes nothing at all. */
  nothing: 64,
  /** REP and REPNE belong to the instruction. */
  string: 128,
  usesV: 256,
  mask: 512,
  zeroing: 1024,
  broadcast: 2048,
  rounding: 4096,
  suppress: 8192,
  maskRequired: 1 << 14,
  vectorIndex: 1 << 15,
  sibRequired: 1 << 16,
  /** ModRM.mod is ignored and read as register (MOV to and from control registers). */
  anyMod: 1 << 17,
  memoryFirst: 1 << 18,
  maskFirst: 1 << 19,
  evex: 1 << 20,
  /** The immediate is a branch displacement. */
  relative: 1 << 21,
  immediate: 1 << 22,
  one: 1 << 23,
  threeDNow: 1 << 24,
  /** The immediate is an address: the offset of A0 to A3, or, with `immediate`, a far one. */
  absolute: 1 << 25,
  /** ModRM.reg is a mask or tile register: eight of them. */
  maskReg: 1 << 26,
  /** VEX.vvvv is a mask or tile register. */
  maskV: 1 << 27,
  /** In EVEX, ModRM.reg is a general register: sixteen of them. */
  generalReg: 1 << 28,
  /** Operands must be different registers. */
  distinct: 1 << 29,
  /** Segment, control or debug register: not every number exists. */
  special: 1 << 30,
} as const;

const FLOW_NAMES: Readonly<Record<string, number>> = {
  jcc: FLOW_KIND.conditionalJump,
  jmp: FLOW_KIND.jump,
  ijmp: FLOW_KIND.indirectJump,
  call: FLOW_KIND.call,
  icall: FLOW_KIND.indirectCall,
  ret: FLOW_KIND.return,
  int: FLOW_KIND.interrupt,
  ud: FLOW_KIND.undefined,
  hlt: FLOW_KIND.halt,
  xbegin: FLOW_KIND.transaction,
};

const FLAG_NAMES: Readonly<Record<string, number>> = {
  d64: FLAG.default64,
  f64: FLAG.forced64,
  lock: FLAG.lock,
  ni: FLAG.uninformative,
  sp: FLAG.stack,
  nothing: FLAG.nothing,
  str: FLAG.string,
  k: FLAG.mask,
  kz: FLAG.mask | FLAG.zeroing,
  b16: FLAG.broadcast,
  b32: FLAG.broadcast,
  b64: FLAG.broadcast,
  er: FLAG.rounding,
  sae: FLAG.suppress,
  kreq: FLAG.maskRequired,
  vx: FLAG.vectorIndex,
  vh: FLAG.vectorIndex,
  sib: FLAG.sibRequired,
  anyreg: FLAG.anyMod,
  special: FLAG.special,
  uq: FLAG.distinct,
};

/** Kinds of selectors. `modReg`: register operand 8, plus ModRM.reg: one step for the groups, which are frequent. */
export const SELECT = { operandSize: 0, modReg: 1, rm: 3, w: 4, length: 5, addressSize: 6, rexB: 7 } as const;

/** Values of `modReg` that a line fits, or null for all. */
function modRegValues({ mod, reg }: Spec): readonly number[] | null {
  if (mod === null && reg === null) return null;
  const mods = mod === null ? [0, 8] : [mod * 8];
  const regs = reg === null ? [0, 1, 2, 3, 4, 5, 6, 7] : [reg];
  return mods.flatMap((high) => regs.map((low) => high | low));
}

function formFlags(spec: Spec): number {
  let flags = spec.encoding === 'evex' ? FLAG.evex : 0;
  for (const name of spec.flags) flags |= FLAG_NAMES[name] ?? 0;
  for (const operand of spec.operands) {
    const field = operand.charAt(0) === 'k' || operand.charAt(0) === 't' ? operand.charAt(1) : operand.charAt(0);
    if (/^[EGRMVWUPQNSCDT]$/.test(field) && !/^([CDEFGS]S|CL|DX|AX|T0)$/.test(operand)) flags |= FLAG.modrm;
    if (field === 'H' || field === 'B') flags |= FLAG.usesV;
    if (operand.charAt(0) === 'I') flags |= FLAG.immediate;
    if (operand.charAt(0) === 'J') flags |= FLAG.relative;
    if (operand === '1') flags |= FLAG.one;
    if (operand === 'I3') flags |= FLAG.threeDNow;
    if (field === 'O') flags |= FLAG.absolute;
    if (field === 'A') flags |= FLAG.absolute | FLAG.immediate;
    if (/^[kt]G/.test(operand)) flags |= FLAG.maskReg;
    if (/^[kt]H/.test(operand)) flags |= FLAG.maskV;
    if (/^G/.test(operand) && operand !== 'GS' && spec.encoding === 'evex') flags |= FLAG.generalReg;
  }
  if (spec.reg !== null || spec.mod !== null) flags |= FLAG.modrm;
  const first = spec.operands[0] ?? '';
  if (/^[EWM]/.test(first)) flags |= FLAG.memoryFirst;
  if (first === 'kG') flags |= FLAG.maskFirst;
  if ((flags & FLAG.vectorIndex) !== 0 && (flags & FLAG.memoryFirst) === 0) flags |= FLAG.distinct;
  return flags;
}

/** Bytes of immediate, branch displacement or absolute offset; `size` 0, 1, 2 for operand size 16, 32, 64. */
function immediateSize(spec: Spec, size: number, narrow: boolean): number {
  const register = spec.operands.some((operand) => operand.charAt(0) === 'L');
  let count = register ? 1 : 0;
  for (const operand of spec.operands) {
    if (operand === 'Ib' || operand === 'Jb' || operand === 'I3') count += 1;
    else if (operand === 'I2') count += register ? 0 : 1;
    else if (operand === 'Iw') count += 2;
    else if (operand === 'I4') count += 4;
    else if (operand === 'Iz' || operand === 'Jz') count += size === 0 ? 2 : 4;
    else if (operand === 'Iv') count += 2 << size;
    else if (operand.charAt(0) === 'O') count += narrow ? 4 : 8;
    else if (operand === 'Ap') count += size === 0 ? 4 : 6;
  }
  return count;
}

const LINES = readSpecs([...INTEGER_SPEC, ...X87_SPEC, ...SSE_SPEC, ...VEX_SPEC, ...EVEX_SPEC, ...XOP_SPEC]);
const WIDE_LINES = LINES.filter((spec) => spec.mode !== 32);
const NARROW = inNarrowMode(LINES);
/** What 32-bit mode has otherwise, or alone; behind the forms of 64-bit mode, most of which both modes share. */
const NARROW_LINES = NARROW.filter((spec, i) => spec !== null && (spec !== LINES[i] || spec.mode === 32)).filter(
  (spec) => spec !== null,
);
const SPECS: readonly Spec[] = [...WIDE_LINES, ...NARROW_LINES];

const count = SPECS.length + 1;
export const NAMES: readonly string[] = ['', ...SPECS.map((spec) => spec.mnemonic)];
export const FLAGS = new Int32Array(count);
/** A `FLOW_KIND` per form. */
export const FLOW = new Uint8Array(count);
/** Index `form * 4 + operand size`. */
export const IMMEDIATE_SIZE = new Uint8Array(count * 4);
/** Where a form's descriptors start in `DESCRIPTORS`. */
export const CONTEXT_BASE = new Int32Array(count);
/** Bits of one broadcast element. */
export const BROADCAST_BITS = new Uint8Array(count);
/** log2 of the EVEX disp8 factor where the memory operand's size does not say it, plus one; else 0. */
export const SCALE_OVERRIDE = new Uint8Array(count);
/** 64-bit mode, and from `NARROW_ROOT` on 32-bit mode. */
export const ROOT = new Int32Array(2 * 16 * 4 * 256);
export const NARROW_ROOT = 16 * 4 * 256;
/** Hash of the mnemonic: an identity that does not depend on the order of the tables. */
export const MNEMONIC = new Int32Array(count);

const CONTEXTS = { legacy: 8, vex: 32, evex: 64, xop: 32 } as const;

function fillForms(): Int32Array {
  let contexts = 0;
  SPECS.forEach((spec, i) => {
    const form = i + 1;
    FLAGS[form] = formFlags(spec);
    MNEMONIC[form] = nameHash(spec.mnemonic);
    CONTEXT_BASE[form] = contexts;
    contexts += CONTEXTS[spec.encoding];
    for (let size = 0; size < 3; size++) {
      IMMEDIATE_SIZE[form * 4 + size] = immediateSize(spec, size, i >= WIDE_LINES.length);
    }
    for (const flag of spec.flags) {
      FLOW[form] = FLOW_NAMES[flag] ?? FLOW[form] ?? 0;
      if (/^b(16|32|64)$/.test(flag)) BROADCAST_BITS[form] = Number(flag.slice(1));
      if (/^n[1248]$/.test(flag)) SCALE_OVERRIDE[form] = Math.log2(Number(flag.charAt(1))) + 1;
    }
  });
  return new Int32Array(contexts);
}

/** Four operand descriptors, the first in the low byte; index `CONTEXT_BASE[form] + context`. */
export const DESCRIPTORS = fillForms();

function fillDescriptors(): void {
  SPECS.forEach((spec, i) => {
    const base = CONTEXT_BASE[i + 1] ?? 0;
    for (let bits = 0; bits < CONTEXTS[spec.encoding]; bits++) {
      const context: Context = {
        size: Math.min(bits & 3, 2),
        memory: (bits & 4) !== 0,
        length: Math.min((bits >> 3) & 3, 2),
        broadcast: (bits & 32) !== 0 ? (BROADCAST_BITS[i + 1] ?? 0) : 0,
      };
      let packed = 0;
      spec.operands.slice(0, 4).forEach((code, place) => {
        packed |= operandDescriptor(code, context) << (place * 8);
      });
      DESCRIPTORS[base + bits] = packed;
    }
  });
}

interface Candidate {
  readonly form: number;
  readonly spec: Spec;
}

const DIMENSIONS: readonly (readonly [number, number, (spec: Spec) => readonly number[] | null])[] = [
  [SELECT.modReg, 16, modRegValues],
  [SELECT.rm, 8, (spec) => (spec.rm === null ? null : [spec.rm])],
  [SELECT.operandSize, 3, (spec) => spec.operandSizes],
  [SELECT.w, 2, (spec) => (spec.w === null ? null : [spec.w])],
  [SELECT.length, 4, (spec) => spec.lengths],
  [SELECT.addressSize, 3, (spec) => (spec.addressSize === null ? null : [spec.addressSize])],
  [SELECT.rexB, 2, (spec) => (spec.rexB === null ? null : [spec.rexB])],
];

const selectors: number[] = [0];

function build(candidates: readonly Candidate[], depth: number): number {
  const [first, second] = candidates;
  if (first === undefined) return 0;
  const dimension = DIMENSIONS[depth];
  if (dimension === undefined) {
    if (second !== undefined) {
      throw new Error(`x86 table: ${first.spec.mnemonic} and ${second.spec.mnemonic} have the same opcode`);
    }
    return first.form;
  }
  const [kind, width, valuesOf] = dimension;
  if (candidates.every(({ spec }) => valuesOf(spec) === null)) return build(candidates, depth + 1);
  const at = selectors.length;
  selectors.push(kind, ...new Array<number>(width).fill(0));
  for (let value = 0; value < width; value++) {
    const matching = candidates.filter(({ spec }) => valuesOf(spec)?.includes(value) ?? true);
    selectors[at + 1 + value] = build(matching, depth + 1);
  }
  return -at;
}

function fillRoot(base: number, candidates: readonly Candidate[]): void {
  const byOpcode = new Map<number, Candidate[]>();
  for (const candidate of candidates) {
    const { spec } = candidate;
    for (const prefix of spec.prefixes) {
      const key = (spec.map << 10) | (prefix << 8) | spec.opcode;
      const list = byOpcode.get(key) ?? [];
      list.push(candidate);
      byOpcode.set(key, list);
    }
  }
  for (const [key, list] of byOpcode) {
    // A line that names its prefix stands before one that fits all of them.
    const exact = list.filter(({ spec }) => spec.prefixes.length === 1);
    const wide = list.filter(({ spec }) => spec.prefixes.length > 1);
    const shadowed = wide.filter((general) => !exact.some(({ spec }) => overlaps(spec, general.spec)));
    ROOT[base + key] = build([...exact, ...shadowed], 0);
  }
}

function overlaps(a: Spec, b: Spec): boolean {
  const same = (x: number | null, y: number | null): boolean => x === null || y === null || x === y;
  return same(a.reg, b.reg) && same(a.mod, b.mod) && same(a.rm, b.rm) && same(a.rexB, b.rexB);
}

const candidates: readonly Candidate[] = SPECS.map((spec, i) => ({ form: i + 1, spec }));
const narrowSpecs = new Set(NARROW);

fillDescriptors();
fillRoot(0, candidates.slice(0, WIDE_LINES.length));
fillRoot(
  NARROW_ROOT,
  candidates.filter(({ spec }) => narrowSpecs.has(spec)),
);

export const SELECTORS = Int32Array.from(selectors);
