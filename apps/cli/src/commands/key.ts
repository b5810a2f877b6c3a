import { type Answer, PERMISSIONS } from '@genehound/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** `90s`, `15m`, `12h`, `30d` in seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const unit = match?.[2];
  if (match === null || unit === undefined)
    throw new InvalidArgumentError('Use a number and s, m, h or d, such as 12h.');
  return Number(match[1]) * UNITS[unit as keyof typeof UNITS];
}

/** At least 1. */
function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('Use a whole number from 1 on.');
  return Number(text);
}

type Key = Answer<'listKeys'>['items'][number];

function stateOf(key: Key): string {
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && Date.parse(key.expiresAt) < Date.now() ? 'expired' : 'valid';
}

function formatKeys(keys: readonly Key[]): string {
  if (keys.length === 0) return 'There are no keys yet; "genehound key create NAME" makes one.';
  const rows = keys.map((key) => [
    key.id,
    safeText(key.name, 60),
    key.permission,
    stateOf(key),
    key.expiresAt ?? 'never',
    key.lastUsedAt ?? 'never',
  ]);
  return formatTable([['ID', 'NAME', 'PERMISSION', 'STATE', 'EXPIRES', 'LAST USED'], ...rows]);
}

interface CreateOptions extends ServerOptions {
  readonly permission: Key['permission'];
  readonly expires?: number;
  readonly hunt?: string;
  readonly requestsPerMinute?: number;
  readonly bytesPerHour?: number;
  readonly json?: boolean;
}

function addCreate(command: Command, run: Run): void {
  withServerOptions(command.command('create <name>'))
    .description('make an API key; its secret is shown this once')
    .addOption(new Option('--permission <permission>', 'what it may do').choices(PERMISSIONS).default('scan'))
    .option('--expires <duration>', 'how long it is valid, such as 12h or 30d; else for ever', parseDuration)
    .option('--hunt <id>', 'the hunt that its scans belong to')
    .option('--requests-per-minute <number>', "of this key; else the installation's limit", parseLimit)
    .option('--bytes-per-hour <number>', 'in requests of this key; else without end', parseLimit)
    .option('--json', 'one JSON document on standard output')
    .action((name: string, options: CreateOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const key = await client.call('createKey', {
          body: {
            name,
            permission: options.permission,
            expiresIn: options.expires,
            huntId: options.hunt,
            requestsPerMinute: options.requestsPerMinute,
            bytesPerHour: options.bytesPerHour,
          },
        });
        if (options.json === true) printJson(io, key);
        else {
          io.out(key.secret);
          io.tell(
            `Key ${key.id} (${key.permission}, expires ${key.expiresAt ?? 'never'}). Keep it: the server stores only its hash.`,
          );
        }
        return EXIT.done;
      }),
    );
}

type PlainOptions = ServerOptions & { readonly json?: boolean };

function addSeal(command: Command, run: Run): void {
  command
    .command('seal <file>')
    .description('make the key that opens scans sealed with "scanner --encrypt-to"; prints its public half')
    .action((file: string) =>
      run(async ({ io }) => {
        const { createSealingKey } = await import('../seal/sealing-key.ts');
        const key = await createSealingKey(file);
        io.out(key.recipient);
        io.tell(`${safeText(file)} opens what is sealed to it: keep it away from the endpoints, and keep a copy.`);
        return EXIT.done;
      }),
    );
}

/** genehound key create|list|revoke|seal */
export function addKeyCommand(program: Command, run: Run): void {
  const command = program.command('key').description('API keys for scanners and scripts');
  addCreate(command, run);
  addSeal(command, run);
  withServerOptions(command.command('list'))
    .description('all keys, without their secrets')
    .option('--json', 'one JSON document on standard output')
    .action((options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const keys = await client.call('listKeys', {});
        if (options.json === true) printJson(io, keys);
        else io.out(formatKeys(keys.items));
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('revoke <id>'))
    .description('end a key at once; scans that it has delivered stay')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const key = await withHint(
          client.call('revokeKey', { params: { id } }),
          '"genehound key list" shows the ids of keys; the id is not the secret.',
        );
        if (options.json === true) printJson(io, key);
        else io.out(`Key ${key.id} (${safeText(key.name, 60)}) is revoked.`);
        return EXIT.done;
      }),
    );
}
