/**
 * node bench/index/run.ts [--json] [--genes N] [--alone]
 *
 * The gene index beside a plain LMDB with one entry a gene, `getBinaryFast`: the same genes, the same sorted batches
 * of 50,000 of which half are misses, one process. The ratios are what counts. --alone leaves LMDB out, which needs
 * minutes and 16 bytes a gene in memory to load 100 million genes.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { reach } from '../reach.ts';

const PROGRAM = fileURLToPath(new URL('../../apps/server/src/features/genome/gene-index/measure.ts', import.meta.url));

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    alone: { type: 'boolean', default: false },
    genes: { type: 'string', default: '4000000' },
  },
});

interface Store {
  readonly loadPerSecond: number;
  readonly lookupsPerSecond: number;
  readonly found: number;
  readonly bytesPerGene: number;
}

interface Result {
  readonly batch: number;
  readonly ours: Store & {
    readonly genes: number;
    readonly openSeconds: number;
    readonly firstAnswerSeconds: number;
    readonly warmSeconds: number;
    readonly lookupsPerSecondWithoutCache: number;
    readonly lookupsPerSecondWithDelta: number;
    readonly segments: number;
    readonly later: { readonly worstSeconds: number; readonly meanSeconds: number };
    readonly memory: { readonly now: number; readonly peak: number };
  };
  readonly plain: Store | null;
}

const run = spawnSync(process.execPath, [PROGRAM, values.genes, values.alone ? 'alone' : 'beside'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (run.status !== 0) throw new Error(`The measurement ended with status ${run.status}`);
const result: Result = JSON.parse(run.stdout);
const { ours, plain } = result;
if (plain !== null && ours.found !== plain.found)
  throw new Error(`The answers differ: ${ours.found} and ${plain.found} of the genes were found`);

if (values.json === true) process.stdout.write(run.stdout);
else {
  const thousands = (value: number): string => Math.round(value).toLocaleString('en');
  const megabytes = (value: number): string => thousands(value / 1e6);
  const line = (name: string, mine: number, theirs: number | undefined, unit: string): string =>
    `${name.padEnd(34)} ${thousands(mine).padStart(12)} ${(theirs === undefined ? '-' : thousands(theirs)).padStart(12)} ${(theirs === undefined ? '-' : (mine / theirs).toFixed(1)).padStart(7)}  ${unit}\n`;
  const { later, memory } = ours;
  process.stdout.write(
    `${thousands(ours.genes)} genes, batches of ${thousands(result.batch)}, half of them misses\n` +
      `${''.padEnd(34)} ${'gene index'.padStart(12)} ${'plain LMDB'.padStart(12)} ${'ratio'.padStart(7)}\n` +
      line('look-ups', ours.lookupsPerSecond, plain?.lookupsPerSecond, 'a second') +
      line(
        `look-ups, in ${ours.segments} segments`,
        ours.lookupsPerSecondWithDelta,
        plain?.lookupsPerSecond,
        'a second',
      ) +
      line('look-ups, nothing in memory', ours.lookupsPerSecondWithoutCache, plain?.lookupsPerSecond, 'a second') +
      line('loading', ours.loadPerSecond, plain?.loadPerSecond, 'genes a second') +
      line(
        'on disk',
        100 * ours.bytesPerGene,
        plain === null ? undefined : 100 * plain.bytesPerGene,
        'bytes for 100 genes',
      ) +
      `open in ${(1000 * ours.openSeconds).toFixed(0)} ms, first batch answered after ${(1000 * ours.firstAnswerSeconds).toFixed(0)} ms, ` +
      `in memory after ${ours.warmSeconds.toFixed(1)} s\n` +
      `50,000 genes of one file more: visible after ${later.meanSeconds.toFixed(2)} s, at the worst ${later.worstSeconds.toFixed(2)} s\n` +
      `memory of the process ${megabytes(memory.now)} MB at the end, ${megabytes(memory.peak)} MB at the most (building included, the system's file pages not)\n`,
  );
}

/** What is promised of an index of this size; smaller ones say nothing of it. */
const PROMISED = 100_000_000;

if (values.json !== true && ours.genes >= PROMISED * 0.999) {
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  const least = Math.min(ours.lookupsPerSecond, ours.lookupsPerSecondWithDelta);
  const { later, memory } = ours;
  reach('a million look-ups a second, one core', { met: least >= 1e6, value: whole(least) });
  reach('at most 2 GB of memory, building included', {
    met: memory.peak <= 2e9,
    value: `${whole(memory.peak / 1e6)} MB`,
  });
  reach('at most 24 bytes a gene on the disk', { met: ours.bytesPerGene <= 24, value: ours.bytesPerGene.toFixed(1) });
  reach('a million genes a second loaded', { met: ours.loadPerSecond >= 1e6, value: whole(ours.loadPerSecond) });
  reach('50,000 genes of one file visible within a second (mean)', {
    met: later.meanSeconds < 1,
    value: `${later.meanSeconds.toFixed(2)} s`,
  });
  reach('usable within a second of opening', {
    met: ours.firstAnswerSeconds < 1,
    value: `${ours.firstAnswerSeconds.toFixed(2)} s until 50,000 genes were answered`,
  });
}
