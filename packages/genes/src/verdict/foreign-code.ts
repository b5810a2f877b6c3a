import type { Genome } from '../genome.ts';
import type { GeneLabels } from './artifact-input.ts';
import { type FamilyRef, leaningOf, originOf } from './family.ts';
import { type LabelSet, standingOf } from './label-set.ts';
import { findGene } from './sorted-genes.ts';
import { EVERYTHING, tally } from './tally.ts';
import { THRESHOLDS, type Thresholds } from './thresholds.ts';

/** Functions that lie together in known software and that no release of it has, nor any other trusted family. */
export interface ForeignGroup {
  /** Indexes into the genome's functions, ascending: those of the group that no trusted software has. */
  readonly functions: readonly number[];
  /** From the first function's start to the last one's end. Bytes. */
  readonly rva: number;
  readonly size: number;
  /** Blocks that no trusted software has, and blocks between them that some has. */
  readonly foreignBlocks: number;
  readonly knownBlocks: number;
  /** Of all the artifact's blocks that no trusted software has, the share that lies in this group. 0..1 */
  readonly concentration: number;
  /** What groups are ranked by, over artifacts too: foreign blocks, less where such blocks lie all over the artifact. */
  readonly score: number;
}

export interface ForeignCode {
  /** The trusted software that the artifact is. */
  readonly family: FamilyRef;
  /** Share of the artifact's blocks that trusted software has. 0..1 */
  readonly knownShare: number;
  /** Best score first. */
  readonly groups: readonly ForeignGroup[];
}

/** Per function: blocks that trusted software has, and blocks that it has not. */
interface FunctionCounts {
  readonly known: Uint32Array;
  readonly foreign: Uint32Array;
}

/** Trusted, or common: what unrelated software has is foreign to none. */
function isKnown(set: LabelSet): boolean {
  const standing = standingOf(set);
  return standing === 'trusted' || standing === 'common';
}

function countBlocks(genome: Genome, labels: GeneLabels): FunctionCounts {
  const known = new Uint32Array(genome.functionRva.length);
  const foreign = new Uint32Array(genome.functionRva.length);
  const knownSets = labels.sets.map(isKnown);
  const has = (high: number, low: number): boolean => {
    const at = findGene(labels.genes, high, low);
    return at >= 0 && knownSets[labels.set[at] ?? 0] === true;
  };
  // A function found whole is known, whatever its blocks are.
  const whole = Array.from(
    genome.functionHigh,
    (high, i) => (high !== 0 || genome.functionLow[i] !== 0) && has(high, genome.functionLow[i] ?? 0),
  );
  for (let i = 0; i < genome.blockRva.length; i++) {
    const index = genome.blockFunction[i] ?? 0;
    const isOurs = whole[index] === true || has(genome.fuzzyHigh[i] ?? 0, genome.fuzzyLow[i] ?? 0);
    const counts = isOurs ? known : foreign;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return { known, foreign };
}

interface Segment {
  readonly from: number;
  readonly to: number;
  /** Sums of scores before the segment and at its end. */
  readonly before: number;
  readonly after: number;
}

/**
 * All maximal scoring runs (Ruzzo and Tompa 1999), in order: runs that no function to their left or right would
 * improve. Linear in practice. A function scores its foreign blocks less the weighted known ones.
 */
function maximalRuns(scores: Float64Array): Segment[] {
  const runs: Segment[] = [];
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] ?? 0;
    const before = sum;
    sum += score;
    if (score <= 0) continue;
    let run: Segment = { from: i, to: i, before, after: sum };
    for (;;) {
      let at = runs.length - 1;
      while (at >= 0 && (runs[at]?.before ?? 0) >= run.before) at--;
      const left = runs[at];
      if (left === undefined || left.after >= run.after) break;
      run = { from: left.from, to: run.to, before: left.before, after: run.after };
      runs.length = at;
    }
    runs.push(run);
  }
  return runs;
}

function groupOf(run: Segment, genome: Genome, { known, foreign }: FunctionCounts, all: number): ForeignGroup {
  const functions: number[] = [];
  let foreignBlocks = 0;
  let knownBlocks = 0;
  for (let i = run.from; i <= run.to; i++) {
    const own = foreign[i] ?? 0;
    foreignBlocks += own;
    knownBlocks += known[i] ?? 0;
    if (own > (known[i] ?? 0)) functions.push(i);
  }
  const rva = genome.functionRva[run.from] ?? 0;
  const size = (genome.functionRva[run.to] ?? 0) + (genome.functionSize[run.to] ?? 0) - rva;
  const concentration = foreignBlocks / Math.max(1, all);
  return { functions, rva, size, foreignBlocks, knownBlocks, concentration, score: foreignBlocks * concentration };
}

/** The trusted family that most of the artifact is, or undefined where it is no known software. */
function mainFamily(genome: Genome, labels: GeneLabels, limits: Thresholds): FamilyRef | undefined {
  const counts = tally(genome, labels, EVERYTHING, limits);
  const best = counts.families.reduce(
    (most, entry) =>
      most === undefined ||
      entry.reusedGenes > most.reusedGenes ||
      (entry.reusedGenes === most.reusedGenes && originOf(entry.family) < originOf(most.family))
        ? entry
        : most,
    counts.families[0],
  );
  if (best === undefined || leaningOf(best.family.type) !== 'trusted') return undefined;
  return best.reusedGenes >= limits.foreignMainShare * counts.geneCount ? best.family : undefined;
}

/**
 * Foreign code in known software: null where the artifact is no known software or holds none. Groups are told from
 * what an ordinary upgrade adds by lying together while next to nothing else of the artifact is new. Pure; time is
 * proportional to the genome. An exact hash that is labelled trusted outweighs it, which is the caller's to show.
 */
export function findForeignCode(
  genome: Genome,
  labels: GeneLabels,
  limits: Thresholds = THRESHOLDS,
): ForeignCode | null {
  const family = mainFamily(genome, labels, limits);
  if (family === undefined) return null;
  const counts = countBlocks(genome, labels);
  const all = counts.foreign.reduce((sum, count) => sum + count, 0);
  const scores = Float64Array.from(
    counts.foreign,
    (count, i) => count - limits.foreignKnownWeight * (counts.known[i] ?? 0),
  );
  const groups = maximalRuns(scores)
    .map((run) => groupOf(run, genome, counts, all))
    .filter(
      (group) =>
        group.foreignBlocks >= limits.foreignBlocks &&
        group.functions.length >= limits.foreignFunctions &&
        group.concentration >= limits.foreignConcentration,
    )
    .sort((a, b) => b.score - a.score || a.rva - b.rva);
  if (groups.length === 0) return null;
  return { family, knownShare: 1 - all / Math.max(1, genome.blockRva.length), groups };
}
