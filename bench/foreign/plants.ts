import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PrivateApt } from '../truth/apt.ts';
import type { DebianPackage } from '../truth/catalogue.ts';
import { chance, shuffled } from '../truth/chance.ts';
import { groupsOf } from '../truth/plan.ts';
import { chooseForeign, type ObjectFile, objectsOf, relink, withForeign } from './relink.ts';

/** A library as it is released, and the same with code of another project in it. Paths of images. */
export interface Plant {
  readonly name: string;
  readonly clean: string;
  readonly planted: string;
  /** Foreign code over the library's own, 0..1, and in bytes. */
  readonly share: number;
  readonly foreignCode: number;
}

export interface PlantOptions {
  readonly apt: PrivateApt;
  readonly packages: readonly DebianPackage[];
  readonly folder: string;
  readonly seed: string;
  readonly count: number;
  /** True where trusted software does not have an image's code already: only then it is foreign anywhere. */
  readonly isUnknown: (path: string) => boolean;
  readonly say: (text: string) => void;
}

interface Library {
  readonly name: string;
  readonly group: string;
  readonly objects: readonly ObjectFile[];
  readonly code: number;
}

/** Bytes to download, and of code: below it half a percent is not a single function. */
const PACKAGE = { least: 80_000, most: 1_500_000 };
const LEAST_CODE = 100_000;
const LEAST_OBJECTS = 8;
/** Packages asked for at once; most hold no static library. */
const BATCH = 30;
const SHARE = { least: 0.005, most: 0.02 };

function archivesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.a'))
    .sort()
    .map((name) => join(folder, name));
}

function openLibrary(path: string, folder: string, name: string, group: string): Library | undefined {
  const unpacked = join(folder, name);
  if (!existsSync(unpacked)) {
    mkdirSync(unpacked, { recursive: true });
    spawnSync('dpkg-deb', ['-x', path, unpacked], { stdio: 'ignore' });
  }
  for (const archive of archivesIn(unpacked)) {
    const objects = objectsOf(archive, join(folder, `${name}.objects`));
    const code = objects.reduce((sum, object) => sum + object.code, 0);
    if (code >= LEAST_CODE && objects.length >= LEAST_OBJECTS) return { name, group, objects, code };
  }
  return undefined;
}

function plantIn(library: Library, donor: Library, folder: string, seed: string): Plant | undefined {
  const { name, objects, code } = library;
  const drawn = SHARE.least + chance(seed, 'share', name) * (SHARE.most - SHARE.least);
  const foreign = chooseForeign(
    donor.objects,
    SHARE.least * code,
    Math.max(drawn, SHARE.least * 1.2) * code,
    `${seed}/${name}`,
  );
  const foreignCode = foreign.reduce((sum, object) => sum + object.code, 0);
  if (foreignCode === 0) return undefined;
  const [clean, planted] = [join(folder, `${name}.clean`), join(folder, `${name}.planted`)];
  if (!relink(objects, clean) || !relink(withForeign(objects, foreign, `${seed}/${name}`), planted)) return undefined;
  return { name, clean, planted, share: foreignCode / code, foreignCode };
}

/** Static libraries of Debian, drawn by seed; every other one gives foreign code to the next and is never labelled. */
export async function plantInLibraries(options: PlantOptions): Promise<Plant[]> {
  const { apt, packages, folder, seed, count, isUnknown, say } = options;
  const groups = groupsOf(packages);
  const candidates = packages.filter(
    ({ release, section, architecture, size }) =>
      release === 'bookworm' &&
      section === 'libdevel' &&
      architecture === 'amd64' &&
      size >= PACKAGE.least &&
      size <= PACKAGE.most,
  );
  const plants: Plant[] = [];
  const seen = new Set<string>();
  let donor: Library | undefined;
  const inOrder = shuffled(candidates, `${seed}/libraries`, ({ name }) => name);
  for (const [index, entry] of inOrder.entries()) {
    if (plants.length >= count) break;
    if (index % BATCH === 0) await apt.download(inOrder.slice(index, index + BATCH), () => undefined);
    const group = groups.get(entry.source) ?? entry.source;
    if (seen.has(group)) continue;
    seen.add(group);
    if (!existsSync(apt.pathOf(entry))) continue;
    const library = openLibrary(apt.pathOf(entry), folder, entry.name, group);
    if (library === undefined) continue;
    if (donor === undefined) {
      const whole = join(folder, `${library.name}.donor`);
      if (relink(library.objects, whole) && isUnknown(whole)) donor = library;
      continue;
    }
    const plant = plantIn(library, donor, folder, seed);
    if (plant === undefined) continue;
    donor = undefined;
    plants.push(plant);
    say(`planted in ${plant.name} (${plants.length} of ${count})`);
  }
  return plants;
}
