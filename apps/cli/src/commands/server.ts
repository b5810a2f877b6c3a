import { readServerConfig, resetPassword, run as runServer, type ServerConfig } from '@genehound/server';
import type { Command } from 'commander';
import { type Context, printJson, type Run } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { environmentWith, type ListenOptions, parsePort, untilAskedToEnd } from '../listening.ts';

function serverConfig({ config }: Context, options: ListenOptions): ServerConfig {
  return readServerConfig(environmentWith(config, options, 'GENEHOUND_DATA'));
}

async function start(context: Context, options: ListenOptions): Promise<ExitCode> {
  const { io } = context;
  const ended = untilAskedToEnd();
  const server = await runServer(serverConfig(context, options));
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
    .action((options: ListenOptions) => run((context) => start(context, options)));
  command
    .command('reset-password [name]')
    .description('give an account a new random password, shown this once')
    .option('--data <directory>', 'data directory of that server; else GENEHOUND_DATA, else the default place')
    .option('--json', 'one JSON document on standard output')
    .action((name: string | undefined, options: Pick<ListenOptions, 'data' | 'json'>) =>
      run(async (context) => {
        const { io } = context;
        const user = name ?? 'admin';
        const password = await resetPassword(serverConfig(context, options), user);
        if (options.json === true) printJson(io, { name: user, password });
        else io.out(`New password of ${user}: ${password}`);
        return EXIT.done;
      }),
    );
}
