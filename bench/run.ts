/**
 * Makes every published figure, one bench after the other so that none disturbs another: `npm run bench`.
 * A bench that cannot run here says why and the rest goes on; the exit code tells.
 */
import { spawnSync } from 'node:child_process';

const benches = [
  { title: 'Gene extraction', file: 'extraction/run.ts' },
  { title: 'Gene index', file: 'index/run.ts' },
  { title: 'Scanner', file: 'scanner/run.ts' },
] as const;

let failed = 0;
for (const { title, file } of benches) {
  console.log(`\n== ${title} ==`);
  const run = spawnSync(process.execPath, [new URL(file, import.meta.url).pathname], { stdio: 'inherit' });
  if (run.status !== 0) {
    failed++;
    console.log(`${title}: ended with ${run.status ?? run.signal}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
