/**
 * node bench/truth/run.ts [--families N] [--full] [--half tuning|test] [--curve] [--json FILE] [--seed WORD]
 *
 * Recall and false positives of the verdicts, on real software whose origin is known (docs/benchmarks.md says how).
 * Downloads go to bench/.cache, through apt with a configuration of its own; a second run starts where the first ended.
 * The thresholds are chosen from `--half tuning --curve`; nothing of the test half goes into them.
 */

import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { THRESHOLDS } from '@genehound/genes';
import { machineMirror } from './apt.ts';
import { curve } from './curve.ts';
import { evaluate, learn, type Probe, probesOf, type Reader } from './evaluate.ts';
import { showShare } from './interval.ts';
import { DRAWN, openWorkshop } from './open.ts';
import { drawPlan, type Half } from './plan.ts';
import { report } from './report.ts';
import { surroundings } from './sources.ts';
import { attributeWindows } from './windows.ts';

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
  },
});

/** Families drawn and scans of running engines. */
const SMALL = { families: 60, rounds: 2 };
const FULL = { families: 2800, rounds: 40 };

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const half: Half = values.half === 'tuning' ? 'tuning' : 'test';
if (values.curve && half === 'test') throw new Error('Thresholds are chosen on the tuning half: --half tuning --curve');
const size = values.full ? FULL : SMALL;

const { cache, corpus, apt: open } = openWorkshop(values.mirror, values.genomes, say);
const apt = await open('amd64');
const families = drawPlan(await apt.packages(), {
  ...DRAWN,
  seed: values.seed,
  families: Number(values.families ?? size.families),
}).filter((family) => family.half === half);
const wanted = families.flatMap(({ labelled, queries }) => [labelled, ...queries.map((query) => query.wanted)]);
const megabytes = Math.round(wanted.reduce((sum, entry) => sum + entry.size, 0) / 1e6);
say(`${families.length} families, ${wanted.length} packages, ${megabytes} MB`);
await apt.download(wanted, (done) => say(`downloaded ${done}`));
const rounds = Number(values.rounds ?? size.rounds);
const around = await surroundings(corpus, { cache, apt, apt32: await open('i386'), rounds, say });
const there = wanted.map(apt.pathOf).filter((path) => existsSync(path));
await corpus.extract([...there, ...around.inputs], (done, of) => done % 50 === 0 && say(`extracted ${done} of ${of}`));

const read: Reader = (entry) => corpus.read(apt.pathOf(entry));
const knowledge = learn(families, half, around.runtimes, read);
say(`${knowledge.families.length} families learnt, ${knowledge.table.genes} genes`);
const probes: readonly Probe[] = [...probesOf(families, half, read), ...around.probes];
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
