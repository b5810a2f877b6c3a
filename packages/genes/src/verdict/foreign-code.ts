import type { Genome } from '../genome.ts';
import type { GeneLabels } from './artifact-input.ts';
import { type FamilyRef, leaningOf, originOf } from './family.ts';
import { type LabelSet, standingOf } from './label-set.ts';
import type { FamilyCount } from './rank-families.ts';
import { findGene } from './sorted-genes.ts';
import { EVERYTHING, type Tally, tally } from './tally.ts';
import { THRESHOLDS, type Thresholds } from './thresholds.ts';

/** Functions that lie together in known software and that no release of it has, nor any other trusted family. */
export interface ForeignGroup {
  /** Indexes into the genome's functions, ascending: those of the group that no trusted software has. */
  readonly functions: readonly number[];
  /** From the first function's start to the last one's end. Bytes. */
  readonly rva: number;
  readonly size: number;
  /** Blocks that no trusted software has; between them, blocks of the artifact's own family and of other software. */
  readonly foreignBlocks: number;
  readonly ownBlocks: number;
  readonly otherBlocks: number;
  /** Of all that is new in the artifact (malware's code elsewhere left out), the share that lies in this group. 0..1 */
  readonly concentration: number;
  /** Of all calls of or to its functions, the share that stays within the group, 0..1; 1 where there are none. */
  readonly isolation: number;
  /** What groups are ranked by, over artifacts too: foreign blocks, less where the artifact is new or calls it elsewhere. */
  readonly score: number;
}

export interface ForeignCode {
  /** The trusted software that the artifact is. */
  readonly family: FamilyRef;
  /** Share of the artifact's blocks that its family or other software has. 0..1 */
  readonly knownShare: number;
  /** Best score first. */
  readonly groups: readonly ForeignGroup[];
}

/** Per function: blocks of the main family, of other trusted software only, of malware, and of nobody. */
interface FunctionCounts {
  readonly own: Uint32Array;
  readonly other: Uint32Array;
  readonly malicious: Uint32Array;
  readonly foreign: Uint32Array;
}

type Origin = keyof FunctionCounts;

/**
 * What many have, or malware too, says nothing of where a function is from: it counts with other software. So does what
 * other trusted families have, but not what the organisation alone trusts in software that the global genome knows: an
 * acquittal by genes must not hide what was put into it. A label of the same family is another release of it.
 */
function originOfSet(set: LabelSet, main: FamilyRef): Origin {
  if (set.common) return 'other';
  if (set.families.some((family) => originOf(family) === originOf(main))) return 'own';
  const standing = standingOf(set);
  if (standing === 'malicious') return 'malicious';
  if (standing === 'common') return 'other';
  const counts = main.scope === 'organisation' || set.families.some(({ scope }) => scope === 'global');
  return standing === 'trusted' && counts ? 'other' : 'foreign';
}

function countBlocks(genome: Genome, labels: GeneLabels, main: FamilyRef): FunctionCounts {
  const size = genome.functionRva.length;
  const counts = {
    own: new Uint32Array(size),
    other: new Uint32Array(size),
    malicious: new Uint32Array(size),
    foreign: new Uint32Array(size),
  };
  const origins = labels.sets.map((set) => originOfSet(set, main));
  const find = (high: number, low: number): Origin => {
    const at = findGene(labels.genes, high, low);
    return at < 0 ? 'foreign' : (origins[labels.set[at] ?? 0] ?? 'foreign');
  };
  // A function found whole is known, whatever its blocks are.
  const whole = Array.from(genome.functionHigh, (high, i): Origin => {
    const low = genome.functionLow[i] ?? 0;
    return high === 0 && low === 0 ? 'foreign' : find(high, low);
  });
  for (let i = 0; i < genome.blockRva.length; i++) {
    const index = genome.blockFunction[i] ?? 0;
    const known = whole[index] ?? 'foreign';
    const column =
      counts[
        known === 'foreign' || known === 'malicious' ? find(genome.fuzzyHigh[i] ?? 0, genome.fuzzyLow[i] ?? 0) : known
      ];
    column[index] = (column[index] ?? 0) + 1;
  }
  return counts;
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

/** Code that was put in calls little of what is around it, and little of that calls it. */
function isolationOf(functions: readonly number[], { callCaller, callCallee }: Genome): number {
  const inside = new Set(functions);
  let within = 0;
  let across = 0;
  for (let i = 0; i < callCaller.length; i++) {
    const isCaller = inside.has(callCaller[i] ?? 0);
    const isCallee = inside.has(callCallee[i] ?? 0);
    if (isCaller && isCallee) within++;
    else if (isCaller || isCallee) across++;
  }
  return (within + 1) / (within + across + 1);
}

type Unranked = Omit<ForeignGroup, 'isolation' | 'score'>;

function groupOf(run: Segment, genome: Genome, counts: FunctionCounts, all: number): Unranked {
  const functions: number[] = [];
  const sums = { own: 0, other: 0, malicious: 0, foreign: 0 };
  for (let i = run.from; i <= run.to; i++) {
    const at = { own: counts.own[i] ?? 0, other: counts.other[i] ?? 0 };
    const [malicious, foreign] = [counts.malicious[i] ?? 0, counts.foreign[i] ?? 0];
    sums.own += at.own;
    sums.other += at.other;
    sums.malicious += malicious;
    sums.foreign += foreign;
    if (malicious + foreign > at.own + at.other) functions.push(i);
  }
  const rva = genome.functionRva[run.from] ?? 0;
  const size = (genome.functionRva[run.to] ?? 0) + (genome.functionSize[run.to] ?? 0) - rva;
  const foreignBlocks = sums.foreign + sums.malicious;
  const concentration = foreignBlocks / Math.max(1, all + sums.malicious);
  return { functions, rva, size, foreignBlocks, ownBlocks: sums.own, otherBlocks: sums.other, concentration };
}

/** Cost: all calls of the genome, so it is asked only for the few groups that count. */
function ranked(group: Unranked, genome: Genome): ForeignGroup {
  const isolation = isolationOf(group.functions, genome);
  return { ...group, isolation, score: (group.foreignBlocks * group.concentration * (1 + isolation)) / 2 };
}

/** The trusted family that most of the artifact is, or undefined where it is no known software. */
function mainFamily(found: Tally, limits: Thresholds): FamilyRef | undefined {
  const best = found.families
    .filter(({ family }) => leaningOf(family.type) === 'trusted')
    .reduce<FamilyCount | undefined>((most, entry) => {
      if (most === undefined || entry.reusedGenes > most.reusedGenes) return entry;
      const isTie = entry.reusedGenes === most.reusedGenes && originOf(entry.family) < originOf(most.family);
      return isTie ? entry : most;
    }, undefined);
  // Malicious genes are left out, so that more of them never make an artifact less known, and a finding vanish.
  const judged = found.geneCount - found.maliciousGenes - found.sharedMaliciousGenes;
  return best !== undefined && best.reusedGenes >= limits.foreignMainShare * judged ? best.family : undefined;
}

/**
 * Foreign code in known software: null where the artifact is no known software or holds none. Groups are told from
 * what an ordinary upgrade adds by lying together while next to nothing else of the artifact is new. Pure; time is
 * proportional to the genome. `found` is the tally of the whole genome, where the caller has it.
 */
export function findForeignCode(
  genome: Genome,
  labels: GeneLabels,
  limits: Thresholds = THRESHOLDS,
  found: Tally = tally(genome, labels, EVERYTHING, limits),
): ForeignCode | null {
  const family = mainFamily(found, limits);
  if (family === undefined) return null;
  const counts = countBlocks(genome, labels, family);
  const all = counts.foreign.reduce((sum, count) => sum + count, 0);
  const { foreignOwnWeight, foreignOtherWeight } = limits;
  const scores = Float64Array.from(counts.foreign, (count, i) => {
    const known = foreignOwnWeight * (counts.own[i] ?? 0) + foreignOtherWeight * (counts.other[i] ?? 0);
    return count + (counts.malicious[i] ?? 0) - known;
  });
  const groups = maximalRuns(scores)
    .map((run) => groupOf(run, genome, counts, all))
    .filter(
      (group) =>
        group.foreignBlocks >= limits.foreignBlocks &&
        group.functions.length >= limits.foreignFunctions &&
        group.concentration >= limits.foreignConcentration,
    )
    .map((group) => ranked(group, genome))
    .sort((a, b) => b.score - a.score || a.rva - b.rva);
  if (groups.length === 0) return null;
  return { family, knownShare: 1 - all / Math.max(1, genome.blockRva.length), groups };
}
