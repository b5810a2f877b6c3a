import type { BlobStore, Log, Spool } from '@genehound/intake';
import type { ServerConfig } from '../config.ts';
import type { Connection, Database } from './database.ts';
import type { Jobs } from './jobs.ts';
import type { Live } from './live.ts';
import type { Signer } from './signer.ts';
import type { Vault } from './vault.ts';

/** What every feature gets from the program that composes them. */
export interface Context {
  readonly config: ServerConfig;
  readonly connection: Connection;
  readonly db: Database;
  readonly jobs: Jobs;
  readonly blobs: BlobStore;
  /** Receives bodies to disk before they go to `blobs`. */
  readonly spool: Spool;
  /** Tells consoles what happens. */
  readonly live: Live;
  /** Of the data directory and its database. */
  readonly installation: string;
  readonly signer: Signer;
  readonly vault: Vault;
  readonly log: Log;
}
