import { type GeneSet, sortPairs } from '@genehound/genes';
import type { MergeBatch } from './gene-index.ts';
import { openFile } from './lmdb-file.ts';
import { mergeIntoFile } from './merge-file.ts';

/** For the tests of the index: merges one family after another into a directory until it is killed. */

export const GENERATIONS = 200;
const GENES = 20_000;

/** The genes of one family: the same in every process, and in no other family. */
export function familyOf(family: number): GeneSet {
  const pairs = new Uint32Array(2 * GENES);
  let state = family;
  for (let i = 0; i < GENES; i += 1) {
    state = (Math.imul(state, 0x915f77f5) + 0x6d2b79f5) >>> 0;
    pairs[2 * i] = ((i << 8) | (family & 0xff)) >>> 0;
    pairs[2 * i + 1] = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
  }
  return sortPairs(pairs);
}

/** Family n, with which generation n is reached. */
export function batchOf(generation: number): MergeBatch {
  return {
    labelled: [{ genes: familyOf(generation), family: generation }],
    leanings: new Map(),
    mix: 'common',
    generation,
    lastLabel: null,
  };
}

const [, program, directory] = process.argv;
if (program === import.meta.filename && directory !== undefined) {
  const file = openFile(directory);
  for (let generation = 1; generation <= GENERATIONS; generation += 1) {
    mergeIntoFile(file, batchOf(generation));
    process.send?.(generation);
    // The message goes out between two merges.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
