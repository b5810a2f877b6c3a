import { resolve } from 'node:path';
import { readServerConfig, resetPassword, run as runServer, type ServerConfig } from '@genehound/server';
import { type Command, InvalidArgumentError } from 'commander';
import { type Context, printJson, type Run } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';

interface StartOptions {
  readonly data?: string;
  readonly host?: string;
  readonly port?: number;
  readonly json?: boolean;
}

function parsePort(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('Use a port number, or 0 for any free one.');
  return value;
}

/** Resolves at the first signal that asks this process to end. */
function untilAskedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

/** The environment's, with what the command line says instead. */
function serverConfig(options: StartOptions): ServerConfig {
  const base = readServerConfig();
  return {
    ...base,
    data: options.data === undefined ? base.data : resolve(options.data),
    host: options.host ?? base.host,
    port: options.port ?? base.port,
  };
}

async function start({ io }: Context, options: StartOptions): Promise<ExitCode> {
  const ended = untilAskedToEnd();
  const server = await runServer(serverConfig(options));
  const firstPassword = server.firstPassword ?? null;
  const { url, fingerprint } = server;
  if (options.json === true) printJson(io, { url, firstPassword, fingerprint });
  else io.out(`Genehound serves ${url}`);
  if (fingerprint !== null) io.tell(`Scanners trust it by: --fingerprint ${fingerprint}`);
  if (firstPassword !== null) io.tell(`First sign-in: user admin, password ${firstPassword} (shown this once).`);
  await ended;
  await server.close();
  return EXIT.done;
}

/** genehound server [reset-password] */
export function addServerCommand(program: Command, run: Run): void {
  const command = program
    .command('server')
    .description('run the server here until interrupted; logs go to standard error')
    .option('--data <directory>', 'where all state lives; else GENEHOUND_DATA, else the default place')
    .option('--host <address>', 'address to listen on; else GENEHOUND_HOST, else 127.0.0.1')
    .option('--port <number>', 'port; 0 takes any free one; else GENEHOUND_PORT, else 8080', parsePort)
    .option('--json', 'one JSON document on standard output as soon as it serves')
    .action((options: StartOptions) => run((context) => start(context, options)));
  command
    .command('reset-password [name]')
    .description('give an account a new random password, shown this once')
    .option('--data <directory>', 'data directory of that server; else GENEHOUND_DATA, else the default place')
    .option('--json', 'one JSON document on standard output')
    .action((name: string | undefined, options: Pick<StartOptions, 'data' | 'json'>) =>
      run(async ({ io }) => {
        const user = name ?? 'admin';
        const password = await resetPassword(serverConfig(options), user);
        if (options.json === true) printJson(io, { name: user, password });
        else io.out(`New password of ${user}: ${password}`);
        return EXIT.done;
      }),
    );
}
