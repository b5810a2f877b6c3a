import { readFile } from 'node:fs/promises';
import { notifications as contract } from '@genehound/contract';
import { type Command, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure, withHint } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type PlainOptions = ServerOptions & { readonly json?: boolean };
type Event = (typeof contract.EVENTS)[number];
type Severity = (typeof contract.SEVERITIES)[number];

const JSON_TEXT = 'one JSON document on standard output';
const HINT = '"genehound notify list" shows the ids of channels.';

interface AddOptions extends PlainOptions {
  readonly event?: readonly Event[];
  readonly severity: Severity;
  readonly hunt?: string;
  readonly authority?: string;
}

/** A secret comes from a file: arguments can be seen by every user of the machine. */
async function readText(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new Failure(EXIT.usage, `${path} cannot be read: ${readErrorReason(error)}.`);
  }
}

function parsePlace(place: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(place) ?? [];
  if (host === '') throw new Failure(EXIT.usage, `"${place}" is no HOST:PORT.`, 'Write it as siem.example.org:6514.');
  return { host, port: Number(port) };
}

/** Throws a Failure that says which part of it cannot be used. */
function checked(channel: object): ReturnType<typeof contract.newChannel.parse> {
  const parsed = contract.newChannel.safeParse(channel);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Failure(EXIT.usage, `The channel cannot be used: ${issue?.path.join('.')}: ${issue?.message}.`);
}

async function add(
  { config, io }: Context,
  name: string,
  to: Readonly<Record<string, unknown>>,
  options: AddOptions,
): Promise<ExitCode> {
  const ca = await readText(options.authority);
  const { client } = await connect(config, options);
  const body = checked({
    name,
    to: ca === undefined ? to : { ...to, ca },
    severity: options.severity,
    ...(options.event === undefined ? {} : { events: options.event }),
    ...(options.hunt === undefined ? {} : { huntId: options.hunt }),
  });
  const channel = await client.call('addChannel', { body });
  if (options.json === true) printJson(io, channel);
  else {
    io.out(channel.id);
    if (channel.secret !== null) io.out(`secret ${channel.secret}`);
    io.tell(
      `${channel.secret === null ? '' : 'The secret signs the messages and is shown this once. '}"genehound notify test ${channel.id}" tries it.`,
    );
  }
  return EXIT.done;
}

function withChannelOptions(command: Command): Command {
  return withServerOptions(command)
    .addOption(new Option('--event <event...>', 'only these').choices(contract.EVENTS))
    .addOption(new Option('--severity <least>', 'nothing below it').choices(contract.SEVERITIES).default('information'))
    .option('--hunt <id>', 'only what happens in this hunt')
    .option('--authority <file>', "PEM of the authority that signed the other side's certificate")
    .option('--json', JSON_TEXT);
}

interface EmailOptions extends AddOptions {
  readonly from: string;
  readonly to: readonly string[];
  readonly security: string;
  readonly user?: string;
  readonly passwordFile?: string;
}

function addAdd(command: Command, run: Run): void {
  const group = command.command('add').description('a channel: webhook, email or syslog');
  withChannelOptions(group.command('webhook <name> <address>'))
    .description('HTTP POST of JSON, signed (Standard Webhooks), with retries')
    .action((name: string, url: string, options: AddOptions) =>
      run((context) => add(context, name, { kind: 'webhook', url }, options)),
    );
  withChannelOptions(group.command('syslog <name> <host:port>'))
    .description('RFC 5424 over TLS, or TCP with --plain')
    .option('--plain', 'without TLS')
    .action((name: string, place: string, options: AddOptions & { readonly plain?: boolean }) =>
      run((context) =>
        add(context, name, { kind: 'syslog', ...parsePlace(place), tls: options.plain !== true }, options),
      ),
    );
  withChannelOptions(group.command('email <name> <host:port>'))
    .description('by a mail server')
    .requiredOption('--from <address>', 'the sender')
    .requiredOption('--to <address...>', 'who gets it')
    .addOption(
      new Option('--security <kind>', 'of the connection').choices(['tls', 'starttls', 'none']).default('starttls'),
    )
    .option('--user <name>', 'to sign in with')
    .option('--password-file <file>', 'its password')
    .action((name: string, place: string, options: EmailOptions) =>
      run(async (context) => {
        const password = await readText(options.passwordFile);
        const { from, to, security, user } = options;
        const signIn = { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
        return await add(
          context,
          name,
          { kind: 'email', ...parsePlace(place), from, to, security, ...signIn },
          options,
        );
      }),
    );
}

function addLists(command: Command, run: Run): void {
  withServerOptions(command.command('list'))
    .description('who is told, of what')
    .option('--json', JSON_TEXT)
    .action((options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const found = await client.call('listChannels', {});
        if (options.json === true) printJson(io, found);
        else if (found.items.length === 0) io.out('Nobody is told yet; "genehound notify add" makes a channel.');
        else {
          const rows = found.items.map((one) => [
            one.id,
            safeText(one.name, 40),
            one.kind,
            one.severity,
            one.events.join(','),
            safeText(one.address, 80),
          ]);
          io.out(formatTable([['ID', 'NAME', 'KIND', 'FROM', 'EVENTS', 'TO'], ...rows]));
        }
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('log'))
    .description('the newest messages, and what became of them')
    .option('--json', JSON_TEXT)
    .action((options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const found = await client.call('listNotifications', { query: { limit: 100 } });
        if (options.json === true) printJson(io, found);
        else {
          const rows = found.items.map((one) => [
            one.createdAt,
            safeText(one.channel, 30),
            one.state,
            safeText(one.text, 100),
            safeText(one.problem ?? '', 100),
          ]);
          io.out(formatTable([['WHEN', 'CHANNEL', 'STATE', 'TEXT', 'PROBLEM'], ...rows]));
        }
        return EXIT.done;
      }),
    );
}

/** genehound notify add|list|test|remove|log */
export function addNotifyCommand(program: Command, run: Run): void {
  const command = program.command('notify').description('who is told of threats and rounds, and how');
  addAdd(command, run);
  addLists(command, run);
  withServerOptions(command.command('test <id>'))
    .description('send a test message now; exit 1 where it was not taken')
    .option('--json', JSON_TEXT)
    .action((id: string, options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const tried = await withHint(client.call('testChannel', { params: { id } }), HINT);
        if (options.json === true) printJson(io, tried);
        else
          io.out(tried.state === 'sent' ? 'It was taken.' : `It was not taken: ${safeText(tried.problem ?? '', 300)}.`);
        return tried.state === 'sent' ? EXIT.done : EXIT.failed;
      }),
    );
  withServerOptions(command.command('remove <id>'))
    .description('tell nobody there any more; what was told stays in the log')
    .option('--json', JSON_TEXT)
    .action((id: string, options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        await withHint(client.call('removeChannel', { params: { id } }), HINT);
        if (options.json === true) printJson(io, { id });
        else io.out('It is removed.');
        return EXIT.done;
      }),
    );
}
