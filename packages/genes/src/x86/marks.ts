import type { Decoder } from './decoder.ts';
import { FLAG, FLOW, FLOW_KIND } from './forms.ts';

/** What the first sweep learns of each byte of a code range. */
export const MARK = {
  /** An instruction starts here. */
  start: 1,
  /** Some jump leads here. */
  jumpTarget: 2,
  /** Some call leads here. */
  callTarget: 4,
  /** Unwind tables, symbols or the entry point name a function here. */
  known: 8,
  /** An instruction that swallowed a function start: data decoded as code. */
  bad: 16,
} as const;

/** Bytes of zeros that are filling, not `add [rax], al`. */
const ZERO_RUN = 4;

export interface Sweep {
  readonly decoder: Decoder;
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly marks: Uint8Array;
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
  const { decoder, marks } = sweep;
  const target = next + displacementOf(sweep.bytes, decoder.immediateAt, decoder.immediateSize);
  if (target < 0 || target >= sweep.end) return;
  const kind = FLOW[decoder.form] === FLOW_KIND.call ? MARK.callTarget : MARK.jumpTarget;
  marks[target] = (marks[target] ?? 0) | kind;
}

/** Marks instruction starts from the first byte on, and where branches lead. */
export function sweepLinearly(sweep: Sweep): void {
  const { decoder, bytes, end, marks } = sweep;
  let at = 0;
  while (at < end) {
    if (bytes[at] === 0) {
      const next = skipZeros(bytes, at, end);
      if (next !== at) {
        at = next;
        continue;
      }
    }
    const length = decoder.decode(at);
    if (length === 0) {
      at++;
      continue;
    }
    marks[at] = (marks[at] ?? 0) | MARK.start;
    at += length;
    if ((decoder.flags & FLAG.relative) !== 0) markTarget(sweep, at);
  }
}

/**
 * Where a function starts inside an instruction, the sweep had run through data: the decoding is repeated from that
 * start until it meets an instruction start of the first sweep.
 */
export function resynchronise(sweep: Sweep): void {
  const { marks, end } = sweep;
  for (let at = 0; at < end; at++) {
    const mark = marks[at] ?? 0;
    if ((mark & (MARK.callTarget | MARK.known)) !== 0 && (mark & MARK.start) === 0) resynchroniseAt(sweep, at);
  }
}

function resynchroniseAt(sweep: Sweep, from: number): void {
  const { decoder, marks, end } = sweep;
  let length = decoder.decode(from);
  if (length === 0) return;
  for (let back = from - 1; back >= 0 && back > from - 16; back--) {
    if (((marks[back] ?? 0) & MARK.start) === 0) continue;
    marks[back] = ((marks[back] ?? 0) & ~MARK.start) | MARK.bad;
    break;
  }
  let at = from;
  while (at < end && length !== 0) {
    marks[at] = (marks[at] ?? 0) | MARK.start;
    const next = at + length;
    if ((decoder.flags & FLAG.relative) !== 0) markTarget(sweep, next);
    for (let inside = at + 1; inside < next; inside++) marks[inside] = (marks[inside] ?? 0) & ~MARK.start;
    if (next >= end || ((marks[next] ?? 0) & MARK.start) !== 0) return;
    at = next;
    length = decoder.decode(at);
  }
}
