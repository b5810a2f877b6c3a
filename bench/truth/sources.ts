import { existsSync } from 'node:fs';
import type { PrivateApt } from './apt.ts';
import type { DebianPackage } from './catalogue.ts';
import type { Corpus } from './corpus.ts';
import type { Known, Probe } from './evaluate.ts';
import { scanEngines } from './memory.ts';
import { npmArchives } from './npm.ts';
import { DEBIAN_WITH_WINDOWS, RUNTIMES } from './windows.table.ts';
import type { WindowsRelease } from './windows.ts';

/** One part of what is judged or learnt beside the drawn families. */
interface Part {
  readonly source: string;
  readonly inputs: readonly string[];
}

export interface Surroundings {
  readonly runtimes: readonly Known[];
  readonly windows: readonly WindowsRelease[];
  /** Clean code of no drawn family. */
  readonly probes: readonly Probe[];
  readonly inputs: readonly string[];
}

async function debian(
  apt: PrivateApt,
  wanted: readonly DebianPackage[],
  say: (text: string) => void,
): Promise<string[]> {
  await apt.download(wanted, (done) => say(`downloaded ${done} with Windows programs and runtimes`));
  return wanted.map(apt.pathOf).filter((path) => existsSync(path));
}

export interface SurroundingsOptions {
  readonly cache: string;
  readonly apt: PrivateApt;
  /** Packages of the same releases for 32-bit machines. */
  readonly apt32: PrivateApt;
  /** Scans of running engines. */
  readonly rounds: number;
  readonly say: (text: string) => void;
}

/** What every half is judged with: runtimes that every installation knows, and clean code that nobody knows. */
export async function surroundings(corpus: Corpus, options: SurroundingsOptions): Promise<Surroundings> {
  const { cache, apt, apt32, rounds, say } = options;
  const all = await apt.packages();
  const windows = (packages: readonly DebianPackage[]): DebianPackage[] =>
    packages.filter(({ name }) => DEBIAN_WITH_WINDOWS.includes(name));
  const only32 = (await apt32.packages()).filter(({ name }) => name === 'libwine');
  const learnt: { readonly name: string; readonly inputs: readonly string[] }[] = [];
  for (const { name, packages } of RUNTIMES) {
    const wanted = all.filter((entry) => packages.test(entry.name));
    learnt.push({ name, inputs: await debian(apt, wanted, say) });
  }
  await debian(apt, windows(all), say);
  await debian(apt32, only32, say);
  const builds = [...windows(all), ...only32]
    .map((entry) => ({ release: entry.release, input: apt.pathOf(entry) }))
    .filter(({ input }) => existsSync(input));
  const parts: readonly Part[] = [
    { source: 'Wine, MinGW', inputs: builds.map(({ input }) => input) },
    { source: 'npm', inputs: npmArchives(cache, say) },
    { source: 'JIT engines', inputs: await scanEngines(cache, rounds, say) },
  ];
  function* read(inputs: readonly string[]) {
    for (const input of inputs) yield* corpus.read(input);
  }
  return {
    runtimes: learnt.map(({ name, inputs }) => ({ name, artifacts: () => read(inputs) })),
    windows: builds.map(({ release, input }) => ({ release, artifacts: () => corpus.read(input) })),
    probes: parts.map(({ source, inputs }) => ({
      ...{ group: null, role: 'absent' as const, distance: 'unlabelled' as const, source },
      artifacts: () => read(inputs),
    })),
    inputs: [...learnt, ...parts].flatMap(({ inputs }) => inputs),
  };
}
