import type { Columns } from '../columns.ts';
import { FLOW_KIND } from '../extraction/flow-kind.ts';
import { MARK } from '../extraction/mark.ts';
import { MODRM, NARROW_MODRM } from './byte-table.ts';
import type { Decoder } from './decoder.ts';
import { FLAG, FLOW } from './forms.ts';
import { LIGHT, LIGHT_TABLE, NARROW_LIGHT } from './light-table.ts';

/** Bytes of zeros that are filling, not `add [rax], al`. */
export const ZERO_RUN = 4;

export interface Sweep {
  readonly decoder: Decoder;
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly marks: Uint8Array;
  /** Places that calls lead to, in the order of the calls. */
  readonly callTargets: Columns;
}

/** Index of the first byte that is not part of a run of at least ZERO_RUN zeros. */
export function skipZeros(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && bytes[next] === 0) next++;
  return next - at >= ZERO_RUN || next === end ? next : at;
}

/** Displacement of a relative branch, in bytes from its end. */
export function displacementOf(bytes: Uint8Array, at: number, size: number): number {
  const low = bytes[at] ?? 0;
  if (size === 1) return (low << 24) >> 24;
  const word = low | ((bytes[at + 1] ?? 0) << 8);
  if (size === 2) return (word << 16) >> 16;
  return word | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function markTarget(sweep: Sweep, next: number): void {
  const { decoder } = sweep;
  // In 32-bit mode a branch with operand size 16 leads into the first 64 KiB of the address space.
  if (decoder.narrow && (decoder.context & 3) === 0) return;
  const target = next + displacementOf(sweep.bytes, decoder.immediateAt, decoder.immediateSize);
  mark(sweep, next, target, FLOW[decoder.form] === FLOW_KIND.call ? MARK.callTarget : MARK.jumpTarget);
}

function mark(sweep: Sweep, next: number, target: number, kind: number): void {
  if (target < 0 || target >= sweep.end) return;
  // CALL to the next instruction is how 32-bit code learns where it lies; no function starts there.
  if (target === next && kind === MARK.callTarget && sweep.decoder.narrow) return;
  const found = sweep.marks[target] ?? 0;
  if ((found & kind) !== 0) return;
  sweep.marks[target] = found | kind;
  if (kind === MARK.callTarget) sweep.callTargets.push(target);
}

/** Bits of `lightLength` above the length: size of a branch displacement, and that the branch is a call. */
const RELATIVE_SHIFT = 8;
const CALL = 1 << 16;

/** Length by the light table of an instruction without prefixes but REX and 66, or 0 where the decoder must tell. */
function lightLength(bytes: Uint8Array, start: number): number {
  let at = start;
  let opcode = bytes[at++] ?? 0;
  let table = 256;
  if (opcode === 0x66) {
    table = 0;
    opcode = bytes[at++] ?? 0;
  }
  if ((opcode & 0xf0) === 0x40) {
    if ((opcode & 8) !== 0) {
      if (table === 0) return 0;
      table = 512;
    }
    // 90 with REX.B is another instruction.
    opcode = bytes[at++] ?? 0;
    if (opcode === 0x90) return 0;
  }
  if (opcode === 0x0f) {
    table += 768;
    opcode = bytes[at++] ?? 0;
  }
  return lightTail(bytes, start, at, opcode, table, 0);
}

/** The same in 32-bit mode. */
function narrowLength(bytes: Uint8Array, start: number): number {
  let at = start;
  let opcode = bytes[at++] ?? 0;
  let table = NARROW_LIGHT + 256;
  if (opcode === 0x66) {
    table = NARROW_LIGHT;
    opcode = bytes[at++] ?? 0;
  }
  if (opcode === 0x0f) {
    table += 768;
    opcode = bytes[at++] ?? 0;
  }
  return lightTail(bytes, start, at, opcode, table, NARROW_MODRM);
}

/** From behind the opcode on. */
function lightTail(
  bytes: Uint8Array,
  start: number,
  at: number,
  opcode: number,
  table: number,
  modrmRow: number,
): number {
  const light = LIGHT_TABLE[table + opcode] ?? 0;
  let length = at - start + (light & LIGHT.immediate);
  if ((light & LIGHT.modrm) !== 0) {
    const modrm = bytes[at] ?? 0;
    if (modrm >= 0xc0) return (light & LIGHT.register) !== 0 ? length + 1 : 0;
    if ((light & LIGHT.memory) === 0) return 0;
    const addressing = MODRM[modrmRow + modrm] ?? 0;
    length += 1 + (addressing & 7);
    if ((addressing & 16) !== 0) {
      length += modrm < 0x40 && ((bytes[at + 1] ?? 0) & 7) === 5 ? 5 : 1;
    }
    return length;
  }
  if ((light & LIGHT.relative) === 0) return light === 0 ? 0 : length;
  const short = table === 0 || table === NARROW_LIGHT;
  return short ? 0 : length | ((light & LIGHT.immediate) << RELATIVE_SHIFT) | (opcode === 0xe8 ? CALL : 0);
}

/** Marks instruction starts from the first byte on, and where branches lead; gives the count of instructions. */
export function sweepLinearly(sweep: Sweep): number {
  const { decoder, bytes, end, marks } = sweep;
  const { narrow } = decoder;
  let at = 0;
  let count = 0;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte === 0) {
      const next = skipZeros(bytes, at, end);
      if (next !== at) {
        at = next;
        continue;
      }
    }
    const light = narrow ? narrowLength(bytes, at) : lightLength(bytes, at);
    const known = light & 15;
    if (light !== 0 && at + known <= end) {
      count++;
      marks[at] = (marks[at] ?? 0) | MARK.start;
      at += known;
      const size = (light >> RELATIVE_SHIFT) & 15;
      if (size !== 0) {
        const kind = (light & CALL) !== 0 ? MARK.callTarget : MARK.jumpTarget;
        mark(sweep, at, at + displacementOf(bytes, at - size, size), kind);
      }
      continue;
    }
    const length = decoder.decode(at);
    if (length === 0) {
      at++;
      continue;
    }
    marks[at] = (marks[at] ?? 0) | MARK.start;
    at += length;
    count++;
    if ((decoder.flags & FLAG.relative) !== 0) markTarget(sweep, at);
  }
  return count;
}

/** Decoding meets the other stream within some dozens of bytes, or the bytes are made to prevent it. */
const LONGEST_RESYNCHRONISATION = 1024;

/**
 * Where a function starts inside an instruction, the sweep had run through data: the decoding is repeated from that
 * start until it meets an instruction start of the first sweep. Altogether no more bytes than the code has are decoded
 * again, so that hostile code takes no longer than other code.
 */
export function resynchronise(sweep: Sweep): void {
  let budget = sweep.end;
  const targets = sweep.callTargets.column(0);
  // By index: the iterator of a typed array makes an object a step.
  for (let i = 0; i < targets.length; i++) {
    const at = targets[i] ?? 0;
    if (((sweep.marks[at] ?? 0) & MARK.start) !== 0) continue;
    budget -= resynchroniseAt(sweep, at);
    if (budget <= 0) return;
  }
}

/** Gives how many bytes were decoded. */
function resynchroniseAt(sweep: Sweep, from: number): number {
  const { decoder, marks } = sweep;
  const end = Math.min(sweep.end, from + LONGEST_RESYNCHRONISATION);
  let length = decoder.decode(from);
  if (length === 0) return 1;
  for (let back = from - 1; back >= 0 && back > from - 16; back--) {
    if (((marks[back] ?? 0) & MARK.start) === 0) continue;
    marks[back] = (marks[back] ?? 0) & ~MARK.start;
    break;
  }
  let at = from;
  while (at < end && length !== 0) {
    marks[at] = (marks[at] ?? 0) | MARK.start;
    const next = at + length;
    if ((decoder.flags & FLAG.relative) !== 0) markTarget(sweep, next);
    for (let inside = at + 1; inside < next; inside++) marks[inside] = (marks[inside] ?? 0) & ~MARK.start;
    at = next;
    if (at >= end || ((marks[at] ?? 0) & MARK.start) !== 0) break;
    length = decoder.decode(at);
  }
  return at - from;
}
