/**
 * node bench/truth/run.ts [--families N] [--full] [--half tuning|test] [--world N] [--curve] [--json FILE]
 *   [--seed WORD]
 *
 * Recall and false positives of the verdicts, on real software whose origin is known (docs/benchmarks.md says how).
 * Downloads go to bench/.cache, through apt with a configuration of its own; a second run starts where the first ended.
 * The thresholds are chosen from `--half tuning --curve`; nothing of the test half goes into them.
 */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { THRESHOLDS } from '@genehound/genes';
import { machineMirror } from './apt.ts';
import { curve } from './curve.ts';
import { evaluate, learn, type Probe, probesOf, type Reader } from './evaluate.ts';
import { showShare } from './interval.ts';
import { DRAWN, openWorkshop } from './open.ts';
import { drawPlan, drawWorld, type Half } from './plan.ts';
import { report } from './report.ts';
import { surroundings } from './sources.ts';
import { attributeWindows } from './windows.ts';
import { besideOf, onDisk } from './world.ts';

const { values } = parseArgs({
  options: {
    curve: { type: 'boolean', default: false },
    families: { type: 'string' },
    full: { type: 'boolean', default: false },
    genomes: { type: 'string' },
    half: { type: 'string', default: 'test' },
    json: { type: 'string' },
    mirror: { type: 'string', default: machineMirror() },
    rounds: { type: 'string' },
    seed: { type: 'string', default: 'genehound' },
    world: { type: 'string' },
  },
});

/** Families drawn, other origins beside them, and scans of running engines. */
const SMALL = { families: 60, rounds: 2, world: 0 };
const FULL = { families: 2800, rounds: 40, world: 20_000 };

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const half: Half = values.half === 'tuning' ? 'tuning' : 'test';
if (values.curve && half === 'test') throw new Error('Thresholds are chosen on the tuning half: --half tuning --curve');
const size = values.full ? FULL : SMALL;

const { cache, corpus, apt: open } = openWorkshop(values.mirror, values.genomes, say);
const apt = await open('amd64');
const read: Reader = (entry) => corpus.read(apt.pathOf(entry));
const packages = await apt.packages();
const plan = drawPlan(packages, { ...DRAWN, seed: values.seed, families: Number(values.families ?? size.families) });
const families = plan.filter((family) => family.half === half);
const world = drawWorld(packages, plan, Number(values.world ?? size.world), { ...DRAWN, seed: values.seed });
const beside = besideOf(world, half, read);
const wanted = [
  ...families.flatMap(({ labelled, queries }) => [labelled, ...queries.map((query) => query.wanted)]),
  ...beside.packages,
];
const megabytes = Math.round(wanted.reduce((sum, entry) => sum + entry.size, 0) / 1e6);
say(`${families.length} families, ${wanted.length} packages, ${megabytes} MB`);
await apt.download(wanted, (done) => say(`downloaded ${done}`));
const rounds = Number(values.rounds ?? size.rounds);
const around = await surroundings(corpus, { cache, apt, apt32: await open('i386'), rounds, say });
const there = onDisk(wanted.map(apt.pathOf));
await corpus.extract([...there, ...around.inputs], (done, of) => done % 50 === 0 && say(`extracted ${done} of ${of}`));

const knowledge = learn(families, half, { runtimes: around.runtimes, world: beside.known }, read);
say(`${knowledge.families.length} families learnt, ${knowledge.table.genes} genes`);
const probes: readonly Probe[] = [...probesOf(families, half, read), ...around.probes, ...beside.probes];
if (values.curve) process.stdout.write(curve(probes, knowledge));
else {
  const outcomes = [...evaluate(probes, knowledge, THRESHOLDS)];
  if (values.json !== undefined)
    writeFileSync(values.json, outcomes.map((found) => `${JSON.stringify(found)}\n`).join(''));
  process.stdout.write(report(outcomes, knowledge));
  process.stdout.write('Right family first, each Windows file a family of its own beside all others\n');
  for (const { title, share } of attributeWindows(knowledge.table, around.windows, DRAWN.base)) {
    process.stdout.write(`  ${title.padEnd(58)} ${showShare(share)}\n`);
  }
}
