/**
 * node bench/index/run.ts [--json] [--genes N]
 *
 * Look-ups a second of the gene index beside a plain LMDB with one entry a gene, `getBinaryFast`: the same genes, the
 * same sorted batches of 50,000 of which half are misses, one process, one core. The ratios are what counts.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const PROGRAM = fileURLToPath(new URL('../../apps/server/src/features/genome/gene-index/measure.ts', import.meta.url));

const { values } = parseArgs({ options: { json: { type: 'boolean' }, genes: { type: 'string', default: '4000000' } } });

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
    readonly lookupsPerSecondWithoutCache: number;
  };
  readonly plain: Store;
}

const run = spawnSync(process.execPath, [PROGRAM, values.genes], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (run.status !== 0) throw new Error(`The measurement ended with status ${run.status}`);
const result: Result = JSON.parse(run.stdout);
const { ours, plain } = result;
if (ours.found !== plain.found)
  throw new Error(`The answers differ: ${ours.found} and ${plain.found} of the genes were found`);

if (values.json === true) process.stdout.write(run.stdout);
else {
  const thousands = (value: number): string => Math.round(value).toLocaleString('en');
  const line = (name: string, mine: number, theirs: number, unit: string): string =>
    `${name.padEnd(34)} ${thousands(mine).padStart(12)} ${thousands(theirs).padStart(12)} ${(mine / theirs).toFixed(1).padStart(7)}  ${unit}\n`;
  process.stdout.write(`${thousands(ours.genes)} genes, batches of ${thousands(result.batch)}, half of them misses\n`);
  process.stdout.write(
    `${''.padEnd(34)} ${'gene index'.padStart(12)} ${'plain LMDB'.padStart(12)} ${'ratio'.padStart(7)}\n`,
  );
  process.stdout.write(line('look-ups', ours.lookupsPerSecond, plain.lookupsPerSecond, 'a second'));
  process.stdout.write(
    line('look-ups, nothing in memory', ours.lookupsPerSecondWithoutCache, plain.lookupsPerSecond, 'a second'),
  );
  process.stdout.write(line('loading', ours.loadPerSecond, plain.loadPerSecond, 'genes a second'));
  process.stdout.write(line('on disk', 100 * ours.bytesPerGene, 100 * plain.bytesPerGene, 'bytes for 100 genes'));
  process.stdout.write(`opened, checked and warmed in ${ours.openSeconds.toFixed(2)} s\n`);
}
