import { leaningOf } from './family.ts';
import type { FamilyCount } from './rank-families.ts';
import type { Tally } from './tally.ts';
import type { Thresholds } from './thresholds.ts';

/** How a malicious family is recognised in an artifact; both may hold at once. */
export interface MaliciousMatch {
  readonly count: FamilyCount;
  /** Share of the family's own genes in what is neither common nor trusted nor of other malware, 0..1. */
  readonly share: number;
  readonly byGenes: boolean;
  readonly byFunctions: boolean;
}

export function maliciousFamilies(found: Tally): readonly FamilyCount[] {
  return found.families.filter(({ family }) => leaningOf(family.type) === 'malicious');
}

/** Enough genes of the family alone, in enough functions, whatever their share. */
export function hasFloor(count: Pick<FamilyCount, 'uniqueGenes' | 'functions'>, limits: Thresholds): boolean {
  return count.uniqueGenes >= limits.maliciousGenes && count.functions >= limits.maliciousFunctions;
}

/**
 * Share of one family's own genes. Trusted code around an implant dilutes nothing, nor does other malware beside it:
 * neither that which shares code with it nor that which does not.
 */
function ownShare({ uniqueGenes }: FamilyCount, found: Tally): number {
  const others = found.maliciousGenes - uniqueGenes;
  return uniqueGenes / Math.max(1, found.geneCount - found.trustedGenes - found.sharedMaliciousGenes - others);
}

/**
 * Enough of one family to be called it, by genes: many of them with a small share, or few with a large one. Five genes
 * among sixty that nobody else has are a copied helper; five of eight are the family.
 */
export function isEnough(
  count: Pick<FamilyCount, 'uniqueGenes' | 'functions'>,
  share: number,
  limits: Thresholds,
): boolean {
  const asked = count.uniqueGenes >= limits.manyMaliciousGenes ? limits.maliciousShare : limits.maliciousShareOfFew;
  return hasFloor(count, limits) && share >= asked;
}

/**
 * The malicious families that the code is enough of to be called malicious, strongest first.
 * Each is measured alone: bits of several families in one program are what templates and copied helpers look like.
 */
export function maliciousMatches(found: Tally, limits: Thresholds): readonly MaliciousMatch[] {
  return maliciousFamilies(found).flatMap((count) => {
    const share = ownShare(count, found);
    const byGenes = isEnough(count, share, limits);
    const byFunctions = count.exactFunctions >= limits.exactFunctions;
    return byGenes || byFunctions ? [{ count, share, byGenes, byFunctions }] : [];
  });
}
