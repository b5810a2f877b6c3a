/**
 * What a scan costs, and what it costs the scanned: `node bench/scanner/run.ts [processes]...`, by default 150 and 1,000.
 * The scan is of the whole machine. Beside it, in the same run: YARA over the started processes alone, which map 300 MB of
 * code or more, and the cheapest honest yardstick, sha256sum over the same module files.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { reach } from '../reach.ts';
import { type Cost, measure } from './measure.ts';
import { type Footprint, footprintOf, mappedCode, programCopies, startTargets } from './targets.ts';
import { hasYara, measureYara } from './yara.ts';

const MOST_MEGABYTES = 32;

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

function state(free: Cost, capped: Cost, { resident, faults }: Change): void {
  const peak = Math.max(free.peakMiB, capped.peakMiB) * 1.048_576;
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
}

interface Metrics {
  readonly bytes_read_from_files: number;
  readonly bytes_read_from_memory: number;
}

function bytesRead(folder: string): string {
  const summary: { runtime_metrics: Metrics } = JSON.parse(readFileSync(join(folder, 'scan_summary.json'), 'utf8'));
  const { bytes_read_from_files: files, bytes_read_from_memory: memory } = summary.runtime_metrics;
  return `${(files / 1e6).toFixed(0)} MB from files, ${(memory / 1e6).toFixed(1)} MB from memory`;
}

/** Each maps some 45 MB of code. */
const NODE_COPIES = 8;

/** YARA takes so long that more of them would be nothing but waiting; a tenth of them is a Node, of whatever number. */
const YARA_PROCESSES = 150;

async function bench(count: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'genehound-bench-'));
  const targets = await startTargets(count, programCopies(directory, NODE_COPIES));
  try {
    const code = mappedCode(targets.pids) / 1e6;
    const before = targets.pids.map(footprintOf);
    const free = await measure(scanner, ['-o', join(directory, 'free'), '--cpu', '100', '--quiet']);
    const after = targets.pids.map(footprintOf);
    const capped = await measure(scanner, ['-o', join(directory, 'capped'), '--quiet']);
    const folder = scanFolder(join(directory, 'free'));
    const yardstick = await measure('sha256sum', ['--', ...hashedFiles(folder)]);
    console.log(
      `${count} of ${processesOf(folder)} processes, ${code.toFixed(0)} MB of mapped code; ${bytesRead(folder)}`,
    );
    console.log(`${''.padEnd(28)} ${'wall s'.padStart(8)} ${'CPU s'.padStart(8)} ${'peak MiB'.padStart(10)}`);
    console.log(row('scan, --cpu 100', free));
    console.log(row('scan, default ceiling', capped));
    console.log(row('sha256sum of the same files', yardstick));
    const some = targets.pids.slice(0, YARA_PROCESSES);
    const yara = hasYara() ? await measureYara(directory, some, some[0] ?? 0) : undefined;
    if (yara !== undefined) console.log(row(`yara, 100 rules, ${some.length} of them`, yara));
    console.log(
      `scan: ${((free.cpuSeconds * 1000) / count).toFixed(2)} ms of CPU a process, ${((free.cpuSeconds * 1000) / code).toFixed(2)} ms a MB of code; ${(free.cpuSeconds / Math.max(yardstick.cpuSeconds, 0.01)).toFixed(2)} times sha256sum's CPU`,
    );
    state(free, capped, changeOf(before, after));
    if (yara === undefined) console.log('yara is not installed (Debian: yara): no comparison');
    else {
      const ratio = free.cpuSeconds / Math.max((yara.cpuSeconds * count) / some.length, 0.01);
      reach("a third of yara's CPU over the same processes", { met: ratio <= 1 / 3, value: ratio.toFixed(2) });
    }
  } finally {
    targets.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

const counts = process.argv.slice(2).map(Number);
for (const count of counts.length > 0 ? counts : [150, 1000]) await bench(count);
