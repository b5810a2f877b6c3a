import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@genehound/contract';
import { reach } from '../reach.ts';
import { deliver, newTally } from './deliver.ts';
import { endpointScan, SHAPE, withMemory } from './endpoint.ts';
import { ascending, lagOf, percentile, untilJudged } from './measure.ts';
import { fleetFile, type RealFile } from './real-files.ts';
import type { BenchServer } from './watch-server.ts';

/** Endpoints that the server hears at a time: as many as connections wait in its queue without being pushed back. */
const AT_ONCE = 32;

/** Seconds from `started` until the artifact has a verdict. */
async function judgedAfter(server: BenchServer, sha256: string, started: number): Promise<number> {
  const client = createClient(server.url, server.key);
  for (;;) {
    const found = await client
      .call('getArtifact', { params: { sha256, layout: 'raw' } })
      .then(({ verdict }) => verdict)
      .catch(() => null);
    if (found !== null) return (performance.now() - started) / 1_000;
    await sleep(250);
  }
}

/**
 * The first hours of a hunt: `endpoints` scans as fast as they are taken, of which the server knows nothing yet. Most
 * of their files all share, the others ten or one; fewer than in the steady state, so that it ends. The last one to be delivered has code in memory, which is why the
 * hunt is held: how long it waits behind everything that came before is what the order of the queue is for.
 */
export async function wave(server: BenchServer, pool: readonly RealFile[], endpoints: number): Promise<void> {
  const tally = newTally();
  const document = Buffer.from('{"autoruns_info":[]}');
  const shared = SHAPE.files / 4;
  const own = Math.ceil(SHAPE.files / 100);
  const scanAt = (index: number) => {
    // Files of one endpoint, and of the ten that are alike.
    const numbers = [
      ...Array.from({ length: shared }, (_unused, number) => number),
      ...Array.from({ length: own }, (_unused, number) => 10_000 + Math.floor(index / 10) * own + number),
      ...Array.from({ length: own }, (_unused, number) => 100_000 + index * own + number),
    ];
    const files = numbers.map((number) => fleetFile(pool, number));
    return endpointScan(`wave-${index}`, files, document);
  };
  const region = Buffer.concat([pool[0]?.bytes.subarray(4_096, 69_632) ?? Buffer.alloc(0), Buffer.from('first wave')]);
  const sha256 = createHash('sha256').update(region).digest('hex');
  const started = performance.now();
  let next = 1;
  const work = async (): Promise<void> => {
    for (let index = next++; index < endpoints; index = next++)
      await deliver(server, tally, scanAt(index)).catch((error: unknown) => console.error(String(error)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await deliver(server, tally, withMemory(scanAt(endpoints), region));
  const delivered = (performance.now() - started) / 1_000;
  const behind = await createClient(server.url, server.key).call('getActivity', {});
  const finding = await judgedAfter(server, sha256, started);
  const scans = await untilJudged(server, endpoints);
  const finished = (performance.now() - started) / 1_000;
  const lags = ascending(scans.map(lagOf));
  console.log(
    `${endpoints} endpoints of ${endpoints * 100} (1:100): ${tally.files} files (${(tally.fileBytes / 1e6).toFixed(0)} MB packed) delivered in ${delivered.toFixed(0)} s, ` +
      `everything judged after ${finished.toFixed(0)} s; reports after their end: median ${(percentile(lags, 0.5) / 1_000).toFixed(0)} s, p95 ${(percentile(lags, 0.95) / 1_000).toFixed(0)} s`,
  );
  console.log(
    `code in memory of the last endpoint: judged ${(finding - delivered).toFixed(1)} s after it was delivered, before ${behind.artifacts} artifacts that waited`,
  );
  const left = finished - delivered;
  reach('first wave: none lost', {
    met: tally.lost === 0 && scans.filter(({ state }) => state === 'done').length === endpoints,
    value: `${tally.lost} requests lost`,
  });
  reach('first wave: findings first, though they came last', {
    met: left < 10 || finding - delivered < left / 4,
    value: `${(finding - delivered).toFixed(1)} s of ${left.toFixed(0)} s of backlog`,
  });
}
