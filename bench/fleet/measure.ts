import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, createClient } from '@genehound/contract';
import { autoruns, endpointScan, SHAPE } from './endpoint.ts';
import { type FleetFile, fleetFile, type RealFile } from './real-files.ts';
import type { BenchServer } from './watch-server.ts';

/** Variants of the autoruns document: four endpoints in five have the first. */
const DOCUMENTS = [autoruns(0), autoruns(1), autoruns(2)];

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const ascending = (list: readonly number[]): readonly number[] => list.toSorted((left, right) => left - right);

/** The image that all share, and in every second scan one file that is new to the fleet. */
export function scanOf(index: number, pool: readonly RealFile[]) {
  const files: FleetFile[] = Array.from({ length: SHAPE.files - 1 }, (_unused, number) => fleetFile(pool, number));
  files.push(fleetFile(pool, index % 2 === 0 ? SHAPE.files + index : SHAPE.files - 1));
  const document = DOCUMENTS[index % 5 === 0 ? 1 + (index % 2) : 0] ?? Buffer.alloc(0);
  return endpointScan(`endpoint-${index}`, files, document);
}

export type Summary = Answer<'listScans'>['items'][number];

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

/** Waits until nothing is under way, which costs the server little, then reads the list. */
export async function untilJudged(server: BenchServer, count: number): Promise<readonly Summary[]> {
  const client = createClient(server.url, server.key);
  for (;;) {
    const { receiving, analysing, artifacts } = await client.call('getActivity', {});
    if (receiving + analysing === 0) {
      const scans = await allScans(server);
      if (scans.length >= count) return scans;
    }
    process.stderr.write(`\r${receiving + analysing} scans and ${artifacts} artifacts wait   `);
    await sleep(1_000);
  }
}

export const lagOf = ({ endedAt, finishedAt }: Summary): number =>
  endedAt === null || finishedAt === null ? Number.POSITIVE_INFINITY : Date.parse(finishedAt) - Date.parse(endedAt);
