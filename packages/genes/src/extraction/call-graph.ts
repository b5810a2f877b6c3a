import type { Columns } from '../columns.ts';

/** Edges between functions of a genome, as indexes into its function arrays: distinct, ascending. */
export interface CallGraph {
  readonly callCaller: Uint32Array;
  readonly callCallee: Uint32Array;
}

/** Where each RVA stands in the list: open addressing, with half of the places empty. */
class Places {
  readonly #rvas: Uint32Array;
  /** One more than the index; 0 where the place is empty. */
  readonly #slots: Uint32Array;
  readonly #shift: number;

  constructor(rvas: Uint32Array) {
    const bits = 33 - Math.clz32(rvas.length + 8);
    this.#rvas = rvas;
    this.#slots = new Uint32Array(2 ** bits);
    this.#shift = 32 - bits;
    for (let i = 0; i < rvas.length; i++) this.#slots[this.#find(rvas[i] ?? 0)] = i + 1;
  }

  /** -1 where it is not in the list. */
  of(rva: number): number {
    return (this.#slots[this.#find(rva)] ?? 0) - 1;
  }

  #find(rva: number): number {
    const mask = this.#slots.length - 1;
    let place = Math.imul(rva, 0x9e3779b1) >>> this.#shift;
    for (;;) {
      const slot = this.#slots[place] ?? 0;
      if (slot === 0 || this.#rvas[slot - 1] === rva) return place;
      place = (place + 1) & mask;
    }
  }
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
