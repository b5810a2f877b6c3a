import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Columns } from '../columns.ts';
import { callGraph } from './call-graph.ts';

function callsOf(rows: readonly (readonly [caller: number, callee: number])[]): Columns {
  const calls = new Columns(2, 0);
  for (const [caller, callee] of rows) {
    const cell = calls.add();
    calls.set(cell, caller);
    calls.set(cell + 1, callee);
  }
  return calls;
}

/** As many RVAs as wanted that a table of their number has one place for, and its neighbours: what a hostile program would have. */
function crowd(count: number): Uint32Array {
  const bits = 33 - Math.clz32(count + 8);
  const found = new Uint32Array(count);
  let kept = 0;
  for (let rva = 0; kept < count; rva++) {
    if (Math.imul(rva, 0x9e3779b1) >>> (32 - bits) < 64) found[kept++] = rva;
  }
  return found;
}

test('calls are of listed functions, each once, in order', () => {
  const lists = fc.uniqueArray(fc.nat(500), { maxLength: 60, size: 'max' });
  const rows = fc.array(fc.tuple(fc.nat(59), fc.nat(520)), { maxLength: 200, size: 'max' });
  fc.assert(
    fc.property(lists, rows, (list, calls) => {
      const rvas = Uint32Array.from(list).sort();
      const known = calls.filter(([caller]) => caller < rvas.length);
      const { callCaller, callCallee } = callGraph(callsOf(known), rvas);
      const wanted = new Set(
        known.flatMap(([caller, rva]) => {
          const callee = rvas.indexOf(rva);
          return callee < 0 ? [] : [caller * 1000 + callee];
        }),
      );
      const found = [...callCaller].map((caller, i) => caller * 1000 + (callCallee[i] ?? 0));
      assert.deepEqual(
        found,
        [...wanted].toSorted((a, b) => a - b),
      );
    }),
  );
});

/** Calls among the functions, each of them of its own kind, and how many milliseconds their graph took. */
function graphOf(rvas: Uint32Array) {
  const calls = callsOf(
    Array.from({ length: 1_000_000 }, (_unused, i) => [i % rvas.length, rvas[(i * 7919 + 1) % rvas.length] ?? 0]),
  );
  const started = performance.now();
  return { ...callGraph(calls, rvas), took: performance.now() - started };
}

test('functions that lie where the table has no room for them are found, and not by walking through the crowd', () => {
  const even = graphOf(Uint32Array.from({ length: 10_000 }, (_unused, i) => 16 * i));
  const { callCaller, callCallee, took } = graphOf(crowd(10_000));
  // A walk over the crowd would take thousands of steps for each call; a given-up walk and a search take some dozens.
  assert.ok(took < 20 * even.took, `${took} ms where others take ${even.took}`);
  assert.equal(callCallee.length, 10_000);
  assert.deepEqual(
    callCallee,
    callCaller.map((caller) => (caller * 7919 + 1) % 10_000),
  );
});
