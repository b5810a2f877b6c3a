/**
 * A fleet that scans: `npm run bench -- fleet [--endpoints 250] [--minutes 0.5]`. The published figure is
 * `--endpoints 5000 --minutes 10`: steady state, in which one scan in two brings one file that nobody had. The load
 * generator runs on the same cores as the server.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Answer, createClient } from '@genehound/contract';
import { reach } from '../reach.ts';
import { deliver, newTally, type Tally } from './deliver.ts';
import { autoruns, endpointScan, SHAPE } from './endpoint.ts';
import { type FleetFile, fleetFile, type RealFile, realFiles } from './real-files.ts';
import { type BenchServer, startServer } from './watch-server.ts';

const { values } = parseArgs({
  options: { endpoints: { type: 'string', default: '250' }, minutes: { type: 'string', default: '0.5' } },
});
const endpoints = Number(values.endpoints);
const minutes = Number(values.minutes);
/** Variants of the autoruns document: four endpoints in five have the first. */
const DOCUMENTS = [autoruns(0), autoruns(1), autoruns(2)];

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const ascending = (list: readonly number[]): readonly number[] => list.toSorted((left, right) => left - right);

function scanOf(index: number, pool: readonly RealFile[]) {
  // The image that all share, and in every second scan one file that is new to the fleet.
  const files: FleetFile[] = Array.from({ length: SHAPE.files - 1 }, (_unused, number) => fleetFile(pool, number));
  files.push(fleetFile(pool, index % 2 === 0 ? SHAPE.files + index : SHAPE.files - 1));
  const document = DOCUMENTS[index % 5 === 0 ? 1 + (index % 2) : 0] ?? Buffer.alloc(0);
  return endpointScan(`endpoint-${index}`, files, document);
}

type Summary = Answer<'listScans'>['items'][number];

async function allScans(server: BenchServer): Promise<readonly Summary[]> {
  const client = createClient(server.url, server.key);
  const all: Summary[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = cursor === '' ? { limit: 500 } : { limit: 500, cursor };
    const page: Answer<'listScans'> = await client.call('listScans', { query });
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

async function untilJudged(server: BenchServer, count: number): Promise<readonly Summary[]> {
  for (;;) {
    const scans = await allScans(server);
    const open = scans.filter(({ state }) => state === 'receiving' || state === 'analysing').length;
    if (open === 0 && scans.length >= count) return scans;
    process.stderr.write(`\r${open} scans wait for their verdict   `);
    await sleep(1_000);
  }
}

const lagOf = ({ endedAt, finishedAt }: Summary): number =>
  endedAt === null || finishedAt === null ? Number.POSITIVE_INFINITY : Date.parse(finishedAt) - Date.parse(endedAt);

/** One scan after another at an even pace, each by itself; resolves when the last one is delivered. */
async function steady(server: BenchServer, tally: Tally, pool: readonly RealFile[]): Promise<number> {
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

async function bench(server: BenchServer): Promise<void> {
  const pool = realFiles(600);
  const warm = newTally();
  const first = performance.now();
  await deliver(server, warm, scanOf(1, pool));
  await untilJudged(server, 1);
  console.log(
    `first endpoint: ${warm.files} files, ${(warm.fileBytes / 1e6).toFixed(0)} MB packed, judged after ${((performance.now() - first) / 1_000).toFixed(0)} s`,
  );
  const before = server.databaseBytes();
  const tally = newTally();
  const seconds = await steady(server, tally, pool);
  const drained = performance.now();
  const scans = await untilJudged(server, endpoints + 1);
  const wait = (performance.now() - drained) / 1_000;
  process.stderr.write('\r');
  const stored = (server.databaseBytes() - before) / endpoints / 1_000;
  const last = Math.max(...scans.map(lagOf)) / 1_000;
  const quiet: number[] = [];
  for (let index = 0; index < 20; index += 1) {
    const id = await deliver(server, newTally(), scanOf(2 * index + 1, pool));
    const judged = await untilJudged(server, scans.length + index + 1);
    quiet.push(judged.filter((scan) => scan.id === id).map(lagOf)[0] ?? Number.POSITIVE_INFINITY);
  }
  const lookups = ascending(tally.lookups);
  const perScan = tally.messageBytes / endpoints / 1_000;
  console.log(
    `${endpoints} endpoints in ${seconds.toFixed(0)} s, ${tally.files} new files (${(tally.fileBytes / 1e6).toFixed(0)} MB packed)`,
  );
  console.log(
    `look-up calls: median ${percentile(lookups, 0.5).toFixed(0)} ms, p95 ${percentile(lookups, 0.95).toFixed(0)} ms`,
  );
  console.log(`pushed back ${tally.pushedBack} times; after the last end the queue took ${wait.toFixed(0)} s`);
  console.log(
    `memory: server ${(server.peak.server / 2 ** 20).toFixed(0)} MiB, its children ${(server.peak.children / 2 ** 20).toFixed(0)} MiB`,
  );
  const done = scans.filter(({ state }) => state === 'done').length;
  const p95 = percentile(ascending(quiet), 0.95);
  reach('every scan is judged and none is lost', {
    met: done === endpoints + 1 && tally.lost === 0,
    value: `${done} of ${endpoints + 1}`,
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

const server = await startServer();
try {
  await bench(server);
} finally {
  await server.stop();
}
