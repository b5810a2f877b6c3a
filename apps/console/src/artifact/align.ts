/** Instructions of two sides, line by line, so that the same ones stand beside each other. */

interface Text {
  readonly text: string;
}

export interface Pair<L, R> {
  readonly here: L | null;
  readonly there: R | null;
  /** differs: the same kind of instruction with other registers, numbers or targets. */
  readonly how: 'same' | 'differs' | 'alone';
}

/** Lines of a block that are laid beside each other by what they are; beyond, by their number. */
const MOST = 400;

const kindOf = ({ text }: Text): string => text.split(' ', 1)[0] ?? '';

function pairOf<L extends Text, R extends Text>(here: L | null, there: R | null): Pair<L, R> {
  if (here === null || there === null) return { here, there, how: 'alone' };
  return { here, there, how: here.text === there.text ? 'same' : 'differs' };
}

/** Lengths of the longest common sequences of kinds from each place on, as a flat table. */
function lengths(here: readonly Text[], there: readonly Text[]): Uint16Array {
  const width = there.length + 1;
  const table = new Uint16Array((here.length + 1) * width);
  for (let i = here.length - 1; i >= 0; i -= 1) {
    for (let j = there.length - 1; j >= 0; j -= 1) {
      const [left, right] = [here[i], there[j]];
      const equal = left !== undefined && right !== undefined && kindOf(left) === kindOf(right);
      const down = table[(i + 1) * width + j] ?? 0;
      const across = table[i * width + j + 1] ?? 0;
      table[i * width + j] = equal ? (table[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(down, across);
    }
  }
  return table;
}

/** Both sides whole and in their order; of lines that have no counterpart the other side is null. */
export function align<L extends Text, R extends Text>(here: readonly L[], there: readonly R[]): readonly Pair<L, R>[] {
  if (here.length > MOST || there.length > MOST) {
    const rows = Math.max(here.length, there.length);
    return Array.from({ length: rows }, (_, at) => pairOf(here[at] ?? null, there[at] ?? null));
  }
  const table = lengths(here, there);
  const width = there.length + 1;
  const pairs: Pair<L, R>[] = [];
  let [i, j] = [0, 0];
  while (i < here.length || j < there.length) {
    const [left, right] = [here[i] ?? null, there[j] ?? null];
    if (left !== null && right !== null && kindOf(left) === kindOf(right)) {
      pairs.push(pairOf(left, right));
      i += 1;
      j += 1;
    } else if (
      right === null ||
      (left !== null && (table[(i + 1) * width + j] ?? 0) >= (table[i * width + j + 1] ?? 0))
    ) {
      pairs.push(pairOf<L, R>(left, null));
      i += 1;
    } else {
      pairs.push(pairOf<L, R>(null, right));
      j += 1;
    }
  }
  return pairs;
}

interface Line extends Text {
  readonly block: number | null;
}

/** A run of lines of one block, or between blocks, beside what the other side has of it. */
export interface Stretch<L, R> {
  readonly block: number | null;
  readonly pairs: readonly Pair<L, R>[];
}

/** A function's lines in their order, cut where the block changes; a block's counterpart stands at its first stretch. */
export function stretches<L extends Line, R extends Text>(
  lines: readonly L[],
  counterpart: (block: number) => readonly R[],
): readonly Stretch<L, R>[] {
  const runs: L[][] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last === undefined || last[0]?.block !== line.block) runs.push([line]);
    else last.push(line);
  }
  const seen = new Set<number>();
  return runs.map((run) => {
    const block = run[0]?.block ?? null;
    const fresh = block !== null && !seen.has(block);
    if (block !== null) seen.add(block);
    return { block, pairs: align(run, fresh ? counterpart(block) : []) };
  });
}
