/**
 * node bench/instruction-sets/run.ts [--json]
 *
 * Megabytes of arm64 code and of .NET methods per processor second, whole extraction with headers, and beside it the
 * disassemblers that the decoders are checked against: `objdump -d` of Debian's cross binutils, and Mono's `monodis`. In one
 * run on one machine; the ratios are what counts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parseImage } from '@genehound/binary';
import { distinctGenes, EXTRACTION_FLAGS, extractGenome } from '@genehound/genes';
import { userSeconds } from '../extraction/others.ts';
import { reach } from '../reach.ts';

const ROUNDS = 7;
/** The first rounds compile the code; the best of the rest is taken. */
const WARM_UP = 2;

interface Group {
  readonly title: string;
  readonly paths: readonly string[];
  readonly disassembler: string;
  readonly arguments: readonly string[];
  readonly package: string;
  /** The promise: how many times as fast as the disassembler. */
  readonly least: number;
}

const GROUPS: readonly Group[] = [
  {
    title: 'arm64',
    paths: ['libc.so.6', 'libstdc++.so.6', 'libasan.so.8'].map((name) => `/usr/aarch64-linux-gnu/lib/${name}`),
    disassembler: 'aarch64-linux-gnu-objdump',
    arguments: ['-D', '-j', '.text'],
    package: 'binutils-aarch64-linux-gnu',
    // objdump decodes .text alone; we read the constants beside it in the same segment, too.
    least: 5,
  },
  {
    title: '.NET',
    paths: ['mscorlib.dll', 'System.dll', 'mcs.exe'].map((name) => `/usr/lib/mono/4.5/${name}`),
    disassembler: 'monodis',
    arguments: [],
    package: 'mono-utils',
    least: 10,
  },
];

interface Row {
  readonly path: string;
  readonly codeMegabytes: number;
  readonly seconds: number;
  /** Of the disassembler; null where it is not there. */
  readonly rivalSeconds: number | null;
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

function measure(path: string, { disassembler, arguments: options }: Group): Row {
  const bytes = new Uint8Array(readFileSync(path));
  const genome = extractGenome(bytes, parseImage(bytes, 'file'));
  const there = spawnSync(disassembler, ['--version']).error === undefined;
  return {
    path,
    codeMegabytes: genome.codeBytes / 1e6,
    seconds: leastSeconds(() => extractGenome(bytes, parseImage(bytes, 'file'))),
    rivalSeconds: there ? userSeconds(disassembler, [...options, path]) : null,
    distinctPerKilobyte: distinctGenes(genome.fuzzyHigh, genome.fuzzyLow).high.length / (genome.codeBytes / 1000),
  };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

function print(group: Group, rows: readonly Row[]): void {
  console.log(`${group.title}:`);
  for (const { path, codeMegabytes, seconds, rivalSeconds, distinctPerKilobyte } of rows) {
    const rival =
      rivalSeconds === null
        ? `${group.disassembler} is not installed: apt-get install ${group.package}`
        : `${group.disassembler} ${(codeMegabytes / rivalSeconds).toFixed(1)} MB/s (we: ${(rivalSeconds / seconds).toFixed(1)} times)`;
    console.log(
      `  ${path}: ${codeMegabytes.toFixed(2)} MB of code, ${(codeMegabytes / seconds).toFixed(1)} MB/s; ${rival}`,
    );
    console.log(`    distinct fuzzy genes ${distinctPerKilobyte.toFixed(1)} per kB`);
  }
  const times = rows.flatMap((row) => (row.rivalSeconds === null ? [] : [row.rivalSeconds / row.seconds]));
  const middle = median(times);
  reach(
    `whole extraction of ${group.title} code at least ${group.least} times as fast as ${group.disassembler}, median`,
    {
      met: times.length > 0 && middle >= group.least,
      value: times.length > 0 ? `${middle.toFixed(1)} times` : `not measured: apt-get install ${group.package}`,
    },
  );
}

function measureAll(): void {
  const found = GROUPS.map((group) => ({
    group,
    rows: group.paths.filter((path) => existsSync(path)).map((path) => measure(path, group)),
  }));
  if (process.argv.includes('--json')) console.log(JSON.stringify(found.flatMap(({ rows }) => rows)));
  else for (const { group, rows } of found) print(group, rows);
}

// Measured as the server's children run it.
if (EXTRACTION_FLAGS.every((flag) => process.execArgv.includes(flag))) measureAll();
else {
  const args = [...EXTRACTION_FLAGS, import.meta.filename, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}
