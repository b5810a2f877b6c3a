import { InvalidArgumentError } from 'commander';
import type { CliConfig } from './config.ts';

/** What the commands that listen have in common. */
export interface ListenOptions {
  readonly data?: string;
  readonly host?: string;
  readonly port?: number;
  readonly json?: boolean;
}

export function parsePort(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('Use a port number, or 0 for any free one.');
  return value;
}

/**
 * The environment with what the command line says instead, so that what follows from an option (HTTPS from the
 * address) follows from the one that counts. `dataVariable`: what the program's data directory is called there.
 */
export function environmentWith(
  config: CliConfig,
  options: ListenOptions,
  dataVariable: string,
): Readonly<Record<string, string | undefined>> {
  return {
    ...config.childEnvironment,
    ...(options.data === undefined ? {} : { [dataVariable]: options.data }),
    ...(options.host === undefined ? {} : { GENEHOUND_HOST: options.host }),
    ...(options.port === undefined ? {} : { GENEHOUND_PORT: String(options.port) }),
  };
}

/** Resolves at the first signal that asks this process to end. */
export function untilAskedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
