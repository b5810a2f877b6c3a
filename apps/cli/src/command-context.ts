import { stringifyJson } from '@genehound/contract';
import type { Command } from 'commander';
import type { CliConfig } from './config.ts';
import type { ExitCode } from './exit-codes.table.ts';
import type { Io } from './terminal/io.ts';

/** What every command works with. */
export interface Context {
  readonly config: CliConfig;
  readonly io: Io;
}

/** A command's work; it answers the exit code, or throws a Failure. */
type Work = (context: Context) => Promise<ExitCode>;

/** Runs a command's work; made by the front door, so that commands need not know how a program ends. */
export type Run = (work: Work) => Promise<void>;

/** The options of every command that talks to a server. */
export function withServerOptions(command: Command): Command {
  return command
    .option('--url <address>', 'host root of the server; else GENEHOUND_URL, else the one running on this machine')
    .option('--key <key>', "API key; else GENEHOUND_KEY, else the local server's own")
    .option('--ca <file>', "PEM of the authority that signed the server's certificate; else GENEHOUND_CA");
}

/** Exactly one JSON document on standard output. */
export function printJson(io: Io, value: unknown): void {
  io.out(stringifyJson(value, 2));
}
