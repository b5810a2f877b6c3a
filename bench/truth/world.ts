import { existsSync } from 'node:fs';
import type { DebianPackage } from './catalogue.ts';
import type { Known, Probe, Reader } from './evaluate.ts';
import type { Half, World } from './plan.ts';

/** What a half is judged with beside its own families. */
export interface Beside {
  /** Trusted, whatever the half. */
  readonly known: readonly Known[];
  /** Clean code that nobody knows. */
  readonly probes: readonly Probe[];
  readonly packages: readonly DebianPackage[];
}

/** Of an origin that nobody knows every package of every release is judged. */
export function besideOf({ known, unknown }: World, half: Half, read: Reader): Beside {
  const judged = unknown.filter((origin) => origin.half === half);
  function* artifacts(packages: readonly DebianPackage[]) {
    for (const entry of packages) yield* read(entry);
  }
  return {
    known: known.map(({ group, packages }) => ({ name: group, artifacts: () => artifacts(packages) })),
    probes: judged.map(({ group, packages }) => ({
      ...{ group, role: 'absent' as const, distance: 'unlabelled' as const, source: 'Debian package' },
      artifacts: () => artifacts(packages),
    })),
    packages: [...known, ...judged].flatMap(({ packages }) => packages),
  };
}

/** Packages that the mirror has; what it lost since its index was made is left out. */
export const onDisk = (paths: readonly string[]): string[] => paths.filter((path) => existsSync(path));
