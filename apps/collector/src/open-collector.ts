import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkPort,
  createHttp,
  createLog,
  intake,
  keepCertificate,
  listen,
  lockDataDirectory,
  openCertificate,
  openSpool,
} from '@genehound/intake';
import type { CollectorConfig } from './config.ts';
import { KeyRing } from './keys.ts';
import type { CollectorHandle } from './run.ts';
import { Samples } from './samples.ts';
import { CollectorStore } from './store.ts';

/** Scans and their samples, as `scanner -o` would have written them. */
export const scansOf = (data: string): string => join(data, 'scans');

/** Looks for scans whose scanner is gone, at most this often. Milliseconds. */
const LONGEST_LOOK = 60_000;

async function openStore(config: CollectorConfig, root: string, log: ReturnType<typeof createLog>) {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const samples = await Samples.open(root);
  return await CollectorStore.open({ config, root, keys: new KeyRing(config.data), samples, log });
}

export async function openCollector(config: CollectorConfig): Promise<CollectorHandle> {
  const log = createLog(config.logLevel);
  await mkdir(config.data, { recursive: true, mode: 0o700 });
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const lock = await lockDataDirectory(config.data, 'collector');
    closers.push(() => lock.release());
    await checkPort(config);
    const root = scansOf(config.data);
    const store = await openStore(config, root, log);
    const spool = await openSpool({
      directory: join(config.data, 'spool'),
      minimumFree: config.minimumFreeBytes,
      // As they are: an offline directory is read by other programs, too.
      stages: () => [],
    });
    const certificate = await openCertificate(config.tls, config.data);
    const app = await createHttp(log, { certificate, trustedProxies: config.trustedProxies });
    closers.push(() => app.close());
    closers.push(await keepCertificate(app, config.tls, config.data, log));
    await app.register(intake, { store, spool });
    const look = Math.min(LONGEST_LOOK, config.scanQuietSeconds * 250);
    const timer = setInterval(() => {
      store
        .endSilent(config.scanQuietSeconds)
        .catch((error: unknown) => log.error({ err: error }, 'silent scans stay open'));
    }, look);
    closers.push(() => clearInterval(timer));
    const url = await listen(app, config);
    log.info({ url, data: config.data }, 'collector ready');
    return { url, fingerprint: certificate?.fingerprint ?? null, scans: root, close };
  } catch (error) {
    await close();
    throw error;
  }
}
