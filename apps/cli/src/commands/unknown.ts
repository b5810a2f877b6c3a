import { type Answer, type DecisionKind, FAMILY_TYPES, type FamilyType } from '@genehound/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';
import { formatDecision } from './decision.ts';

const HINT = '"genehound unknown list" shows the ids of clusters.';

interface ListOptions extends ServerOptions {
  readonly search?: string;
  readonly maxEndpoints?: number;
  readonly limit: number;
  readonly json?: boolean;
}

function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 500)
    throw new InvalidArgumentError('Use a number from 1 to 500.');
  return value;
}

function rowOf(one: Answer<'listUnknown'>['items'][number], fleet: number): string[] {
  const like = one.resembles;
  return [
    one.id,
    `${one.endpoints} of ${fleet}`,
    `${one.members}`,
    one.firstSeenAt ?? '',
    one.findings.join(', '),
    safeText(one.path ?? '(memory)', 80),
    like === null ? '' : `${Math.round(like.share * 100)} % as in ${safeText(like.family, 60)}`,
  ];
}

async function list({ config, io }: Context, options: ListOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const { search, maxEndpoints, limit } = options;
  const query = {
    limit,
    ...(search === undefined ? {} : { search }),
    ...(maxEndpoints === undefined ? {} : { maxEndpoints }),
  };
  const found = await client.call('listUnknown', { query });
  if (options.json === true) printJson(io, found);
  else if (found.items.length === 0) io.out('No unknown code.');
  else {
    const heading = ['CLUSTER', 'ENDPOINTS', 'MEMBERS', 'FIRST SEEN', 'FINDINGS', 'PATH', 'RESEMBLES'];
    io.out(formatTable([heading, ...found.items.map((one) => rowOf(one, found.fleet))]));
    if (found.nextCursor !== null) io.tell('There are more; --limit shows up to 500.');
  }
  return EXIT.done;
}

async function show({ config, io }: Context, id: string, options: ListOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const found = await withHint(client.call('getUnknown', { params: { id } }), HINT);
  if (options.json === true) printJson(io, found);
  else {
    const members = found.shownMembers.map((one) => [
      one.sha256,
      one.layout,
      `${one.genes} genes`,
      `${one.endpoints} endpoints`,
      safeText(one.path ?? '(memory)', 80),
    ]);
    const sightings = found.sightings.map((one) => [
      one.seenAt,
      safeText(one.endpoint ?? '', 60),
      `pid ${one.pid}`,
      one.address,
      safeText(one.path ?? '(memory)', 80),
      one.findings.join(', '),
    ]);
    io.out(['Members', formatTable(members, '  '), 'Seen', formatTable(sightings, '  ')].join('\n'));
  }
  return EXIT.done;
}

interface DecideOptions extends ServerOptions {
  readonly family: string;
  readonly type?: FamilyType;
  readonly reason?: string;
  readonly json?: boolean;
}

async function decide({ config, io }: Context, kind: DecisionKind, id: string, options: DecideOptions) {
  const { client } = await connect(config, options);
  const body = {
    kind,
    family: options.family,
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  };
  const decided = await withHint(client.call('decideUnknown', { params: { id }, body }), HINT);
  if (options.json === true) printJson(io, decided);
  else io.out(formatDecision(decided.decision));
  return EXIT.done;
}

/** genehound unknown list|show|acquit|convict */
export function addUnknownCommand(program: Command, run: Run): void {
  const command = program.command('unknown').description('unknown code over the fleet, in clusters that share genes');
  withServerOptions(command.command('list'))
    .description('rarest first')
    .option('--search <text>', 'a part of the path, or of the family that it resembles')
    .option('--max-endpoints <n>', 'only what so many endpoints have at most', parseCount)
    .option('--limit <n>', 'how many', parseCount, 100)
    .option('--json', 'one JSON document on standard output')
    .action((options: ListOptions) => run((context) => list(context, options)));
  withServerOptions(command.command('show <cluster>'))
    .description('its members and where they were seen')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: ListOptions) => run((context) => show(context, id, options)));
  for (const kind of ['acquit', 'convict'] as const) {
    withServerOptions(command.command(`${kind} <cluster>`))
      .description(kind === 'acquit' ? 'trust all of its members' : 'call all of its members malicious')
      .requiredOption('--family <name>', 'whose code it is from now on')
      .addOption(new Option('--type <type>', 'what kind of software that is').choices(FAMILY_TYPES))
      .option('--reason <text>', 'why, for the record')
      .option('--json', 'one JSON document on standard output')
      .action((id: string, options: DecideOptions) => run((context) => decide(context, kind, id, options)));
  }
}
