import type { Columns } from '../columns.ts';

/** Edges between functions of a genome, as indexes into its function arrays: distinct, ascending. */
export interface CallGraph {
  readonly callCaller: Uint32Array;
  readonly callCallee: Uint32Array;
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
  const keys = new Float64Array(callers.length);
  let count = 0;
  for (let i = 0; i < callers.length; i++) {
    const callee = indexOf(functionRva, callees[i] ?? 0);
    if (callee >= 0) keys[count++] = (callers[i] ?? 0) * functionRva.length + callee;
  }
  const sorted = keys.subarray(0, count).sort();
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
