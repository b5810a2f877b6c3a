import { Columns } from '../columns.ts';
import { MARK } from '../extraction/mark.ts';
import type { Decoder } from './decoder.ts';
import { displacementOf } from './displacement.ts';
import { FLAG, FLOW, FLOW_BITS } from './spec.ts';

/** A code range after the first sweep. Indexes are bytes from the start of the range. */
export interface Sweep {
  /** A copy of the code, of whole words. */
  readonly view: DataView;
  /** Index of the first word: instructions are aligned by RVA. */
  readonly from: number;
  readonly end: number;
  /** Form by word (index from `from`, divided by 4); 0 for what is no instruction, data or filling. */
  readonly forms: Uint16Array;
  /** By byte, as for every instruction set. */
  readonly marks: Uint8Array;
  /** Distinct places that calls lead to. */
  callTargets: number;
  instructions: number;
}

const LITERALS = FLAG.literal4 | FLAG.literal8 | FLAG.literal16;

/** Finds instructions, then literals among them, then where branches lead. */
export function sweepCode(decoder: Decoder, bytes: Uint8Array, rva: number, marks: Uint8Array): Sweep {
  const from = -rva & 3;
  const count = Math.max(0, (bytes.length - from) >> 2);
  const end = from + count * 4;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sweep = { view, from, end, forms: new Uint16Array(count), marks, callTargets: 0, instructions: 0 };
  const literals = new Columns(1, 16);
  findInstructions(decoder, sweep, literals);
  leaveOutLiterals(decoder, sweep, literals.column(0).sort());
  markTargets(decoder, sweep);
  return sweep;
}

/** A word of zeros is filling: as an instruction it is UDF, which nobody writes. */
function findInstructions(decoder: Decoder, sweep: Sweep, literals: Columns): void {
  const { view, from, end, forms } = sweep;
  for (let at = from, i = 0; at < end; at += 4, i++) {
    const word = view.getInt32(at, true);
    if (word === 0) continue;
    const form = decoder.formOf(word);
    forms[i] = form;
    const flags = decoder.flags[form] ?? 0;
    if ((flags & LITERALS) === 0) continue;
    const target = at + ((((word << 8) >> 13) << 2) | 0);
    if (target < from || target >= end) continue;
    // Each word of the literal on its own, with its index as key.
    const words = (flags & FLAG.literal4) !== 0 ? 1 : (flags & FLAG.literal8) !== 0 ? 2 : 4;
    for (let k = 0; k < words && target + 4 * k < end; k++) literals.push(target + 4 * k);
  }
}

/** Most words of padding between a function's end and its literals, which are aligned to 16 bytes at most. */
const MOST_PADDING = 3;
const NOP = 0xd503201f | 0;

/**
 * A word that is loaded as a literal is data, but only where nothing falls into it: else a load would be enough to hide
 * code. `targets` ascending.
 */
function leaveOutLiterals(decoder: Decoder, sweep: Sweep, targets: Uint32Array): void {
  const { view, from, forms } = sweep;
  for (const at of targets) {
    let before = at - 4;
    for (let k = 0; k < MOST_PADDING && before >= from && view.getInt32(before, true) === NOP; k++) before -= 4;
    const form = before < from ? 0 : (forms[(before - from) >> 2] ?? 0);
    if (form === 0 || endsPath((decoder.flags[form] ?? 0) & FLOW_BITS)) forms[(at - from) >> 2] = 0;
  }
}

function endsPath(flow: number): boolean {
  return flow === FLOW.jump || flow === FLOW.ijump || flow === FLOW.ret || flow === FLOW.trap;
}

function markTargets(decoder: Decoder, sweep: Sweep): void {
  const { view, from, end, forms, marks } = sweep;
  for (let at = from, i = 0; at < end; at += 4, i++) {
    const form = forms[i] ?? 0;
    if (form === 0) continue;
    sweep.instructions++;
    marks[at] = (marks[at] ?? 0) | MARK.start;
    const flow = (decoder.flags[form] ?? 0) & FLOW_BITS;
    if (flow !== FLOW.cond && flow !== FLOW.jump && flow !== FLOW.call) continue;
    const target = at + displacementOf(decoder.relative[form] ?? 0, view.getInt32(at, true));
    if (target < from || target >= end) continue;
    const kind = flow === FLOW.call ? MARK.callTarget : MARK.jumpTarget;
    const found = marks[target] ?? 0;
    if (kind === MARK.callTarget && (found & kind) === 0) sweep.callTargets++;
    marks[target] = found | kind;
  }
}
