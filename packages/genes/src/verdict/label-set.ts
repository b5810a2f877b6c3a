import { type FamilyRef, leaningOf, originOf } from './family.ts';

/** What the labels say of one gene: common (no weight), or the families that have it; empty: none has. */
export interface LabelSet {
  readonly common: boolean;
  readonly families: readonly FamilyRef[];
}

export const NO_LABELS: LabelSet = Object.freeze({ common: false, families: Object.freeze([]) });
export const COMMON: LabelSet = Object.freeze({ common: true, families: Object.freeze([]) });

export type GeneStanding = 'none' | 'common' | 'malicious' | 'trusted' | 'other';

/** Malicious beside trusted in one set is common, whatever the index thought of it. */
export function standingOf(set: LabelSet): GeneStanding {
  if (set.common) return 'common';
  let malicious = false;
  let trusted = false;
  for (const family of set.families) {
    const leaning = leaningOf(family.type);
    malicious ||= leaning === 'malicious';
    trusted ||= leaning === 'trusted';
  }
  if (malicious) return trusted ? 'common' : 'malicious';
  if (trusted) return 'trusted';
  return set.families.length > 0 ? 'other' : 'none';
}

/** The one family that has the gene, counting the same family of both scopes once; null if none or several. */
export function onlyFamily(set: LabelSet): FamilyRef | null {
  const first = set.families[0];
  if (set.common || first === undefined) return null;
  const origin = originOf(first);
  return set.families.every((family) => originOf(family) === origin) ? first : null;
}

function without(set: LabelSet, leaning: 'malicious' | 'trusted'): readonly FamilyRef[] {
  return set.families.filter((family) => leaningOf(family.type) !== leaning);
}

/**
 * What an organisation sees of a gene: the global word first. Acquitting adds only genes that no malicious
 * family has, convicting only genes that no trusted family has; neither makes a gene common, for otherwise an
 * acquittal would disarm detection. A gene that the global genome calls common stays common.
 */
export function combineLabelSets(global: LabelSet, organisation: LabelSet): LabelSet {
  const own = standingOf(organisation);
  if (own === 'none') return global;
  const standing = standingOf(global);
  if (standing === 'none') return organisation;
  if (standing === 'common') return COMMON;
  if (own === 'common') return global;
  const against = standing === 'malicious' ? 'trusted' : standing === 'trusted' ? 'malicious' : null;
  const added = against === null ? organisation.families : without(organisation, against);
  return added.length === 0 ? global : { common: false, families: [...global.families, ...added] };
}
