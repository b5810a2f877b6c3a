import type { Columns } from '../columns.ts';

/** Edges between functions of a genome, as indexes into its function arrays: distinct, ascending. */
export interface CallGraph {
  readonly callCaller: Uint32Array;
  readonly callCallee: Uint32Array;
}

/** Steps to a free place: programs of Debian and Node need 16 at most. Who chooses where functions lie can make it any number. */
const MOST_STEPS = 32;

/** Where each RVA stands in an ascending list: open addressing, with half of the places empty. */
class Places {
  readonly #rvas: Uint32Array;
  /** One more than the index; 0 where the place is empty. */
  readonly #slots: Uint32Array;
  readonly #shift: number;
  /** Some found no place: they are searched for in the list. */
  readonly #isCrowded: boolean;

  constructor(rvas: Uint32Array) {
    const bits = 33 - Math.clz32(rvas.length + 8);
    this.#rvas = rvas;
    this.#slots = new Uint32Array(2 ** bits);
    this.#shift = 32 - bits;
    let isCrowded = false;
    for (let i = 0; i < rvas.length; i++) {
      const place = this.#find(rvas[i] ?? 0);
      if (place < 0) isCrowded = true;
      else this.#slots[place] = i + 1;
    }
    this.#isCrowded = isCrowded;
  }

  /** -1 where it is not in the list. */
  of(rva: number): number {
    const place = this.#find(rva);
    if (place >= 0) return (this.#slots[place] ?? 0) - 1;
    return this.#isCrowded ? indexOf(this.#rvas, rva) : -1;
  }

  /** Its place, or the empty one that would be it; -1 where that is too far away. */
  #find(rva: number): number {
    const mask = this.#slots.length - 1;
    let place = Math.imul(rva, 0x9e3779b1) >>> this.#shift;
    for (let step = 0; step < MOST_STEPS; step++) {
      const slot = this.#slots[place] ?? 0;
      if (slot === 0 || this.#rvas[slot - 1] === rva) return place;
      place = (place + 1) & mask;
    }
    return -1;
  }
}

function indexOf(rvas: Uint32Array, rva: number): number {
  let low = 0;
  let high = rvas.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = rvas[middle] ?? 0;
    if (found === rva) return middle;
    if (found < rva) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Rows of two columns in ascending order of the first, `keys`, which are below `limit`; equal ones stay in their order. */
function sortRows(keys: Uint32Array, values: Uint32Array, limit: number): readonly [Uint32Array, Uint32Array] {
  // How many keys are smaller, then where the next row of the key goes.
  const next = new Uint32Array(limit + 1);
  for (let i = 0; i < keys.length; i++) {
    const behind = (keys[i] ?? 0) + 1;
    next[behind] = (next[behind] ?? 0) + 1;
  }
  for (let key = 1; key <= limit; key++) next[key] = (next[key] ?? 0) + (next[key - 1] ?? 0);
  const sortedKeys = new Uint32Array(keys.length);
  const sortedValues = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? 0;
    const place = next[key] ?? 0;
    next[key] = place + 1;
    sortedKeys[place] = key;
    sortedValues[place] = values[i] ?? 0;
  }
  return [sortedKeys, sortedValues];
}

/** From rows of (caller's row, callee's RVA); calls to what is no listed function are left out. */
export function callGraph(calls: Columns, functionRva: Uint32Array): CallGraph {
  const callers = calls.column(0);
  const callees = calls.column(1);
  const places = new Places(functionRva);
  let count = 0;
  for (let i = 0; i < callers.length; i++) {
    const callee = places.of(callees[i] ?? 0);
    if (callee < 0) continue;
    callers[count] = callers[i] ?? 0;
    callees[count++] = callee;
  }
  const limit = functionRva.length;
  // By callee first: the second sort keeps that order within a caller. Comparing would take several times as long.
  const [byCallee, theirCallers] = sortRows(callees.subarray(0, count), callers.subarray(0, count), limit);
  const [callCaller, callCallee] = sortRows(theirCallers, byCallee, limit);
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const caller = callCaller[i] ?? 0;
    const callee = callCallee[i] ?? 0;
    if (kept > 0 && caller === callCaller[kept - 1] && callee === callCallee[kept - 1]) continue;
    callCaller[kept] = caller;
    callCallee[kept++] = callee;
  }
  return { callCaller: callCaller.slice(0, kept), callCallee: callCallee.slice(0, kept) };
}
