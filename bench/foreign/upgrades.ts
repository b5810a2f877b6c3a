import type { DebianPackage } from '../truth/catalogue.ts';
import { DRAWN } from '../truth/open.ts';
import { groupsOf, type Half, halfOf, isCandidate } from '../truth/plan.ts';

/** A package and its newer build of the same release, by the same compiler. */
export interface Upgrade {
  readonly group: string;
  readonly labelled: DebianPackage;
  readonly newer: DebianPackage;
}

/** Every package of a half's origins that was built twice by one compiler; the index alone decides. */
export function upgradesOf(packages: readonly DebianPackage[], half: Half): Upgrade[] {
  const groups = groupsOf(packages);
  const usable = packages.filter((entry) => isCandidate(entry, DRAWN.maxBytes));
  const labelled = new Map(usable.filter(({ release }) => release === DRAWN.base).map((entry) => [entry.name, entry]));
  const found = new Map<string, Upgrade>();
  for (const release of DRAWN.sameCompiler) {
    for (const newer of usable) {
      const old = newer.release === release ? labelled.get(newer.name) : undefined;
      if (old === undefined || old.version === newer.version || found.has(newer.name)) continue;
      const group = groups.get(old.source) ?? old.source;
      if (halfOf(group) === half) found.set(newer.name, { group, labelled: old, newer });
    }
  }
  return [...found.values()];
}
