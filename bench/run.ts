/**
 * Makes the published figures, one bench after the other so that none disturbs another: `npm run bench`, or some of
 * them: `npm run bench -- extraction scanner`. Options are handed to each of them: `npm run bench -- index --genes 1000000`.
 * A bench that cannot run here says why and the rest goes on; the exit code is 1 where one failed or missed a reach.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Bench {
  readonly title: string;
  readonly file: string;
  /** False: takes so long that it runs where it is named only. */
  readonly always: boolean;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  extraction: { title: 'Gene extraction', file: 'extraction/run.ts', always: true },
  'instruction-sets': { title: 'Gene extraction: arm64 and .NET', file: 'instruction-sets/run.ts', always: true },
  functions: { title: 'Functions found', file: 'functions/run.ts', always: true },
  index: { title: 'Gene index', file: 'index/run.ts', always: true },
  verdict: { title: 'From bytes to a verdict', file: 'verdict/run.ts', always: true },
  retro: { title: 'Retro-hunt', file: 'retro/run.ts', always: true },
  obfuscation: { title: 'Obfuscated families', file: 'obfuscation/run.ts', always: true },
  scanner: { title: 'Scanner', file: 'scanner/run.ts', always: true },
  fleet: { title: 'A fleet that scans', file: 'fleet/run.ts', always: false },
  knowledge: { title: 'From programs to known code', file: 'knowledge/run.ts', always: false },
  runtimes: { title: 'Compiler and language runtimes', file: 'runtimes/run.ts', always: false },
  foreign: { title: 'Foreign code in known software', file: 'foreign/run.ts', always: false },
  signatures: { title: 'Code-sequence rules on clean files', file: 'signatures/run.ts', always: false },
  truth: { title: 'Right and wrong verdicts', file: 'truth/run.ts', always: false },
};

function chosen(names: readonly string[]): readonly Bench[] {
  const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown !== undefined) {
    console.error(`There is no bench "${unknown}"; there are ${Object.keys(BENCHES).join(', ')}.`);
    process.exit(2);
  }
  const all = Object.entries(BENCHES);
  return all
    .filter(([name, bench]) => (names.length === 0 ? bench.always : names.includes(name)))
    .map(([, one]) => one);
}

const args = process.argv.slice(2);
const first = args.findIndex((one) => one.startsWith('-'));
const names = first < 0 ? args : args.slice(0, first);
const options = first < 0 ? [] : args.slice(first);
const failed: string[] = [];
for (const { title, file } of chosen(names)) {
  console.log(`\n== ${title} ==`);
  const path = fileURLToPath(new URL(file, import.meta.url));
  const run = spawnSync(process.execPath, [path, ...options], { stdio: 'inherit' });
  if (run.status !== 0) failed.push(`${title} (${run.status ?? run.signal})`);
}
if (failed.length > 0) {
  console.log(`\nNot as it should be: ${failed.join(', ')}`);
  process.exitCode = 1;
}
