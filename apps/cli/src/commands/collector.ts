import type { CollectorConfig } from '@genehound/collector';
import type { Command } from 'commander';
import { type Context, printJson, type Run } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { environmentWith, type ListenOptions, parsePort, untilAskedToEnd } from '../listening.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type PlainOptions = Pick<ListenOptions, 'data' | 'json'>;

async function configOf({ config }: Context, options: ListenOptions): Promise<CollectorConfig> {
  const { readCollectorConfig } = await import('@genehound/collector');
  return readCollectorConfig(environmentWith(config, options, 'GENEHOUND_COLLECTOR_DATA'));
}

async function start(context: Context, options: ListenOptions): Promise<ExitCode> {
  const { io } = context;
  const { run, listKeys } = await import('@genehound/collector');
  const config = await configOf(context, options);
  const ended = untilAskedToEnd();
  const collector = await run(config);
  const { url, fingerprint, scans } = collector;
  if (options.json === true) printJson(io, { url, fingerprint, scans });
  else {
    io.out(`The collector takes scans at ${url}`);
    io.out(`They lie in ${scans}; send them on by: genehound upload ${scans} --url … --key …`);
  }
  if (fingerprint !== null) io.tell(`Scanners trust it by: --fingerprint ${fingerprint}`);
  if ((await listKeys(config.data)).length === 0) {
    io.tell('It has no key yet; make one by: genehound collector key create NAME');
  }
  await ended;
  await collector.close();
  return EXIT.done;
}

function addKeys(command: Command, run: Run): void {
  const key = command.command('key').description("the collector's own keys, which scanners deliver with");
  key
    .command('create <name>')
    .description('make a key; its secret is shown this once')
    .option('--data <directory>', 'data directory of the collector')
    .option('--json', 'one JSON document on standard output')
    .action((name: string, options: PlainOptions) =>
      run(async (context) => {
        const { io } = context;
        const { createKey } = await import('@genehound/collector');
        const made = await createKey((await configOf(context, options)).data, name);
        if (options.json === true) printJson(io, made);
        else {
          io.out(made.secret);
          io.tell(`Key ${made.id}. Keep it: only its hash is stored.`);
        }
        return EXIT.done;
      }),
    );
  key
    .command('list')
    .description('all keys, without their secrets')
    .option('--data <directory>', 'data directory of the collector')
    .option('--json', 'one JSON document on standard output')
    .action((options: PlainOptions) =>
      run(async (context) => {
        const { io } = context;
        const { listKeys } = await import('@genehound/collector');
        const items = await listKeys((await configOf(context, options)).data);
        const rows = items.map(({ id, name, createdAt, revokedAt }) => [
          id,
          safeText(name, 60),
          createdAt,
          revokedAt ?? 'valid',
        ]);
        if (options.json === true) printJson(io, { items });
        else
          io.out(
            rows.length === 0 ? 'There are no keys yet.' : formatTable([['ID', 'NAME', 'MADE', 'REVOKED'], ...rows]),
          );
        return EXIT.done;
      }),
    );
  key
    .command('revoke <id>')
    .description('end a key at once; scans that it has delivered stay')
    .option('--data <directory>', 'data directory of the collector')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: PlainOptions) =>
      run(async (context) => {
        const { io } = context;
        const { revokeKey } = await import('@genehound/collector');
        const revoked = await revokeKey((await configOf(context, options)).data, id);
        if (options.json === true) printJson(io, revoked);
        else io.out(`Key ${revoked.id} (${safeText(revoked.name, 60)}) is revoked.`);
        return EXIT.done;
      }),
    );
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** genehound collector [key …|prune] */
export function addCollectorCommand(program: Command, run: Run): void {
  const command = program
    .command('collector')
    .description('take scans in a private network and keep them on this disk, until they are sent on')
    .option('--data <directory>', 'where everything lies; else GENEHOUND_COLLECTOR_DATA, else the default place')
    .option('--host <address>', 'address to listen on; else GENEHOUND_HOST, else all')
    .option('--port <number>', 'port; 0 takes any free one; else GENEHOUND_PORT, else 8443', parsePort)
    .option('--json', 'one JSON document on standard output as soon as it serves')
    .action((options: ListenOptions) => run((context) => start(context, options)));
  addKeys(command, run);
  command
    .command('prune')
    .description('remove scans that were sent on, and bytes that no scan needs any more; the collector must be stopped')
    .option('--data <directory>', 'data directory of the collector')
    .option('--json', 'one JSON document on standard output')
    .action((options: PlainOptions) =>
      run(async (context) => {
        const { io } = context;
        const { pruneCollector } = await import('@genehound/collector');
        const pruned = await pruneCollector((await configOf(context, options)).data);
        if (options.json === true) printJson(io, pruned);
        else
          io.out(
            `Removed ${pruned.scans} scans and ${pruned.samples} files (${megabytes(pruned.bytes)}); ${pruned.kept} scans are still to be sent.`,
          );
        return EXIT.done;
      }),
    );
}
