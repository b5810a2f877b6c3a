import { type GeneSet, sortPairs } from '@genehound/genes';
import { compactSegments, planCompaction, replaceSegments } from './compact-segments.ts';
import type { MergeBatch } from './gene-index.ts';
import { mergeBatch } from './merge-batch.ts';
import { watchSteps } from './merge-step.ts';

/** For the tests of the index: merges one family after another into a directory until it is killed. */

export const GENERATIONS = 200;
export const GENES = 5_000;
/** Small, so that a few generations are compacted already. */
export const SMALL = 12_000;

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

/** Merges as the server's threads do, with every compaction that is worth it, in this one. */
export function mergeAndCompact(directory: string, batch: MergeBatch, small = SMALL): void {
  let { segments } = mergeBatch(directory, batch, { small });
  for (let plan = planCompaction(segments); plan !== null; plan = planCompaction(segments)) {
    const compacted = compactSegments(directory, plan, plan.length === segments.length);
    const names = plan.map(({ name }) => name);
    segments = replaceSegments(directory, names, compacted).segments;
  }
}

const [, program, directory, step, passes] = process.argv;
if (program === import.meta.filename && directory !== undefined) {
  let left = Number(passes);
  watchSteps((passed) => {
    if (passed !== step) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  });
  for (let generation = 1; generation <= GENERATIONS; generation += 1) {
    mergeAndCompact(directory, batchOf(generation));
    process.send?.(generation);
    // The message goes out between two merges.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
