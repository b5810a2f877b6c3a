import type { FamilyShare } from '@genehound/contract';
import type { Genome } from '../genome.ts';
import type { GeneLabels } from './artifact-input.ts';
import { type FamilyRef, leaningOf, originOf } from './family.ts';
import { type GeneStanding, NO_LABELS, onlyFamily, standingOf } from './label-set.ts';
import { type FamilyCount, rankFamilies } from './rank-families.ts';
import { findGene } from './sorted-genes.ts';
import type { Thresholds } from './thresholds.ts';

/** Counts over distinct fuzzy genes, and what each family has of them. */
export interface Tally {
  /** Distinct fuzzy genes without the common ones. */
  readonly geneCount: number;
  readonly commonGenes: number;
  /** In no family. */
  readonly uniqueGenes: number;
  readonly trustedGenes: number;
  /** In exactly one family, and that a malicious one. */
  readonly maliciousGenes: number;
  /** In several families, a malicious one among them and no trusted one: no origin, and nothing to dilute one with. */
  readonly sharedMaliciousGenes: number;
  /** In exactly one family, and that an administration tool. */
  readonly toolGenes: number;
  readonly packerGenes: number;
  /** Strongest first, as rankFamilies has it. */
  readonly families: readonly FamilyCount[];
}

/** Which blocks and functions to count: all of them, or those that a change touched. */
export interface Selection {
  block(index: number): boolean;
  func(index: number): boolean;
}

export const EVERYTHING: Selection = { block: () => true, func: () => true };

interface SetInfo {
  readonly standing: GeneStanding;
  readonly only: FamilyRef | null;
  readonly families: readonly FamilyRef[];
  /** A library is among the families. */
  readonly inLibrary: boolean;
}

interface Growing {
  family: FamilyRef;
  reusedGenes: number;
  uniqueGenes: number;
  /** Function -> its blocks whose genes this family alone has. */
  readonly functions: Map<number, number>;
  exactFunctions: number;
  genesOutsideLibraries: number;
}

class Families {
  readonly #byOrigin = new Map<string, Growing>();

  of(family: FamilyRef): Growing {
    const origin = originOf(family);
    let found = this.#byOrigin.get(origin);
    if (found === undefined) {
      found = {
        ...{ family, reusedGenes: 0, uniqueGenes: 0, functions: new Map() },
        ...{ exactFunctions: 0, genesOutsideLibraries: 0 },
      };
      this.#byOrigin.set(origin, found);
    } else if (family.scope === 'global' && found.family.scope !== 'global') {
      found.family = family;
    }
    return found;
  }

  counts(): FamilyCount[] {
    return [...this.#byOrigin.values()].map((entry) => ({ ...entry, functions: entry.functions.size }));
  }
}

function distinctFamilies(families: readonly FamilyRef[]): readonly FamilyRef[] {
  const seen = new Set<string>();
  return families.filter((family) => {
    const origin = originOf(family);
    return !seen.has(origin) && seen.add(origin) !== undefined;
  });
}

function describe(labels: GeneLabels): readonly SetInfo[] {
  return labels.sets.map((set) => ({
    standing: standingOf(set),
    only: onlyFamily(set),
    families: distinctFamilies(set.families),
    inLibrary: set.families.some(({ type }) => type === 'library'),
  }));
}

const NOTHING: SetInfo = { standing: standingOf(NO_LABELS), only: null, families: [], inLibrary: false };

/** Counts what the labels say of the selected blocks and functions. Cost: one search per block and function. */
export function tally(genome: Genome, labels: GeneLabels, selection: Selection, thresholds: Thresholds): Tally {
  const infos = describe(labels);
  const infoOf = (high: number, low: number): readonly [number, SetInfo] => {
    const at = findGene(labels.genes, high, low);
    return [at, at < 0 ? NOTHING : (infos[labels.set[at] ?? 0] ?? NOTHING)];
  };
  const families = new Families();
  const counts = { none: 0, common: 0, malicious: 0, trusted: 0, other: 0 };
  const leaning = { malicious: 0, trusted: 0, tool: 0, packer: 0 };
  let libraryGenes = 0;
  const seen = new Uint8Array(labels.genes.high.length);
  for (let i = 0; i < genome.fuzzyHigh.length; i++) {
    if (!selection.block(i)) continue;
    const [at, info] = infoOf(genome.fuzzyHigh[i] ?? 0, genome.fuzzyLow[i] ?? 0);
    if (info.only !== null) countBlock(families.of(info.only).functions, genome.blockFunction[i] ?? 0);
    if (at < 0 || seen[at] === 1) continue;
    seen[at] = 1;
    counts[info.standing]++;
    if (info.standing === 'common') continue;
    if (info.inLibrary) libraryGenes++;
    for (const family of info.families) {
      const growing = families.of(family);
      growing.reusedGenes++;
      if (!info.inLibrary) growing.genesOutsideLibraries++;
    }
    if (info.only === null) continue;
    families.of(info.only).uniqueGenes++;
    leaning[leaningOf(info.only.type)]++;
  }
  countFunctions(genome, selection, thresholds, infoOf, seen, families);
  const geneCount = counts.none + counts.malicious + counts.trusted + counts.other;
  return {
    geneCount,
    commonGenes: counts.common,
    uniqueGenes: counts.none,
    trustedGenes: counts.trusted,
    maliciousGenes: leaning.malicious,
    sharedMaliciousGenes: counts.malicious - leaning.malicious,
    toolGenes: leaning.tool,
    packerGenes: leaning.packer,
    families: rankFamilies(families.counts(), { geneCount, libraryGenes }, thresholds),
  };
}

function countBlock(functions: Map<number, number>, index: number): void {
  functions.set(index, (functions.get(index) ?? 0) + 1);
}

/**
 * A function counts as the family's when it is long, nobody else has it, and nobody else has several of its blocks
 * either: start-up code and embedded libraries are in unrelated programs whole, but not without relatives.
 */
function countFunctions(
  genome: Genome,
  selection: Selection,
  thresholds: Thresholds,
  infoOf: (high: number, low: number) => readonly [number, SetInfo],
  seen: Uint8Array,
  families: Families,
): void {
  for (let i = 0; i < genome.functionHigh.length; i++) {
    if ((genome.functionInstructions[i] ?? 0) < thresholds.exactFunctionInstructions || !selection.func(i)) continue;
    const [at, info] = infoOf(genome.functionHigh[i] ?? 0, genome.functionLow[i] ?? 0);
    if (at < 0 || seen[at] === 1 || info.only === null || info.standing === 'common') continue;
    const family = families.of(info.only);
    if ((family.functions.get(i) ?? 0) < thresholds.exactFunctionBlocks) continue;
    seen[at] = 1;
    family.exactFunctions++;
  }
}

/** The families as the evidence shows them. */
export function familyShares(found: Tally, limit: number): FamilyShare[] {
  const total = Math.max(1, found.geneCount);
  return found.families.slice(0, limit).map(({ family, genesOutsideLibraries: _, ...count }) => ({
    familyId: family.id,
    name: family.name,
    type: family.type,
    scope: family.scope,
    ...count,
    share: count.reusedGenes / total,
  }));
}
