/**
 * node bench/retro/run.ts [--json] [--artifacts N]
 *
 * A retro-hunt as the server runs it: N artifacts of 1,000 distinct genes in the middle, then a family is learnt by a
 * sample of 50,000 genes that touches every hundredth artifact. From the learnt label to the last new verdict. A million
 * artifacts take some minutes to make and 6 GB of disk.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { reach } from '../reach.ts';

const PROGRAM = fileURLToPath(new URL('../../apps/server/src/features/analysis/measure-retro.ts', import.meta.url));

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, artifacts: { type: 'string', default: '50000' } },
});

interface Result {
  readonly artifacts: number;
  readonly genes: number;
  readonly changed: number;
  readonly touched: number;
  readonly candidates: number;
  readonly judged: number;
  readonly verdicts: number;
  readonly bytesPerGene: number;
  readonly segments: number;
  readonly buildSeconds: number;
  readonly openSeconds: number;
  readonly searchSeconds: number;
  readonly retroHuntSeconds: number;
  readonly memory: number;
}

const run = spawnSync(process.execPath, ['--max-old-space-size=2048', PROGRAM, values.artifacts], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (run.status !== 0) throw new Error(`The measurement ended with status ${run.status ?? run.signal}`);
const result: Result = JSON.parse(run.stdout);

if (values.json === true) process.stdout.write(run.stdout);
else {
  const thousands = (value: number): string => Math.round(value).toLocaleString('en');
  console.log(
    `${thousands(result.artifacts)} artifacts, ${thousands(result.genes)} genes in ${result.segments} segments`,
  );
  console.log(
    `made in ${result.buildSeconds.toFixed(0)} s (with inventing the genes), opened and checked in ${result.openSeconds.toFixed(1)} s`,
  );
  console.log(
    `${thousands(result.changed)} changed genes: ${thousands(result.candidates)} candidates in ${result.searchSeconds.toFixed(2)} s, of which ${thousands(result.touched)} have one`,
  );
  console.log(`memory of the server's process at the end: ${thousands(result.memory / 2 ** 20)} MB`);
  // The target is for a million artifacts; a smaller run has to be as much quicker.
  const limit = Math.max(5, (60 * result.artifacts) / 1_000_000);
  reach('the touched artifacts are judged again, and no other', {
    met: result.judged === result.touched && result.verdicts === result.touched,
    value: `${thousands(result.judged)} judged, ${thousands(result.verdicts)} verdicts of the new generation`,
  });
  reach(`done within ${limit.toFixed(0)} s`, {
    met: result.retroHuntSeconds <= limit,
    value: `${result.retroHuntSeconds.toFixed(1)} s`,
  });
  reach('at most 6 bytes a gene', { met: result.bytesPerGene <= 6, value: result.bytesPerGene.toFixed(2) });
}
