import type { Answer } from '@genehound/contract';
import { type Command, InvalidArgumentError } from 'commander';
import { printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type PlainOptions = ServerOptions & { readonly json?: boolean };
type Organisation = Answer<'listOrganisations'>['items'][number];

const JSON_TEXT = 'one JSON document on standard output';

/** Without an end, or as the installation's options say; commander makes an empty text of null. */
type Limit = number | 'none';

function parseLimit(text: string): Limit {
  if (text === 'none') return text;
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Use a whole number, or none.');
  return Number(text);
}

const limitOf = (limit: Limit | undefined): number | null | undefined => (limit === 'none' ? null : limit);

const shown = (limit: number | null): string => (limit === null ? '-' : String(limit));

function formatOrganisations(items: readonly Organisation[]): string {
  const rows = items.map(({ id, name, users, limits }) => [
    id,
    safeText(name, 60),
    String(users),
    shown(limits.requestsPerMinute),
    shown(limits.bytesPerHour),
    shown(limits.scansPerMonth),
    shown(limits.filesPerMonth),
  ]);
  return formatTable([['ID', 'NAME', 'USERS', 'REQUESTS/MIN', 'BYTES/H', 'SCANS/MONTH', 'FILES/MONTH'], ...rows]);
}

interface LimitOptions extends PlainOptions {
  readonly requestsPerMinute?: Limit;
  readonly bytesPerHour?: Limit;
  readonly scansPerMonth?: Limit;
  readonly filesPerMonth?: Limit;
}

function addLimits(command: Command, run: Run): void {
  withServerOptions(command.command('limits <id>'))
    .description('how much is taken of an organisation; what is not named stays, "none" takes a limit away')
    .option('--requests-per-minute <number>', 'of all its keys and users', parseLimit)
    .option('--bytes-per-hour <number>', 'in requests of all its keys and users', parseLimit)
    .option('--scans-per-month <number>', 'of endpoints', parseLimit)
    .option('--files-per-month <number>', 'analysed by the public contract', parseLimit)
    .option('--json', JSON_TEXT)
    .action((id: string, options: LimitOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const { requestsPerMinute, bytesPerHour, scansPerMonth, filesPerMonth } = options;
        const limits = {
          requestsPerMinute: limitOf(requestsPerMinute),
          bytesPerHour: limitOf(bytesPerHour),
          scansPerMonth: limitOf(scansPerMonth),
          filesPerMonth: limitOf(filesPerMonth),
        };
        const changed = await withHint(
          client.call('changeOrganisation', { params: { id }, body: { limits } }),
          '"genehound organisation list" shows the ids of organisations.',
        );
        if (options.json === true) printJson(io, changed);
        else io.out(formatOrganisations([changed]));
        return EXIT.done;
      }),
    );
}

/** The name is the confirmation: an id alone is too easily the wrong one, and nothing brings an organisation back. */
function addDelete(command: Command, run: Run): void {
  withServerOptions(command.command('delete <id>'))
    .description('remove an organisation with everything that it has, for good')
    .requiredOption('--name <name>', 'its name, to be sure that this one is meant')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--json', JSON_TEXT)
    .action((id: string, options: PlainOptions & { readonly name: string; readonly reason: string }) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const { name, reason } = options;
        const deleted = await withHint(
          client.call('deleteOrganisation', { params: { id }, body: { name, reason } }),
          '"genehound organisation list" shows the ids of organisations.',
        );
        if (options.json === true) printJson(io, deleted);
        else io.out('Its users and keys are shut out. Its rows, blobs and index are removed from now on.');
        return EXIT.done;
      }),
    );
}

/** genehound organisation list|create|limits|delete */
export function addOrganisationCommand(program: Command, run: Run): void {
  const command = program.command('organisation').description('organisations that share this installation (operator)');
  withServerOptions(command.command('list'))
    .description('all organisations, with their limits')
    .option('--json', JSON_TEXT)
    .action((options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const found = await client.call('listOrganisations', {});
        if (options.json === true) printJson(io, found);
        else io.out(formatOrganisations(found.items));
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('create <name> <administrator>'))
    .description('make an organisation and its first administrator; his initial password is shown this once')
    .option('--json', JSON_TEXT)
    .action((name: string, administrator: string, options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const made = await client.call('createOrganisation', { body: { name, administrator } });
        if (options.json === true) printJson(io, made);
        else {
          io.out(made.administrator.password);
          io.tell(
            `Organisation ${made.organisation.id}. This is the initial password of ${safeText(made.administrator.name, 200)}, to be replaced at the first sign-in.`,
          );
        }
        return EXIT.done;
      }),
    );
  addLimits(command, run);
  addDelete(command, run);
}
