import type { Apt, ArchiveVersion } from './apt.ts';
import type { InstalledPackage } from './dpkg-database.ts';

/** Publishers whose archives are the distribution's own. Code from others is not what the distribution vouches for. */
const DISTRIBUTION_ORIGINS = ['Debian', 'Debian Backports', 'Ubuntu', 'Raspbian'];

export interface PlannedPackage {
  readonly installed: InstalledPackage;
  /** The version that will be fetched. */
  readonly version: string;
  /** For apt: `name:architecture=version`. */
  readonly spec: string;
}

export interface PackagePlan {
  readonly packages: readonly PlannedPackage[];
  /** Packages that the distribution's archives do not have in any version. */
  readonly absent: readonly InstalledPackage[];
}

/** How apt-cache names a package: without the architecture where it is the machine's own. */
export function aptName(one: InstalledPackage, native: string): string {
  return one.architecture === native || one.architecture === 'all' ? one.name : `${one.name}:${one.architecture}`;
}

/** The installed version where the archive has it, else the newest. */
export function chooseVersion(installed: string, offered: readonly ArchiveVersion[]): string | undefined {
  const own = offered.filter((one) => one.origin !== null && DISTRIBUTION_ORIGINS.includes(one.origin));
  return (own.find((one) => one.version === installed) ?? own[0])?.version;
}

export async function planPackages(
  apt: Pick<Apt, 'versions'>,
  wanted: readonly InstalledPackage[],
  native: string,
): Promise<PackagePlan> {
  const versions = await apt.versions(wanted.map((one) => aptName(one, native)));
  const packages: PlannedPackage[] = [];
  const absent: InstalledPackage[] = [];
  for (const installed of wanted) {
    const name = aptName(installed, native);
    const version = chooseVersion(installed.version, versions.get(name) ?? []);
    if (version === undefined) absent.push(installed);
    else packages.push({ installed, version, spec: `${name}=${version}` });
  }
  return { packages, absent };
}
