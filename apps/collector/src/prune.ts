import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Layout, SCAN_MESSAGES } from '@genehound/contract';
import { lockDataDirectory, readOfflineScan } from '@genehound/intake';
import { scansOf } from './open-collector.ts';
import { Samples } from './samples.ts';

export interface Pruned {
  readonly scans: number;
  readonly samples: number;
  /** Of the samples. */
  readonly bytes: number;
  readonly kept: number;
}

/** The name of the file by which `genehound upload` marks a scan that was taken. */
const SENT = 'analysis_id.txt';

async function hashesOf(directory: string): Promise<ReadonlySet<string>> {
  const hashes = new Set<string>();
  const scan = await readOfflineScan(directory);
  for await (const { name, bytes } of scan.messages()) {
    if (!SCAN_MESSAGES[name].wants) continue;
    for (const [hash] of Buffer.from(bytes)
      .toString('latin1')
      .matchAll(/[0-9a-f]{64}/g))
      hashes.add(hash);
  }
  return hashes;
}

/**
 * Removes scans that were sent on, and bytes that no scan names any more. The collector must not run. Throws an Error
 * of one sentence where it does.
 */
export async function pruneCollector(data: string): Promise<Pruned> {
  const lock = await lockDataDirectory(data, 'collector');
  try {
    const root = scansOf(data);
    const samples = await Samples.open(root);
    const needed = new Set<string>();
    let scans = 0;
    let kept = 0;
    const folders = [
      ...(await readdir(root)).filter((name) => name.startsWith('scan_')).map((name) => join(root, name)),
      ...(await readdir(join(root, '.open')).catch(() => [])).map((name) => join(root, '.open', name)),
    ];
    for (const folder of folders) {
      const files = await readdir(folder);
      if (files.includes(SENT)) {
        await rm(folder, { recursive: true });
        scans += 1;
        continue;
      }
      kept += 1;
      for (const hash of await hashesOf(folder)) needed.add(hash);
    }
    const freed = await samples.prune((_layout: Layout, sha256) => needed.has(sha256));
    return { scans, ...freed, kept };
  } finally {
    lock.release();
  }
}
