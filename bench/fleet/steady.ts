import { setTimeout as sleep } from 'node:timers/promises';
import { reach } from '../reach.ts';
import { deliver, newTally, type Tally } from './deliver.ts';
import { ascending, lagOf, percentile, type Summary, scanOf, untilJudged } from './measure.ts';
import type { RealFile } from './real-files.ts';
import { type BenchServer, HEAP_MB } from './watch-server.ts';

/** One scan after another at an even pace, each by itself; seconds until the last one is delivered. */
async function load(
  server: BenchServer,
  tally: Tally,
  pool: readonly RealFile[],
  endpoints: number,
  minutes: number,
): Promise<number> {
  const every = (minutes * 60_000) / endpoints;
  const started = performance.now();
  const running: Promise<unknown>[] = [];
  for (let index = 1; index <= endpoints; index += 1) {
    const due = started + index * every;
    await sleep(Math.max(0, due - performance.now()));
    running.push(deliver(server, tally, scanOf(index, pool)).catch((error: unknown) => console.error(String(error))));
    if (index % 50 === 0) process.stderr.write(`\r${index} of ${endpoints} endpoints began   `);
  }
  await Promise.all(running);
  return (performance.now() - started) / 1_000;
}

/** Milliseconds until each of some scans that bring nothing new is judged, one after the other. */
async function quietScans(server: BenchServer, pool: readonly RealFile[], stored: number): Promise<readonly number[]> {
  const lags: number[] = [];
  for (let index = 0; index < 20; index += 1) {
    const id = await deliver(server, newTally(), scanOf(2 * index + 1, pool));
    const judged = await untilJudged(server, stored + index + 1);
    lags.push(judged.filter((scan) => scan.id === id).map(lagOf)[0] ?? Number.POSITIVE_INFINITY);
  }
  return ascending(lags);
}

export interface SteadyFigures {
  readonly endpoints: number;
  readonly seconds: number;
  readonly lookups: readonly number[];
  readonly scans: readonly Summary[];
  readonly tally: Tally;
  /** Seconds after the last end until nothing waited. */
  readonly wait: number;
  /** kB of the database's files for each scan. */
  readonly stored: number;
}

/** The first endpoint brings what all have; then the load. */
export async function steady(
  server: BenchServer,
  pool: readonly RealFile[],
  endpoints: number,
  minutes: number,
): Promise<SteadyFigures> {
  const warm = newTally();
  const first = performance.now();
  await deliver(server, warm, scanOf(1, pool));
  await untilJudged(server, 1);
  console.log(
    `first endpoint: ${warm.files} files, ${(warm.fileBytes / 1e6).toFixed(0)} MB packed, judged after ${((performance.now() - first) / 1_000).toFixed(0)} s`,
  );
  const before = server.databaseBytes();
  const tally = newTally();
  const seconds = await load(server, tally, pool, endpoints, minutes);
  const drained = performance.now();
  const scans = await untilJudged(server, endpoints + 1);
  const wait = (performance.now() - drained) / 1_000;
  process.stderr.write('\r');
  const stored = (server.databaseBytes() - before) / endpoints / 1_000;
  return { endpoints, seconds, lookups: ascending(tally.lookups), scans, tally, wait, stored };
}

/** One line, for a curve over numbers of endpoints. */
export function tellLine({ endpoints, seconds, lookups, scans, tally, wait }: SteadyFigures, peak: number): void {
  const last = Math.max(...scans.map(lagOf)) / 1_000;
  console.log(
    `${String(endpoints).padStart(6)} endpoints in ${seconds.toFixed(0)} s: look-ups p95 ${percentile(lookups, 0.95).toFixed(0)} ms, ` +
      `last verdict ${last.toFixed(0)} s after its end, queue drained ${wait.toFixed(0)} s after the load, ` +
      `pushed back ${tally.pushedBack}, lost ${tally.lost}, server ${(peak / 2 ** 20).toFixed(0)} MiB`,
  );
}

/** Says what the load came to, and which promises hold. */
export async function tellSteady(
  server: BenchServer,
  pool: readonly RealFile[],
  figures: SteadyFigures,
): Promise<void> {
  const { endpoints, tally, lookups, scans, stored } = figures;
  const p95 = percentile(await quietScans(server, pool, scans.length), 0.95);
  const last = Math.max(...scans.map(lagOf)) / 1_000;
  const perScan = tally.messageBytes / endpoints / 1_000;
  const done = scans.filter(({ state }) => state === 'done').length;
  tellLine(figures, server.peak.server);
  console.log(
    `${tally.files} new files (${(tally.fileBytes / 1e6).toFixed(0)} MB packed); look-ups median ${percentile(lookups, 0.5).toFixed(0)} ms; ` +
      `extraction children ${(server.peak.children / 2 ** 20).toFixed(0)} MiB`,
  );
  reach('none refused for good, none lost, every scan judged', {
    met: done === endpoints + 1 && tally.lost === 0,
    value: `${done} of ${endpoints + 1} judged, ${tally.lost} requests lost, ${tally.pushedBack} asked to come again`,
  });
  reach(`memory bounded: the server lives with a heap of ${HEAP_MB} MB`, {
    met: server.isAlive(),
    value: `${(server.peak.server / 2 ** 20).toFixed(0)} MiB resident at most`,
  });
  reach('look-up calls under 500 ms at p95', {
    met: percentile(lookups, 0.95) < 500,
    value: `${percentile(lookups, 0.95).toFixed(0)} ms`,
  });
  reach('every verdict within 5 minutes of its end', { met: last <= 300, value: `${last.toFixed(0)} s at most` });
  reach('nothing new, queue drained: verdict within 3 s at p95', { met: p95 <= 3_000, value: `${p95.toFixed(0)} ms` });
  reach('at most 150 kB a scan in the database', { met: stored <= 150, value: `${stored.toFixed(0)} kB` });
  reach('at most 150 kB a scan on the wire without new files', {
    met: perScan <= 150,
    value: `${perScan.toFixed(0)} kB`,
  });
}
