import type { Client } from '@genehound/contract';
import { ArchiveError } from '../archive/archive-error.ts';
import { readDebianPackage } from '../archive/deb.ts';
import type { Apt } from '../debian/apt.ts';
import { type InstalledPackage, packageKey } from '../debian/dpkg-database.ts';
import { type FetchedPackage, fetchPackages } from '../debian/fetch-packages.ts';
import { type PackagePlan, type PlannedPackage, planPackages } from '../debian/plan-packages.ts';
import type { FamilyChooser } from './choose-family.ts';
import { indexPackage, type PackageOutcome, wantsElf } from './index-package.ts';
import { FamilyConflict, type Target } from './label-samples.ts';
import type { PackageRecord } from './package-record.ts';

export interface DebianIndexing {
  readonly client: Client;
  readonly apt: Apt;
  readonly record: PackageRecord;
  readonly families: FamilyChooser;
  /** dpkg's own architecture. */
  readonly native: string;
  /** Where the caller decides what the packages are; else it follows from the package. */
  readonly target?: Target;
  /** Where only the families follow from the packages: the rest of the target. */
  readonly under?: Omit<Target, 'family' | 'type'>;
  onProgress(text: string): void;
}

export interface DebianIndexed {
  readonly packages: number;
  readonly samplesAdded: number;
  readonly samplesKnown: number;
  readonly otherVersions: readonly { package: string; installed: string; taken: string }[];
  /** One sentence each. */
  readonly lacking: readonly string[];
}

function keyOf(planned: PlannedPackage, { target, under }: DebianIndexing): string {
  const key = `debian:${packageKey(planned.installed)}=${planned.version}`;
  if (target !== undefined) return `${key} ${target.scope} ${target.type} ${target.family}`;
  return under === undefined ? key : `${key} ${under.scope} ${under.sourceId ?? ''}`;
}

async function indexOne(
  work: DebianIndexing,
  { planned, path }: FetchedPackage,
  target: Target,
): Promise<PackageOutcome> {
  const source = `debian:${planned.installed.name} ${planned.version}`;
  const done = await indexPackage(work.client, target, source, (onTooLarge) =>
    readDebianPackage(path, wantsElf(onTooLarge)),
  );
  await work.record.remember(keyOf(planned, work), {
    family: target.family,
    type: target.type,
    samples: [...done.samples],
    problems: [...done.problems],
  });
  return done;
}

interface Round {
  added: number;
  known: number;
  readonly problems: string[];
  readonly failed: { readonly planned: PlannedPackage; readonly reason: string }[];
}

/** Packages that are read and sent at the same time: while one is unpacked, another is on its way. */
const AT_ONCE = 3;

function targetOf(work: DebianIndexing, one: InstalledPackage): Target {
  return work.target ?? { ...(work.under ?? { scope: 'global' }), ...work.families.choose(one) };
}

async function fetchAndIndex(work: DebianIndexing, packages: readonly PlannedPackage[]): Promise<Round> {
  const round: Round = { added: 0, known: 0, problems: [], failed: [] };
  let done = 0;
  for await (const batch of fetchPackages(work.apt, packages)) {
    round.failed.push(...batch.failed);
    // In the order of the packages, whichever is read first: every run chooses the same families.
    const chosen = batch.fetched.map((fetched) => ({ fetched, target: targetOf(work, fetched.planned.installed) }));
    const left = chosen[Symbol.iterator]();
    const indexSome = async (): Promise<void> => {
      for (const { fetched, target } of left) {
        done += 1;
        work.onProgress(`package ${done} of ${packages.length}: ${fetched.planned.installed.name}`);
        try {
          const outcome = await indexOne(work, fetched, target);
          round.added += outcome.added;
          round.known += outcome.samples.length - outcome.added;
          round.problems.push(...outcome.problems);
        } catch (error) {
          // A package that cannot be read costs itself; a server that is gone ends the whole.
          if (!(error instanceof ArchiveError || error instanceof FamilyConflict)) throw error;
          round.problems.push(`The package ${fetched.planned.spec} could not be taken: ${error.message}`);
        }
      }
    };
    // Settled, so that no file is taken away below one that is still being read.
    const outcomes = await Promise.allSettled(Array.from({ length: AT_ONCE }, indexSome));
    await batch.dispose();
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }
  return round;
}

function failureSentences(failed: Round['failed']): string[] {
  const byReason = Map.groupBy(failed, ({ reason }) => reason);
  return [...byReason].flatMap(([reason, group]) => {
    const names = group.map(({ planned }) => planned.spec);
    if (names.length <= 3) {
      return names.map((name) => `The package ${name} could not be downloaded (${reason}); its code stays unknown.`);
    }
    const some = names.slice(0, 5).join(', ') + (names.length > 5 ? ' …' : '');
    return [`${names.length} packages could not be downloaded (${reason}): ${some}; their code stays unknown.`];
  });
}

function absentSentences(absent: readonly InstalledPackage[]): string[] {
  const names = absent.map((one) => `${one.name} ${one.version}`);
  if (names.length > 5)
    return [
      `${names.length} packages are in no archive of the distribution that apt knows (${names.slice(0, 5).join(', ')} …); their code stays unknown.`,
    ];
  return names.map(
    (name) => `The package ${name} is in no archive of the distribution that apt knows; its code stays unknown.`,
  );
}

/** What is to be fetched, with fresh lists where the machine has none. */
async function planWithLists(
  work: DebianIndexing,
  wanted: readonly InstalledPackage[],
): Promise<PackagePlan & { readonly trouble: string | undefined; readonly refreshed: boolean }> {
  work.onProgress('asking for package versions');
  const plan = await planPackages(work.apt, wanted, work.native);
  if (plan.packages.length > 0 || wanted.length === 0) return { ...plan, trouble: undefined, refreshed: false };
  work.onProgress('fetching package lists');
  const trouble = await work.apt.refresh();
  return { ...(await planPackages(work.apt, wanted, work.native)), trouble, refreshed: true };
}

/** A second try with fresh lists: the machine's own may name versions that the mirror has replaced since. */
async function retry(
  work: DebianIndexing,
  first: Round,
): Promise<{ round: Round; planned: readonly PlannedPackage[] }> {
  work.onProgress('fetching fresh package lists');
  const trouble = await work.apt.refresh();
  const installed = first.failed.map(({ planned }) => planned.installed);
  const { packages } = await planPackages(work.apt, installed, work.native);
  // Without a mirror there are no fresh lists either: what failed stays failed, for the reason it had.
  if (trouble !== undefined && packages.length === 0) return { round: first, planned: [] };
  const second = await fetchAndIndex(work, packages);
  const tried = new Set(packages.map((one) => packageKey(one.installed)));
  const untried = first.failed.filter(({ planned }) => !tried.has(packageKey(planned.installed)));
  const round = {
    added: first.added + second.added,
    known: first.known + second.known,
    problems: [...first.problems, ...second.problems],
    failed: [...second.failed, ...untried],
  };
  return { round, planned: packages };
}

/** Labels every ELF file of the packages, from the distribution's archive; what is labelled already costs nothing. */
export async function indexDebianPackages(
  work: DebianIndexing,
  wanted: readonly InstalledPackage[],
): Promise<DebianIndexed> {
  const plan = await planWithLists(work, wanted);
  const keys = plan.packages.map((planned) => keyOf(planned, work));
  const known = await work.record.known(work.client, keys);
  const missing = plan.packages.filter((planned) => !known.has(keyOf(planned, work)));
  let round = await fetchAndIndex(work, missing);
  let packages = plan.packages;
  if (round.failed.length > 0 && !plan.refreshed) {
    const again = await retry(work, round);
    round = again.round;
    const replaced = new Map(again.planned.map((one) => [packageKey(one.installed), one]));
    packages = packages.map((one) => replaced.get(packageKey(one.installed)) ?? one);
  }
  const failed = new Set(round.failed.map(({ planned }) => planned));
  const done = packages.filter((planned) => !failed.has(planned));
  const other = done.filter((planned) => planned.version !== planned.installed.version);
  return {
    packages: done.length,
    samplesAdded: round.added,
    samplesKnown: round.known + [...known.values()].reduce((sum, entry) => sum + entry.samples.length, 0),
    otherVersions: other.map((one) => ({
      package: one.installed.name,
      installed: one.installed.version,
      taken: one.version,
    })),
    lacking: [
      ...(plan.trouble === undefined ? [] : [`The package lists could not be fetched: ${plan.trouble}.`]),
      ...failureSentences(round.failed),
      ...absentSentences(plan.absent),
      ...round.problems,
      ...[...known.values()].flatMap((entry) => entry.problems),
    ],
  };
}
