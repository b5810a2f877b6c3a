/**
 * node bench/truth/run.ts [--families N] [--full] [--half tuning|test] [--json FILE] [--seed WORD]
 *
 * Recall and false positives of the verdicts, on real software whose origin is known (docs/benchmarks.md says how).
 * Downloads go to bench/.cache, through apt with a configuration of its own; a second run starts where the first ended.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { THRESHOLDS } from '@genehound/genes';
import { privateApt, type Suite } from './apt.ts';
import { openCorpus } from './corpus.ts';
import { evaluate, learn, type Outcome, probesOf, type Reader } from './evaluate.ts';
import { drawPlan, type Half } from './plan.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: {
    families: { type: 'string' },
    full: { type: 'boolean', default: false },
    half: { type: 'string', default: 'test' },
    json: { type: 'string' },
    seed: { type: 'string', default: 'genehound' },
    mirror: { type: 'string', default: 'http://deb.debian.org' },
    genomes: { type: 'string' },
  },
});

const ROOT = new URL('../..', import.meta.url).pathname;
const CACHE = join(ROOT, 'bench/.cache/truth');
const SMALL = 60;
const FULL = 3000;
const MAX_BYTES = 300_000;
const SUITES: readonly Suite[] = [
  { name: 'bookworm', archive: 'debian' },
  { name: 'bookworm-backports', archive: 'debian' },
  { name: 'bookworm-security', archive: 'debian-security' },
  { name: 'trixie', archive: 'debian' },
  { name: 'bullseye', archive: 'debian' },
];

const say = (text: string): boolean => process.stderr.write(`${text}\n`);
const half: Half = values.half === 'tuning' ? 'tuning' : 'test';

mkdirSync(CACHE, { recursive: true });
const apt = privateApt(CACHE, 'amd64', values.mirror, SUITES);
await apt.prepare();
const families = drawPlan(await apt.packages(), {
  seed: values.seed,
  families: Number(values.families ?? (values.full ? FULL : SMALL)),
  maxBytes: MAX_BYTES,
  base: 'bookworm',
  sameCompiler: ['bookworm-security', 'bookworm-backports'],
  otherReleases: ['trixie', 'bullseye'],
}).filter((family) => family.half === half);
const wanted = families.flatMap(({ labelled, queries }) => [labelled, ...queries.map((query) => query.wanted)]);
say(
  `${families.length} families, ${wanted.length} packages, ${Math.round(wanted.reduce((sum, { size }) => sum + size, 0) / 1e6)} MB`,
);
await apt.download(wanted, (done) => say(`downloaded ${done}`));
const there = wanted.map(apt.pathOf).filter((path) => existsSync(path));
const corpus = openCorpus(ROOT, CACHE, values.genomes);
await corpus.extract(there, (done, of) => done % 50 === 0 && say(`extracted ${done} of ${of}`));

const read: Reader = (entry) => corpus.read(apt.pathOf(entry));
const knowledge = learn(families, half, [], read);
say(`${knowledge.families.length} families learnt, ${knowledge.table.genes} genes`);
const outcomes: Outcome[] = [];
for (const outcome of evaluate(probesOf(families, half, read), knowledge, THRESHOLDS)) outcomes.push(outcome);
if (values.json !== undefined)
  writeFileSync(values.json, outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(''));
process.stdout.write(report(outcomes, knowledge));
