/**
 * node bench/runtimes/run.ts [--programs N] [--trusted N] [--seed WORD]
 *
 * What compilers and languages put into every program must make no relatives. Of each language, Debian packages of
 * different origin are drawn by seed; each in turn is the only known malware, and all others are judged, first with
 * nothing else known, then with the runtimes of RUNTIMES known as libraries, then with more and more programs of the
 * language, of yet other origins, known as trusted: modules and crates are compiled into those, too.
 */

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { allGenes, type Genome, THRESHOLDS } from '@genehound/genes';
import type { PrivateApt } from '../truth/apt.ts';
import { machineMirror } from '../truth/apt.ts';
import type { DebianPackage } from '../truth/catalogue.ts';
import { shuffled } from '../truth/chance.ts';
import type { Corpus } from '../truth/corpus.ts';
import { GeneTable } from '../truth/gene-table.ts';
import { shareOf, showShare } from '../truth/interval.ts';
import { familyRef, geneCount, judge } from '../truth/judge.ts';
import { openWorkshop } from '../truth/open.ts';
import { groupsOf } from '../truth/plan.ts';
import { RUNTIMES } from '../truth/windows.table.ts';

const { values } = parseArgs({
  options: {
    genomes: { type: 'string' },
    mirror: { type: 'string', default: machineMirror() },
    programs: { type: 'string', default: '20' },
    seed: { type: 'string', default: 'genehound' },
    trusted: { type: 'string', default: '80' },
  },
});

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const MAX_BYTES = 6_000_000;
const ENOUGH_GENES = 100;
const BASE = 'bookworm';

interface Language {
  readonly name: string;
  readonly has: (entry: DebianPackage) => boolean;
}

const builtBy =
  (pattern: RegExp): Language['has'] =>
  ({ builtUsing }) =>
    pattern.test(builtUsing);
const LANGUAGES: readonly Language[] = [
  { name: 'C and C++', has: (entry) => entry.hasCode && !/golang|rustc|librust/.test(entry.builtUsing) },
  { name: 'Go', has: builtBy(/\bgolang-1\.\d+ /) },
  { name: 'Rust', has: builtBy(/\brustc |\blibrust-|\brust-/) },
];

interface Program {
  readonly group: string;
  readonly genomes: readonly Genome[];
}

function draw(
  packages: readonly DebianPackage[],
  { name, has }: Language,
  count: number,
): readonly (readonly [string, DebianPackage])[] {
  const groups = groupsOf(packages);
  const drawn = new Map<string, DebianPackage>();
  const candidates = packages.filter(
    (entry) =>
      entry.release === BASE && entry.size <= MAX_BYTES && !/debug|doc|libdevel/.test(entry.section) && has(entry),
  );
  for (const entry of shuffled(candidates, `${values.seed}/${name}`, (one) => one.name)) {
    const group = groups.get(entry.source) ?? entry.source;
    if (drawn.size >= count) break;
    if (!drawn.has(group)) drawn.set(group, entry);
  }
  return [...drawn];
}

async function fetch(corpus: Corpus, apt: PrivateApt, wanted: readonly DebianPackage[]): Promise<void> {
  await apt.download(wanted, (done) => say(`downloaded ${done} of ${wanted.length}`));
  await corpus.extract(
    wanted.map(apt.pathOf).filter((path) => existsSync(path)),
    (done, of) => done % 20 === 0 && say(`extracted ${done} of ${of}`),
  );
}

/** Pairs of a known and another program: all, those called malicious, those called suspicious. */
function relatives(
  programs: readonly Program[],
  runtimes: readonly (readonly Genome[])[],
  trusted: readonly Program[],
): readonly [number, number, number] {
  let [pairs, malicious, suspicious] = [0, 0, 0];
  const libraries = new GeneTable(THRESHOLDS.familiesPerGene);
  for (const [i, genomes] of runtimes.entries()) {
    for (const genome of genomes) libraries.learn(allGenes(genome), familyRef(i + 2, `runtime ${i}`, 'library'));
  }
  for (const [i, { group, genomes }] of trusted.entries()) {
    for (const genome of genomes) libraries.learn(allGenes(genome), familyRef(1000 + i, group, 'application'));
  }
  for (const known of programs) {
    const table = libraries.copy();
    for (const genome of known.genomes) table.learn(allGenes(genome), familyRef(1, known.group, 'malware'));
    for (const other of programs) {
      if (other === known) continue;
      for (const genome of other.genomes) {
        pairs++;
        const { verdict } = judge(genome, table);
        if (verdict === 'malicious') malicious++;
        if (verdict === 'suspicious') suspicious++;
      }
    }
  }
  return [pairs, malicious, suspicious];
}

const { corpus, apt: open } = openWorkshop(values.mirror, values.genomes, say);
const apt = await open('amd64');
const packages = await apt.packages();
const runtimePackages = RUNTIMES.map((runtime) => packages.filter(({ name }) => runtime.packages.test(name)));
await fetch(corpus, apt, runtimePackages.flat());
const read = (entry: DebianPackage): Genome[] =>
  corpus
    .read(apt.pathOf(entry))
    .filter(({ layout }) => layout === 'file')
    .map(({ genome }) => genome);
const runtimes = runtimePackages.map((some) => some.flatMap(read));
/** Trusted programs that are known beside: a quarter, half, all of them. */
const STEPS = [0.25, 0.5, 1];
for (const language of LANGUAGES) {
  const count = Number(values.programs);
  const drawn = draw(packages, language, count + Number(values.trusted));
  await fetch(
    corpus,
    apt,
    drawn.map(([, entry]) => entry),
  );
  const all = drawn.map(([group, entry]) => ({
    group,
    genomes: read(entry).filter((genome) => geneCount(genome) >= ENOUGH_GENES),
  }));
  const programs = all.slice(0, count).filter(({ genomes }) => genomes.length > 0);
  const trusted = all.slice(count).filter(({ genomes }) => genomes.length > 0);
  process.stdout.write(`${language.name}: ${programs.length} origins, pairs of a known program and another's file\n`);
  const steps = STEPS.map((share) => trusted.slice(0, Math.round(share * trusted.length)));
  const known: readonly (readonly [string, typeof runtimes, readonly Program[]])[] = [
    ['nothing else known', [], []],
    ['runtimes known', runtimes, []],
    ...steps.map((some) => [`and ${some.length} programs trusted`, runtimes, some] as const),
  ];
  for (const [title, libraries, others] of known) {
    const [pairs, malicious, suspicious] = relatives(programs, libraries, others);
    process.stdout.write(`  ${title.padEnd(24)} malicious  ${showShare(shareOf(malicious, pairs))}\n`);
    process.stdout.write(`  ${''.padEnd(24)} suspicious ${showShare(shareOf(suspicious, pairs))}\n`);
  }
}
