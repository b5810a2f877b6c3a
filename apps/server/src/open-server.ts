import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkPort,
  createFileStore,
  createLog,
  keepCertificate,
  type Log,
  listen,
  lockDataDirectory,
  openCertificate,
  openSpool,
} from '@genehound/intake';
import manifest from '../package.json' with { type: 'json' };
import { compose, routes } from './compose.ts';
import type { ServerConfig } from './config.ts';
import { firstOrganisation } from './features/accounts/read.ts';
import { createFirstAccount } from './features/accounts/service.ts';
import { createLocalKey } from './features/keys/local-key.ts';
import type { Context } from './platform/context.ts';
import { armFault, fault, readFault } from './platform/fault.ts';
import { createApp } from './platform/http/app.ts';
import { bindInstallation } from './platform/installation.ts';
import { createJobs } from './platform/jobs.ts';
import { Live } from './platform/live.ts';
import { type OpenDatabase, openDatabase } from './platform/open-database.ts';
import { openSigner } from './platform/signer.ts';
import { openVault } from './platform/vault.ts';
import type { ServerHandle } from './run.ts';

/** Milliseconds that running jobs get to end at close; what is cut off runs again. */
const STOP_TIMEOUT = 20_000;

/** What was opened so far, to be closed in the opposite order. */
class Opened {
  readonly #closers: { readonly name: string; readonly close: () => Promise<void> | void }[] = [];
  #closing: Promise<void> | null = null;
  add(name: string, close: () => Promise<void> | void): void {
    this.#closers.push({ name, close });
  }
  async #closeAll(log: Log): Promise<void> {
    for (const { name, close } of this.#closers.toReversed()) {
      try {
        await close();
      } catch (error) {
        log.error({ err: error, name }, 'closing failed');
      }
    }
  }
  close(log: Log): Promise<void> {
    this.#closing ??= this.#closeAll(log);
    return this.#closing;
  }
}

/** The data directory may be passed by PostgreSQL's user; only we may list it. */
async function prepareData(data: string): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o711 });
  await chmod(data, process.getuid?.() === 0 ? 0o711 : 0o700);
}

async function createContext(config: ServerConfig, database: OpenDatabase, log: Log): Promise<Context> {
  const { connection } = database;
  const installation = await bindInstallation(connection.db, config.data);
  const signer = await openSigner(connection.db, config.data);
  const vault = await openVault(config.data);
  const { minimumFreeBytes: minimumFree } = config;
  const blobs = createFileStore({ directory: join(config.data, 'blobs'), minimumFree, onPoint: fault });
  const spool = await openSpool({
    directory: join(config.data, 'spool'),
    minimumFree,
    afterWrite: () => fault('blob:after-write'),
  });
  const jobs = createJobs(connection, log);
  const live = new Live();
  return { config, connection, db: connection.db, jobs, blobs, spool, live, installation, signer, vault, log };
}

async function open(config: ServerConfig, log: Log, opened: Opened): Promise<Omit<ServerHandle, 'close'>> {
  await prepareData(config.data);
  const lock = await lockDataDirectory(config.data, 'server');
  opened.add('lock', () => lock.release());
  await checkPort(config);
  const database = await openDatabase(config, log);
  opened.add('database', () => database.close());
  const context = await createContext(config, database, log);
  const firstPassword = await createFirstAccount(context.db);
  const organisation = await firstOrganisation(context.db);
  if (organisation === null) throw new Error('The database has no organisation');
  const localKey = createLocalKey(config.data, organisation);
  let ready = false;
  const facts = { version: manifest.version, schema: database.schema, database: database.kind, ready: () => ready };
  const composition = compose(context, localKey, facts);
  opened.add('features', () => composition.close());
  await context.jobs.start();
  opened.add('jobs', () => context.jobs.stop(STOP_TIMEOUT));
  await composition.start();
  const certificate = await openCertificate(config.tls, config.data);
  const app = await createApp(log, { certificate, trustedProxies: config.trustedProxies });
  opened.add('http', () => app.close());
  opened.add('events', () => context.live.close());
  opened.add('certificate', await keepCertificate(app, config.tls, config.data, log));
  await routes(app, context, composition);
  const url = await listen(app, config);
  await localKey.publish({ url, authority: certificate?.authority ?? null });
  opened.add('local key', () => localKey.withdraw());
  ready = true;
  log.info({ url, data: config.data, database: database.kind, schema: database.schema }, 'server ready');
  return {
    url,
    fingerprint: certificate?.fingerprint ?? null,
    localKey: localKey.secret,
    ...(firstPassword === null ? {} : { firstPassword }),
  };
}

export async function openServer(config: ServerConfig): Promise<ServerHandle> {
  const log = createLog(config.logLevel);
  const planned = readFault(config.fault);
  const opened = new Opened();
  try {
    const handle = await open(config, log, opened);
    armFault(planned);
    return { ...handle, close: () => opened.close(log) };
  } catch (error) {
    await opened.close(log);
    throw error;
  }
}
