import { Columns } from '../columns.ts';
import type { Draft } from './extractor.ts';

/**
 * Two drafts of one image, of native code and of CIL, as one: rows stay in ascending order of RVA, and blocks point to
 * their functions' new rows.
 */
export function mergeDrafts(first: Draft, second: Draft): Draft {
  const functions = mergeRows(first.functions, second.functions);
  const blocks = mergeRows(first.blocks, second.blocks, [functions.placesOfFirst, functions.placesOfSecond]);
  return {
    blocks: blocks.merged,
    functions: functions.merged,
    calls: renumberCalls([first.calls, second.calls], [functions.placesOfFirst, functions.placesOfSecond]),
    keepsAll: first.keepsAll,
    codeBytes: first.codeBytes + second.codeBytes,
    instructions: first.instructions + second.instructions,
  };
}

function renumberCalls(calls: readonly Columns[], places: readonly Uint32Array[]): Columns {
  const merged = new Columns(
    2,
    calls.reduce((sum, { rows }) => sum + rows, 0),
  );
  calls.forEach((side, i) => {
    const callees = side.column(1);
    side.column(0).forEach((caller, row) => {
      const cell = merged.add();
      merged.set(cell, places[i]?.[caller] ?? 0);
      merged.set(cell + 1, callees[row] ?? 0);
    });
  });
  return merged;
}

/** Column of a block that holds its function's row. */
const BLOCK_FUNCTION = 2;

interface Merged {
  readonly merged: Columns;
  /** New row of each old one. */
  readonly placesOfFirst: Uint32Array;
  readonly placesOfSecond: Uint32Array;
}

function mergeRows(first: Columns, second: Columns, functions?: readonly [Uint32Array, Uint32Array]): Merged {
  const width = first.width;
  const columns = [first, second].map((rows) => Array.from({ length: width }, (_, i) => rows.column(i)));
  const places = [new Uint32Array(first.rows), new Uint32Array(second.rows)] as const;
  const merged = new Columns(width, first.rows + second.rows);
  const next = [0, 0];
  const rvaOf = (side: number): number => columns[side]?.[0]?.[next[side] ?? 0] ?? Number.POSITIVE_INFINITY;
  while (merged.rows < first.rows + second.rows) {
    const side = rvaOf(0) <= rvaOf(1) ? 0 : 1;
    const row = next[side] ?? 0;
    next[side] = row + 1;
    places[side][row] = merged.rows;
    const cell = merged.add();
    for (let i = 0; i < width; i++) {
      const value = columns[side]?.[i]?.[row] ?? 0;
      merged.set(cell + i, i === BLOCK_FUNCTION && functions !== undefined ? (functions[side]?.[value] ?? 0) : value);
    }
  }
  return { merged, placesOfFirst: places[0], placesOfSecond: places[1] };
}
