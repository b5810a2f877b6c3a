/**
 * Makes every published figure, one bench after the other so that none disturbs another: `npm run bench`.
 * `npm run bench -- NAME [ARGUMENT ...]` runs one of them alone and hands it the arguments.
 * A bench that cannot run here says why and the rest goes on; the exit code tells.
 */
import { spawnSync } from 'node:child_process';

const benches = [
  { title: 'Gene extraction', name: 'extraction' },
  { title: 'Gene index', name: 'index' },
  { title: 'Scanner', name: 'scanner' },
  { title: 'Truth of the verdicts', name: 'truth' },
] as const;

const [only, ...rest] = process.argv.slice(2);
const chosen = only === undefined ? benches : benches.filter(({ name }) => name === only);
if (chosen.length === 0) {
  console.error(`There is no bench ${only}; there are ${benches.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

let failed = 0;
for (const { title, name } of chosen) {
  console.log(`\n== ${title} ==`);
  const program = new URL(`${name}/run.ts`, import.meta.url).pathname;
  const run = spawnSync(process.execPath, [program, ...rest], { stdio: 'inherit' });
  if (run.status !== 0) {
    failed++;
    console.log(`${title}: ended with ${run.status ?? run.signal}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
