import { type FamilyRef, originOf } from './family.ts';
import type { Thresholds } from './thresholds.ts';

/** What of a family was found in an artifact, over distinct fuzzy genes that are not common. */
export interface FamilyCount {
  readonly family: FamilyRef;
  readonly reusedGenes: number;
  readonly uniqueGenes: number;
  readonly functions: number;
  /** Whole functions of this family alone that are long enough to count. */
  readonly exactFunctions: number;
  /** Of the reused genes, those that no library has. */
  readonly genesOutsideLibraries: number;
}

/** Genes of the whole artifact that are not common, and of these what libraries have. */
interface Whole {
  readonly geneCount: number;
  readonly libraryGenes: number;
}

/** Genes of its own up to the floor are chance and reuse: a release of which others have all code but those is likelier. */
const strength =
  (limits: Thresholds) =>
  (a: FamilyCount, b: FamilyCount): number => {
    const own = ({ uniqueGenes }: FamilyCount): number => (uniqueGenes < limits.maliciousGenes ? 0 : uniqueGenes);
    return (
      b.exactFunctions - a.exactFunctions ||
      own(b) - own(a) ||
      b.reusedGenes - a.reusedGenes ||
      b.uniqueGenes - a.uniqueGenes ||
      (originOf(a.family) < originOf(b.family) ? -1 : 1)
    );
  };

/**
 * Strongest first; ties by name, so that the order of the input does not matter. A library is in many programs and names
 * none: where another family has enough of its own in what no library has, it comes before all libraries, unless one
 * library is the whole artifact.
 */
export function rankFamilies(counts: readonly FamilyCount[], whole: Whole, limits: Thresholds): FamilyCount[] {
  const isLibrary = ({ family }: FamilyCount): boolean => family.type === 'library';
  const main = Math.max(0, ...counts.filter(isLibrary).map(({ reusedGenes }) => reusedGenes));
  const isTheLibrary = main >= limits.foreignMainShare * whole.geneCount;
  const namesIt = (count: FamilyCount): boolean =>
    !isTheLibrary &&
    !isLibrary(count) &&
    count.uniqueGenes >= limits.maliciousGenes &&
    count.functions >= limits.maliciousFunctions &&
    count.genesOutsideLibraries >= limits.besideLibrariesShare * (whole.geneCount - whole.libraryGenes);
  const compare = strength(limits);
  return [...counts].sort((a, b) => Number(namesIt(b)) - Number(namesIt(a)) || compare(a, b));
}
