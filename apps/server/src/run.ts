import type { ServerConfig } from './config.ts';

export { defaultDataDirectory, readServerConfig, type ServerConfig } from './config.ts';

// The front door of the program. What starts it is loaded when it is asked for: every command of the command line
// imports this file for the sake of the data directory's default alone.

export interface ServerHandle {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** What scanners pin, SHA-256 in hexadecimal; null for plain HTTP. */
  readonly fingerprint: string | null;
  /** A key with every permission that lives as long as this server (ADR 0010). */
  readonly localKey: string;
  /** Only on the first start of an installation: the password of the account `admin`. Show it once. */
  readonly firstPassword?: string;
  /** Ends listening, then running jobs, then the database. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts the server: lock, database, migrations, jobs, HTTP. Nothing is printed to standard output. Throws an Error
 * of one sentence where it cannot start, with everything closed again.
 */
export async function run(config: ServerConfig): Promise<ServerHandle> {
  const { openServer } = await import('./open-server.ts');
  return await openServer(config);
}

/**
 * Gives the account a new random password and returns it; its sessions end. Works beside a running server and
 * without one. AppError not_found for an unknown name.
 */
export async function resetPassword(config: ServerConfig, name: string): Promise<string> {
  const { resetPassword: reset } = await import('./features/accounts/reset-password.ts');
  return await reset(config, name);
}

/** What a backup holds; rows by table. */
export interface BackupSummary {
  readonly madeAt: string;
  readonly schema: number;
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  readonly blobs: number;
}

/** Backs the server's state up into an empty directory, while it runs or not. Throws an Error of one sentence. */
export async function backUp(
  { data, databaseUrl }: ServerConfig,
  directory: string,
  tell: (sentence: string) => void,
): Promise<BackupSummary> {
  const { backUp: work } = await import('./platform/backup/back-up.ts');
  return await work({ data, databaseUrl, directory, tell });
}

/** Makes a server's state from a backup, in an empty data directory and database. Throws an Error of one sentence. */
export async function restore(
  { data, databaseUrl }: ServerConfig,
  directory: string,
  tell: (sentence: string) => void,
): Promise<BackupSummary> {
  const { restore: work } = await import('./platform/backup/restore.ts');
  return await work({ data, databaseUrl, directory, tell });
}
