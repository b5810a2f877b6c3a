/**
 * node bench/extraction/run.ts [--json]
 *
 * Megabytes of x86-64 code per processor second, in one run on one machine: our discovery, our decoding with genes,
 * our whole extraction, and beside them `objdump -d` and Capstone with details. Other load on the machine slows all of
 * them; the ratios are what counts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type Image, parseImage } from '@genehound/binary';
import { distinctGenes, EXTRACTION_FLAGS, extractGenome, surveyCode } from '@genehound/genes';
import { reach } from '../reach.ts';
import { reportConduct } from './conduct.ts';
import { capstone, objdump, type Rival, type Stretch } from './others.ts';

const ROUNDS = 7;
/** The first rounds compile the code; the best of the rest is taken. */
const WARM_UP = 2;
/** The promises, in work per core, not wall time, so that a second core does not count. */
const LEAST_TIMES = 10;
const LEAST_TIMES_CAPSTONE = 5;
/** Megabytes a second: of decoding and genes, of the whole. They depend on the machine. */
const LEAST_GENES = 80;
const LEAST_WHOLE = 40;
/** Of a bigger program the first bytes of code, so that the slow rivals end. */
const LIMIT = 8_000_000;
const TARGETS: readonly string[] = [
  '/bin/bash',
  '/usr/bin/git',
  '/usr/lib/x86_64-linux-gnu/libcrypto.so.3',
  '/usr/bin/python3.11',
  process.execPath,
];

interface Row {
  readonly path: string;
  readonly codeMegabytes: number;
  readonly discovery: number;
  readonly genes: number;
  readonly whole: number;
  readonly objdump: number | string;
  readonly capstone: number | string;
  readonly distinctPerKilobyte: number;
}

/** Least processor seconds of several rounds, compiler and garbage collector included. */
function leastSeconds(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    if (round >= WARM_UP) least = Math.min(least, (user + system) / 1e6);
  }
  return least;
}

function limited(image: Image): Image {
  let left = LIMIT;
  const code = image.code.flatMap((range) => {
    const size = Math.min(range.size, left);
    left -= size;
    return size > 0 ? [{ ...range, size }] : [];
  });
  return { ...image, code };
}

function rate(megabytes: number, rival: Rival, path: string, stretches: readonly Stretch[]): number | string {
  const seconds = rival(path, stretches);
  return typeof seconds === 'string' ? seconds : megabytes / seconds;
}

function measure(path: string, disassemble: Rival): Row {
  const bytes = new Uint8Array(readFileSync(path));
  const image = limited(parseImage(bytes, 'file'));
  const megabytes = image.code.reduce((sum, { size }) => sum + size, 0) / 1e6;
  const stretches = image.code.map(({ offset, size, rva }) => ({ offset, size, address: image.base + BigInt(rva) }));
  const parse = leastSeconds(() => parseImage(bytes, 'file'));
  const discovery = leastSeconds(() => surveyCode(bytes, image));
  const extraction = leastSeconds(() => extractGenome(bytes, image));
  const { fuzzyHigh, fuzzyLow } = extractGenome(bytes, image);
  return {
    path,
    codeMegabytes: megabytes,
    discovery: megabytes / discovery,
    genes: megabytes / (extraction - discovery),
    whole: megabytes / (parse + extraction),
    objdump: rate(megabytes, objdump, path, stretches),
    capstone: rate(megabytes, disassemble, path, stretches),
    distinctPerKilobyte: distinctGenes(fuzzyHigh, fuzzyLow).high.length / (megabytes * 1000),
  };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const ratio = (ours: number, theirs: number | string): string =>
  typeof theirs === 'string' ? theirs : `${theirs.toFixed(1)} (we: ${(ours / theirs).toFixed(1)} times)`;

function print(rows: readonly Row[]): void {
  for (const row of rows) {
    console.log(`${row.path}: ${row.codeMegabytes.toFixed(2)} MB of code`);
    console.log(`  discovery                 ${row.discovery.toFixed(1)} MB/s`);
    console.log(`  decoding and genes        ${row.genes.toFixed(1)} MB/s`);
    console.log(`  whole, headers included   ${row.whole.toFixed(1)} MB/s`);
    console.log(`  objdump -d                ${ratio(row.whole, row.objdump)}`);
    console.log(`  Capstone with details     ${ratio(row.genes, row.capstone)}`);
    console.log(`  distinct fuzzy genes      ${row.distinctPerKilobyte.toFixed(1)} per kB`);
  }
  const whole = median(rows.map((row) => row.whole));
  console.log(`median: genes ${median(rows.map((row) => row.genes)).toFixed(1)} MB/s, whole ${whole.toFixed(1)} MB/s`);
  const genes = median(rows.map((row) => row.genes));
  reach(`decoding and genes at least ${LEAST_GENES} MB/s, median`, {
    met: genes >= LEAST_GENES,
    value: genes.toFixed(1),
  });
  reach(`whole extraction at least ${LEAST_WHOLE} MB/s, median`, {
    met: whole >= LEAST_WHOLE,
    value: whole.toFixed(1),
  });
  reachTimes(
    `whole extraction at least ${LEAST_TIMES} times as fast as objdump -d, median of the programs`,
    rows.map((row) => [row.whole, row.objdump]),
    LEAST_TIMES,
  );
  reachTimes(
    `decoding and genes at least ${LEAST_TIMES_CAPSTONE} times as fast as Capstone with details, median of the programs`,
    rows.map((row) => [row.genes, row.capstone]),
    LEAST_TIMES_CAPSTONE,
  );
}

function reachTimes(
  promise: string,
  rates: readonly (readonly [ours: number, theirs: number | string])[],
  least: number,
): void {
  const times = rates.flatMap(([ours, theirs]) => (typeof theirs === 'number' ? [ours / theirs] : []));
  const missing = rates.find(([, theirs]) => typeof theirs === 'string')?.[1] ?? 'no program';
  reach(promise, {
    met: times.length > 0 && median(times) >= least,
    value: times.length > 0 ? `${median(times).toFixed(1)} times` : String(missing),
  });
}

async function measureAll(): Promise<void> {
  const compiled = capstone();
  try {
    const targets = TARGETS.filter((path) => existsSync(path));
    const rows = targets.map((path) => measure(path, compiled.rival));
    if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
    else {
      print(rows);
      await reportConduct(
        targets,
        targets.filter((path) => path !== process.execPath),
      );
    }
  } finally {
    compiled.close();
  }
}

// Measured as the server's children run it.
if (EXTRACTION_FLAGS.every((flag) => process.execArgv.includes(flag))) await measureAll();
else {
  const args = [...EXTRACTION_FLAGS, import.meta.filename, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}
