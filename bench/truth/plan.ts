import type { DebianPackage } from './catalogue.ts';
import { chance, shuffled } from './chance.ts';

export type Half = 'tuning' | 'test';
/** What the bench pretends a package to be: labelled malware, labelled trusted, or known to nobody. */
export type Role = 'malware' | 'trusted' | 'absent';
/** How a query was built, compared with what is labelled. */
export type Distance = 'same compiler' | 'other release';

interface Query {
  readonly distance: Distance;
  readonly wanted: DebianPackage;
}

/** One origin of code: all source packages that share an upstream, of which one binary package is labelled. */
export interface Family {
  readonly group: string;
  readonly half: Half;
  readonly role: Role;
  readonly labelled: DebianPackage;
  readonly queries: readonly Query[];
}

export interface PlanOptions {
  readonly seed: string;
  /** Families that are drawn, both halves together. */
  readonly families: number;
  /** Packages bigger than this are not drawn. Bytes to download. */
  readonly maxBytes: number;
  readonly base: string;
  /** Releases built by the base's compiler, and by others. */
  readonly sameCompiler: readonly string[];
  readonly otherReleases: readonly string[];
}

/** Of the families that are drawn, at most so many whose package a later version of the same release was built of. */
const PAIRED_SHARE = 0.25;

/** A homepage of more sources than this is a host of many projects and relates nobody. */
const GENERIC_HOMEPAGE = 12;

const stem = (name: string): string => name.replaceAll(/[-.]?\d[\d.]*/g, '') || name;

const place = (homepage: string): string =>
  homepage
    .toLowerCase()
    .replace(/^https?:\/\/(www\.)?/, '')
    .replace(/\/+$/, '');

/**
 * Which sources are one origin: those whose names differ in digits alone (lua5.1, lua5.3) and those with one homepage.
 * Decided before anything is measured, from the index alone.
 */
export function groupsOf(packages: readonly DebianPackage[]): ReadonlyMap<string, string> {
  const homepages = new Map<string, Set<string>>();
  for (const { source, homepage } of packages) {
    if (homepage === '') continue;
    const sources = homepages.get(place(homepage)) ?? new Set();
    homepages.set(place(homepage), sources.add(source));
  }
  const parent = new Map<string, string>();
  const root = (key: string): string => {
    let at = key;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    return at;
  };
  const join = (a: string, b: string): void => {
    const [x, y] = [root(a), root(b)].sort();
    if (x !== undefined && y !== undefined && x !== y) parent.set(y, x);
  };
  const sources = new Set(packages.map(({ source }) => source));
  for (const source of sources) join(source, stem(source));
  for (const related of homepages.values()) {
    if (related.size > GENERIC_HOMEPAGE) continue;
    const [first] = related;
    for (const source of related) join(source, first ?? source);
  }
  return new Map([...sources].map((source) => [source, root(source)]));
}

export function isCandidate({ hasCode, size, section, architecture }: DebianPackage, maxBytes: number): boolean {
  return hasCode && architecture !== 'all' && size <= maxBytes && !/debug|doc|libdevel/.test(section);
}

function roleOf(group: string, seed: string): Role {
  const drawn = chance(seed, 'role', group);
  if (drawn < 0.375) return 'malware';
  return drawn < 0.75 ? 'trusted' : 'absent';
}

export function halfOf(group: string): Half {
  return chance('half', group) < 0.5 ? 'tuning' : 'test';
}

/** The same package elsewhere, or one of that source whose name differs in digits alone (libfoo1, libfoo2). */
function counterpart(labelled: DebianPackage, others: readonly DebianPackage[]): DebianPackage | undefined {
  const newer = others.filter((entry) => entry.version !== labelled.version);
  return (
    newer.find((entry) => entry.name === labelled.name) ??
    newer.find((entry) => stem(entry.name) === stem(labelled.name))
  );
}

/** Origins of no family of the plan: what an installation knows beside it, and clean software that nobody labels. */
export interface World {
  /** Trusted, in both halves. */
  readonly known: readonly Origin[];
  /** Judged only. */
  readonly unknown: readonly (Origin & { readonly half: Half })[];
}

interface Origin {
  readonly group: string;
  readonly packages: readonly DebianPackage[];
}

/** Share of the other origins that is known, and of the unknown ones that thresholds may be chosen on. */
const KNOWN_SHARE = 0.34;
const TUNING_SHARE = 0.25;

/**
 * The first `count` of the origins that the plan did not draw: of a known one the base's packages, of an unknown one those
 * of every release. Depends on the seed, the plan's groups and the index alone; a bigger world holds every smaller one.
 */
export function drawWorld(
  packages: readonly DebianPackage[],
  plan: readonly Family[],
  count: number,
  { seed, maxBytes, base }: Pick<PlanOptions, 'seed' | 'maxBytes' | 'base'>,
): World {
  const drawn = new Set(plan.map(({ group }) => group));
  const groups = groupsOf(packages);
  const members = Map.groupBy(
    packages.filter((entry) => isCandidate(entry, maxBytes)),
    ({ source }) => groups.get(source) ?? source,
  );
  const others = shuffled([...members], seed, ([group]) => group).filter(([group]) => !drawn.has(group));
  const origins = others.slice(0, count).map(([group, some]) => ({ group, packages: some }));
  const isKnown = ({ group }: Origin): boolean => chance(seed, 'known', group) < KNOWN_SHARE;
  return {
    known: origins
      .filter(isKnown)
      .map((origin) => ({ ...origin, packages: origin.packages.filter(({ release }) => release === base) })),
    unknown: origins
      .filter((origin) => !isKnown(origin))
      .map((origin) => ({ ...origin, half: chance('half', origin.group) < TUNING_SHARE ? 'tuning' : 'test' })),
  };
}

/** What is drawn depends on the seed and the index alone; a bigger plan holds every smaller one. */
export function drawPlan(packages: readonly DebianPackage[], options: PlanOptions): Family[] {
  const { seed, maxBytes, base, sameCompiler, otherReleases } = options;
  const usable = packages.filter((entry) => isCandidate(entry, maxBytes));
  const bySource = Map.groupBy(usable, ({ source }) => source);
  const groups = groupsOf(packages);
  const queriesOf = (labelled: DebianPackage): Query[] => {
    const related = bySource.get(labelled.source) ?? [];
    const find = (releases: readonly string[], distance: Distance): Query[] => {
      for (const release of releases) {
        const there = related.filter((entry) => entry.release === release);
        const wanted = counterpart(labelled, there);
        if (wanted !== undefined) return [{ distance, wanted }];
      }
      return [];
    };
    return [
      ...find(sameCompiler, 'same compiler'),
      ...find(shuffled(otherReleases, `${seed}/${labelled.source}`, String), 'other release'),
    ];
  };
  const familyOf = ([group, sources]: readonly [string, readonly string[]]): Family[] => {
    const there = sources.flatMap((source) => (bySource.get(source) ?? []).filter(({ release }) => release === base));
    const labelled = shuffled(there, seed, ({ name }) => name)[0];
    if (labelled === undefined) return [];
    return [{ group, half: halfOf(group), role: roleOf(group, seed), labelled, queries: queriesOf(labelled) }];
  };
  const members = Map.groupBy(bySource.keys(), (source) => groups.get(source) ?? source);
  const all = shuffled([...members], seed, ([group]) => group).flatMap(familyOf);
  // Few packages were built twice by one compiler; without a quota chance would draw too few of them to say anything.
  const isPaired = ({ queries }: Family): boolean => queries.some(({ distance }) => distance === 'same compiler');
  const quota = Math.round(options.families * PAIRED_SHARE);
  const paired = all.filter(isPaired).slice(0, quota);
  return [...paired, ...all.filter((family) => !isPaired(family)).slice(0, options.families - paired.length)];
}
