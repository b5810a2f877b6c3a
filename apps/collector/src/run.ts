import type { CollectorConfig } from './config.ts';

export { type CollectorConfig, defaultCollectorDirectory, readCollectorConfig } from './config.ts';
export { type CollectorKey, createKey, listKeys, revokeKey } from './keys.ts';
export { type Pruned, pruneCollector } from './prune.ts';

export interface CollectorHandle {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** What scanners pin, SHA-256 in hexadecimal; null for plain HTTP. */
  readonly fingerprint: string | null;
  /** Where the scans lie: `genehound upload` sends them on from here. */
  readonly scans: string;
  close(): Promise<void>;
}

/** Starts the collector. Throws an Error of one sentence where it cannot start, with everything closed again. */
export async function run(config: CollectorConfig): Promise<CollectorHandle> {
  const { openCollector } = await import('./open-collector.ts');
  return await openCollector(config);
}
