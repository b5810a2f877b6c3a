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

/** From rows of (caller's row, callee's RVA); calls to what is no listed function are left out. */
export function callGraph(calls: Columns, functionRva: Uint32Array): CallGraph {
  const callers = calls.column(0);
  const callees = calls.column(1);
  const places = new Places(functionRva);
  const keys = new Float64Array(callers.length);
  let count = 0;
  let ascending = true;
  for (let i = 0; i < callers.length; i++) {
    const callee = places.of(callees[i] ?? 0);
    if (callee < 0) continue;
    const key = (callers[i] ?? 0) * functionRva.length + callee;
    if (count > 0 && key < (keys[count - 1] ?? 0)) ascending = false;
    keys[count++] = key;
  }
  const sorted = keys.subarray(0, count);
  if (!ascending) sorted.sort();
  const callCaller = new Uint32Array(count);
  const callCallee = new Uint32Array(count);
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const key = sorted[i] ?? 0;
    if (i > 0 && key === sorted[i - 1]) continue;
    const caller = Math.floor(key / functionRva.length);
    callCaller[kept] = caller;
    callCallee[kept++] = key - caller * functionRva.length;
  }
  return { callCaller: callCaller.slice(0, kept), callCallee: callCallee.slice(0, kept) };
}
