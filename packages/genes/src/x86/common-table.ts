import { ENDS_BLOCK, FLOW_KIND } from '../extraction/flow-kind.ts';
import { BYTE_ROLE, NARROW_ROLE, OPCODE } from './byte-table.ts';
import {
  CONTEXT_BASE,
  FLAG,
  FLAGS,
  FLOW,
  IMMEDIATE_SIZE,
  NAMES,
  NARROW_ROOT,
  ROOT,
  SELECT,
  SELECTORS,
} from './forms.ts';
import { FUZZY_TOKEN } from './fuzzy-tokens.ts';
import { CHECKED } from './operand-rules.ts';

/**
 * Nine of ten instructions of programs are common ones: no prefix but 66 and REX, an opcode of the one-byte map or of map
 * 0F, operands that always exist. For these one look-up says all that the genes need; all others have zero here, and the
 * decoder reads them. The decoder alone decides what is valid: these tables are for places where it found an instruction.
 */
export const COMMON = {
  /** Low three bits: bytes of immediate or branch displacement. */
  immediate: 7,
  memory: 8,
  modrm: 16,
  /** Counts towards a gene's minimum. */
  informative: 32,
  /** Whether it counts is for the operands to say. */
  stack: 64,
  /** The immediate is a constant of the gene. */
  constant: 128,
  /** So is the number one, which has no byte. */
  one: 256,
  /** 32-bit mode: the immediate is an address if it is far from zero; with `anyAddress` whatever it is. */
  farAddress: 512,
  anyAddress: 1024,
  relative: 2048,
  endsBlock: 4096,
  /** Always there, so that no entry but an absent one is zero. */
  present: 8192,
  /** Whether it counts depends on which it is. */
  lea: 16384,
  mov: 32768,
  /** From here on four bits of `FLOW_KIND`. */
  flowShift: 16,
} as const;

/** Rows of 256 opcodes, added up: 66, REX.W, map 0F, 32-bit mode. */
export const COMMON_66 = 256;
export const COMMON_W = 512;
export const COMMON_0F = 1024;
export const COMMON_NARROW = 2048;

/** Index: row and opcode times 16, with ModRM.reg and, as 8, that ModRM names a register. */
const ENTRIES = 16 * 4096;
export const COMMON_TRAITS = new Int32Array(ENTRIES);
export const COMMON_TOKEN = new Int32Array(ENTRIES);
export const COMMON_FORM = new Uint16Array(ENTRIES);

const REFUSED = FLAG.absolute | FLAG.anyMod | FLAG.nothing | FLAG.evex | CHECKED;
const FLOWS: ReadonlySet<number> = new Set([
  FLOW_KIND.next,
  FLOW_KIND.conditionalJump,
  FLOW_KIND.jump,
  FLOW_KIND.indirectJump,
  FLOW_KIND.call,
  FLOW_KIND.indirectCall,
  FLOW_KIND.return,
]);

/** 0 where more than operand size, ModRM.reg and mode decides. */
function resolve(root: number, size: number, modReg: number, narrow: boolean): number {
  let form = root;
  while (form < 0) {
    const kind = SELECTORS[-form];
    let value = 0;
    if (kind === SELECT.modReg) value = modReg;
    else if (kind === SELECT.operandSize) value = size;
    else if (kind === SELECT.w) value = size === 2 ? 1 : 0;
    else if (kind === SELECT.addressSize) value = narrow ? 1 : 0;
    else return 0;
    form = SELECTORS[1 - form + value] ?? 0;
  }
  return form;
}

/** What the immediate is, or -1 where only the decoder knows. */
function immediateTraits(form: number, count: number, size: number, narrow: boolean): number {
  const flags = FLAGS[form] ?? 0;
  if ((flags & FLAG.relative) !== 0) return size === 0 || count === 0 ? -1 : COMMON.relative;
  if ((flags & FLAG.immediate) === 0) {
    if (count !== 0) return -1;
    return (flags & FLAG.one) === 0 ? 0 : COMMON.one;
  }
  if (count !== 1 && count !== 2 && count !== 4) return -1;
  const use = narrow && count === 4 ? (ADDRESS_USE[form] ?? 0) : 0;
  return COMMON.constant | (use > 0 ? COMMON.farAddress : 0) | (use > 1 ? COMMON.anyAddress : 0);
}

/** Whether an immediate of the form may be an address in 32-bit mode: 1 if it is far from zero, 2 always. */
export const ADDRESS_USE = Uint8Array.from(NAMES, (name) =>
  name === 'add' ? 2 : ['mov', 'push', 'cmp', 'sub'].includes(name) ? 1 : 0,
);

function fillEntry(entry: number, root: number, operandSize: number, modReg: number, narrow: boolean): void {
  const form = resolve(root, operandSize, modReg, narrow);
  const flags = FLAGS[form] ?? 0;
  const flow = FLOW[form] ?? 0;
  // In 32-bit mode LEA may be padding.
  if (form === 0 || (flags & REFUSED) !== 0 || !FLOWS.has(flow) || (narrow && NAMES[form] === 'lea')) return;
  const wide = (flags & FLAG.forced64) !== 0 || ((flags & FLAG.default64) !== 0 && operandSize === 1);
  const size = wide ? 2 : operandSize;
  const count = IMMEDIATE_SIZE[form * 4 + size] ?? 0;
  const immediate = immediateTraits(form, count, operandSize, narrow);
  if (immediate < 0) return;
  const modrm = (flags & FLAG.modrm) !== 0;
  const memory = modrm && modReg < 8;
  const counts = (flags & FLAG.uninformative) === 0;
  COMMON_FORM[entry] = form;
  COMMON_TOKEN[entry] = FUZZY_TOKEN[(CONTEXT_BASE[form] ?? 0) + (size | (memory ? 4 : 0))] ?? 0;
  COMMON_TRAITS[entry] =
    COMMON.present |
    count |
    immediate |
    (modrm ? COMMON.modrm : 0) |
    (memory ? COMMON.memory : 0) |
    (counts ? ((flags & FLAG.stack) !== 0 ? COMMON.stack : COMMON.informative) : 0) |
    (NAMES[form] === 'lea' ? COMMON.lea : NAMES[form] === 'mov' ? COMMON.mov : 0) |
    (ENDS_BLOCK[flow] === 1 ? COMMON.endsBlock : 0) |
    (flow << COMMON.flowShift);
}

function fill(row: number, root: number, role: number, narrow: boolean): void {
  for (let opcode = 0; opcode < 256; opcode++) {
    for (const [size, sizeRow] of [COMMON_66, 0, COMMON_W].entries()) {
      if (narrow && size === 2) continue;
      // Prefix 66 is also the mandatory one.
      const prefix = root | (size === 0 ? 1 << 8 : 0);
      for (let modReg = 0; modReg < 16; modReg++) {
        const entry = ((row + sizeRow + opcode) << 4) | modReg;
        if (BYTE_ROLE[role + opcode] === OPCODE) fillEntry(entry, ROOT[prefix | opcode] ?? 0, size, modReg, narrow);
        const second = 0x400 | prefix | opcode;
        fillEntry(entry + (COMMON_0F << 4), ROOT[second] ?? 0, size, modReg, narrow);
      }
    }
  }
}

fill(0, 0, 0, false);
fill(COMMON_NARROW, NARROW_ROOT, NARROW_ROLE, true);
