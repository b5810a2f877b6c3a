/**
 * node bench/foreign/run.ts [--families N] [--libraries N] [--half tuning|test] [--seed WORD]
 *
 * Foreign code in known software: real libraries are relinked from their own objects with 0.5 to 2 % of another
 * project's code between them, and ordinary upgrades of packages (same compiler) are what it must be told from.
 * Everything is looked up in the knowledge of one half of bench/truth, all of it trusted.
 */

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseImage } from '@genehound/binary';
import { allGenes, extractGenome, type ForeignGroup, findForeignCode, type Genome, THRESHOLDS } from '@genehound/genes';
import type { PrivateApt } from '../truth/apt.ts';
import { machineMirror } from '../truth/apt.ts';
import type { DebianPackage } from '../truth/catalogue.ts';
import { shuffled } from '../truth/chance.ts';
import type { Corpus } from '../truth/corpus.ts';
import { GeneTable } from '../truth/gene-table.ts';
import { shareOf, showShare } from '../truth/interval.ts';
import { familyRef, geneCount, judge } from '../truth/judge.ts';
import { DRAWN, openWorkshop } from '../truth/open.ts';
import { drawPlan, type Half } from '../truth/plan.ts';
import { onDisk } from '../truth/world.ts';
import { plantInLibraries } from './plants.ts';
import { upgradesOf } from './upgrades.ts';

const { values } = parseArgs({
  options: {
    families: { type: 'string', default: '2800' },
    genomes: { type: 'string' },
    half: { type: 'string', default: 'test' },
    libraries: { type: 'string', default: '20' },
    mirror: { type: 'string', default: machineMirror() },
    seed: { type: 'string', default: 'genehound' },
  },
});

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Below this many genes no verdict is promised either. */
const ENOUGH_GENES = 100;
/** What an analyst is shown first. */
const SHOWN = 10;

interface Shown {
  readonly title: string;
  readonly best: ForeignGroup;
}

/** Less than this share of a donor's genes may be known. */
const KNOWN_SHARE = 0.2;

function genomeOf(path: string): Genome {
  const bytes = new Uint8Array(readFileSync(path));
  return extractGenome(bytes, parseImage(bytes, 'file'));
}

function bestGroup(genome: Genome, table: GeneTable): ForeignGroup | undefined {
  return findForeignCode(genome, table.labelsOf(allGenes(genome)), THRESHOLDS)?.groups[0];
}

async function prepare(corpus: Corpus, apt: PrivateApt, wanted: readonly DebianPackage[]): Promise<void> {
  await apt.download(wanted, (done) => say(`downloaded ${done}`));
  const there = onDisk(wanted.map(apt.pathOf));
  await corpus.extract(there, (done, of) => done % 50 === 0 && say(`extracted ${done} of ${of}`));
}

const { cache, corpus, apt: open } = openWorkshop(values.mirror, values.genomes, say);
const apt = await open('amd64');
const packages = await apt.packages();
const drawn = drawPlan(packages, { ...DRAWN, seed: values.seed, families: Number(values.families) });
const half: Half = values.half === 'tuning' ? 'tuning' : 'test';
const pairs = upgradesOf(packages, half);
const known = [
  ...drawn.filter((family) => family.half === half).map(({ group, labelled }) => ({ group, labelled })),
  ...pairs,
];
await prepare(corpus, apt, [...known.map(({ labelled }) => labelled), ...pairs.map(({ newer }) => newer)]);

const table = new GeneTable(THRESHOLDS.familiesPerGene);
const numbers = new Map<string, number>();
const learnt = new Set<string>();
for (const { group, labelled } of known) {
  const number = numbers.get(group) ?? numbers.size + 1;
  numbers.set(group, number);
  for (const { genome, layout, sha256 } of corpus.read(apt.pathOf(labelled))) {
    if (layout !== 'file' || learnt.has(sha256)) continue;
    learnt.add(sha256);
    table.learn(allGenes(genome), familyRef(number, group, 'application'));
  }
}
let number = numbers.size;

const isUnknown = (path: string): boolean => {
  const { geneCount: judged, uniqueGenes } = judge(genomeOf(path), table).evidence;
  return judged > 0 && uniqueGenes > (1 - KNOWN_SHARE) * judged;
};

const upgrades: Shown[] = [];
let packagesUpgraded = 0;
let packagesShown = 0;
let filesUpgraded = 0;
const originsShown = new Set<string>();
const originsUpgraded = new Set<string>();
for (const { group, newer: upgrade } of pairs) {
  const files = corpus
    .read(apt.pathOf(upgrade))
    .filter(
      ({ layout, sha256, genome }) => layout === 'file' && !learnt.has(sha256) && geneCount(genome) >= ENOUGH_GENES,
    );
  if (files.length === 0) continue;
  packagesUpgraded++;
  originsUpgraded.add(group);
  filesUpgraded += files.length;
  const shown = files.flatMap(({ genome, place }) => {
    const best = bestGroup(genome, table);
    return best === undefined ? [] : [{ title: `${upgrade.name} ${upgrade.version} ${place}`, best }];
  });
  upgrades.push(...shown);
  if (shown.length > 0) {
    packagesShown++;
    originsShown.add(group);
  }
}

const folder = join(cache, 'foreign');
mkdirSync(folder, { recursive: true });
const plants = await plantInLibraries({
  ...{ apt, packages, folder, say },
  ...{ seed: values.seed, count: Number(values.libraries), isUnknown },
});
let inTop = 0;
let found = 0;
const lines: string[] = [];
for (const { name, clean, planted, share, foreignCode } of shuffled(plants, values.seed, (plant) => plant.name)) {
  table.learn(allGenes(genomeOf(clean)), familyRef(++number, name, 'library'));
  const best = bestGroup(genomeOf(planted), table);
  const rank = best === undefined ? null : 1 + upgrades.filter((entry) => entry.best.score > best.score).length;
  if (rank !== null) found++;
  if (rank !== null && rank <= SHOWN) inTop++;
  const what =
    best === undefined
      ? 'not found'
      : `rank ${rank}, ${best.foreignBlocks} blocks in ${best.functions.length} functions`;
  lines.push(`  ${name.padEnd(36)} ${(100 * share).toFixed(2)} % foreign (${foreignCode} bytes): ${what}`);
}

process.stdout.write(`${number} trusted families known, ${table.genes} genes\n`);
process.stdout.write(`Upgrades, same compiler, that get the finding\n`);
process.stdout.write(`  origins   ${showShare(shareOf(originsShown.size, originsUpgraded.size))}\n`);
process.stdout.write(`  packages  ${showShare(shareOf(packagesShown, packagesUpgraded))}\n`);
process.stdout.write(`  files     ${showShare(shareOf(upgrades.length, filesUpgraded))}\n`);
for (const { title, best } of [...upgrades].sort((a, b) => b.best.score - a.best.score)) {
  process.stdout.write(
    `    ${title}: ${best.foreignBlocks} blocks in ${best.functions.length} functions, concentration ${best.concentration.toFixed(2)}, score ${best.score.toFixed(0)}\n`,
  );
}
process.stdout.write(`Libraries with foreign code\n  found           ${showShare(shareOf(found, plants.length))}\n`);
process.stdout.write(`  in the top ${SHOWN}   ${showShare(shareOf(inTop, plants.length))}\n${lines.join('\n')}\n`);
