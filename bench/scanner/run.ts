/**
 * What a scan costs, and what it costs the scanned: `node bench/scanner/run.ts [processes]`.
 * Beside it, in the same run, the cheapest honest yardstick: sha256sum over the same module files.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { reach } from '../reach.ts';
import { type Cost, measure } from './measure.ts';
import { type Footprint, footprintOf, startTargets } from './targets.ts';

const MOST_MEGABYTES = 40;

const scanner = new URL(`../../scanner/dist/scanner-linux-${arch() === 'arm64' ? 'arm64' : 'amd64'}`, import.meta.url)
  .pathname;

function scanFolder(directory: string): string {
  const name = readdirSync(directory).find((entry) => entry.startsWith('scan_'));
  if (name === undefined) throw new Error('the scanner left no scan');
  return join(directory, name);
}

/** Paths of the files that the scan hashed. */
function hashedFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('files_info_'))
    .flatMap((name) => {
      const message: { files_info: { file_path: string }[] } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      return message.files_info.map((file) => file.file_path);
    });
}

function processesOf(folder: string): number {
  const message: { processes_info: unknown[] } = JSON.parse(readFileSync(join(folder, 'processes_info.json'), 'utf8'));
  return message.processes_info.length;
}

function row(name: string, cost: Cost): string {
  return `${name.padEnd(28)} ${cost.wallSeconds.toFixed(2).padStart(8)} ${cost.cpuSeconds.toFixed(2).padStart(8)} ${cost.peakMiB.toFixed(1).padStart(10)}`;
}

interface Change {
  /** Kilobytes: the largest change of one target's resident memory. */
  readonly resident: number;
  readonly faults: number;
}

function changeOf(before: readonly Footprint[], after: readonly Footprint[]): Change {
  let resident = 0;
  let faults = 0;
  before.forEach((one, i) => {
    resident = Math.max(resident, Math.abs((after[i]?.resident ?? 0) - one.resident));
    faults += (after[i]?.minorFaults ?? 0) - one.minorFaults + (after[i]?.majorFaults ?? 0) - one.majorFaults;
  });
  return { resident, faults };
}

async function main(count: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'genehound-bench-'));
  const targets = await startTargets(count);
  try {
    const before = targets.pids.map(footprintOf);
    const free = await measure(scanner, ['-o', join(directory, 'free'), '--cpu', '100', '--quiet']);
    const after = targets.pids.map(footprintOf);
    const capped = await measure(scanner, ['-o', join(directory, 'capped'), '--quiet']);
    const folder = scanFolder(join(directory, 'free'));
    const files = hashedFiles(folder);
    const yardstick = await measure('sha256sum', ['--', ...files]);
    console.log(`${processesOf(folder)} processes, ${files.length} module files`);
    console.log(`${''.padEnd(28)} ${'wall s'.padStart(8)} ${'CPU s'.padStart(8)} ${'peak MiB'.padStart(10)}`);
    console.log(row('scan, --cpu 100', free));
    console.log(row('scan, default ceiling', capped));
    console.log(row('sha256sum of the same files', yardstick));
    console.log(`scan : sha256sum, CPU ratio ${(free.cpuSeconds / Math.max(yardstick.cpuSeconds, 0.01)).toFixed(2)}`);
    const peak = Math.max(free.peakMiB, capped.peakMiB) * 1.048_576;
    const { resident, faults } = changeOf(before, after);
    reach('both scans complete', {
      met: free.exit === 0 && capped.exit === 0,
      value: `exit ${free.exit} and ${capped.exit}`,
    });
    reach(`scanner's peak RSS at most ${MOST_MEGABYTES} MB`, {
      met: peak <= MOST_MEGABYTES,
      value: `${peak.toFixed(1)} MB`,
    });
    reach("the scanned processes' RSS unchanged", {
      met: resident === 0,
      value: `largest change ${resident} kB, page faults of all targets ${faults}`,
    });
  } finally {
    targets.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

await main(Number(process.argv[2] ?? 150));
