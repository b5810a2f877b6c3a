import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Answer, type Client, hunts as contract } from '@genehound/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { formatCoverage, formatHunt, formatHunts, formatTargets } from '../hunts/format-hunts.ts';
import { readTargets, type Target } from '../hunts/read-targets.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { addRuns } from './hunt-runs.ts';
import { parseDuration } from './key.ts';

type PlainOptions = ServerOptions & { readonly json?: boolean };
type Hunt = Answer<'getHunt'>;
type KitTool = (typeof contract.KIT_TOOLS)[number];

const JSON_TEXT = 'one JSON document on standard output';
const HINT = '"genehound hunts list" shows the ids of hunts.';
/** Names in one request. */
const TARGETS_AT_ONCE = 10_000;

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function parseWhole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Use a whole number.');
  return Number(text);
}

async function named(options: TargetOptions): Promise<readonly Target[]> {
  const files = await Promise.all((options.targets ?? []).map(readTargets));
  return [...(options.target ?? []).map((name) => ({ name })), ...files.flat()];
}

async function addMore(client: Client, hunt: Hunt, targets: readonly Target[]): Promise<Hunt> {
  let latest = hunt;
  for (let from = 0; from < targets.length; from += TARGETS_AT_ONCE) {
    const add = targets.slice(from, from + TARGETS_AT_ONCE);
    latest = await client.call('changeTargets', { params: { id: hunt.id }, body: { add } });
  }
  return latest;
}

interface TargetOptions extends PlainOptions {
  readonly target?: readonly string[];
  readonly targets?: readonly string[];
}

interface CreateOptions extends TargetOptions {
  readonly owner?: string;
  readonly anyone?: boolean;
  readonly opens?: string;
  readonly closes?: string;
  readonly cron?: string;
  readonly timeZone: string;
  readonly hours: number;
  readonly anyNumber?: boolean;
  readonly runner?: string;
  readonly cpu?: number;
  readonly timeout?: number;
}

const withTargets = (command: Command): Command =>
  command
    .option('--target <name>', 'host name, with or without domain, machine id or address; repeatable', gather)
    .option('--targets <file>', 'one a line, or CSV with a column "host" and perhaps "group"; repeatable', gather);

function bodyOf(name: string, targets: readonly Target[], options: CreateOptions) {
  return {
    name,
    targets: [...targets],
    ...(options.owner === undefined ? {} : { owner: options.owner }),
    ...(options.anyone === true ? { anyone: true } : {}),
    ...(options.opens === undefined ? {} : { opensAt: options.opens }),
    ...(options.closes === undefined ? {} : { closesAt: options.closes }),
    ...(options.cron === undefined
      ? {}
      : { schedule: { cron: options.cron, timeZone: options.timeZone, hours: options.hours } }),
    ...(options.anyNumber === true ? { scansPerEndpoint: 'any' as const } : {}),
    ...(options.runner === undefined ? {} : { runner: options.runner }),
    limits: {
      ...(options.cpu === undefined ? {} : { cpuPercent: options.cpu }),
      ...(options.timeout === undefined ? {} : { timeoutSeconds: options.timeout }),
    },
  };
}

function addCreate(command: Command, run: Run): void {
  withTargets(withServerOptions(command.command('create <name>')))
    .description('define a hunt: whose scans are expected, and when; without targets whoever comes is welcome')
    .option('--owner <name>', 'who answers for it')
    .option('--anyone', 'welcome whoever comes beside the targets')
    .option('--opens <time>', 'when it begins, such as 2026-12-01T20:00:00Z; else now')
    .option('--closes <time>', 'when it ends; else by "genehound hunts close"')
    .option('--cron <fields>', 'begin rounds by the clock: five fields of cron, such as "0 20 * * FRI"')
    .option('--time-zone <name>', 'of --cron, such as Europe/Berlin', 'UTC')
    .option('--hours <n>', 'how long a round of --cron is open', Number, 24)
    .option('--any-number', 'an endpoint may be scanned several times in a round')
    .option(
      '--runner <name>',
      'a command of the server\'s operator that starts the scanners: "genehound hunts runners"',
    )
    .option('--cpu <percent>', 'ceiling of the scanner in its kits', parseWhole)
    .option('--timeout <seconds>', 'ceiling of a scan in its kits', parseWhole)
    .option('--json', JSON_TEXT)
    .action((name: string, options: CreateOptions) =>
      run(async ({ config, io }) => {
        const targets = await named(options);
        const { client } = await connect(config, options);
        const [first, rest] = [targets.slice(0, TARGETS_AT_ONCE), targets.slice(TARGETS_AT_ONCE)];
        const created = await client.call('createHunt', { body: bodyOf(name, first, options) });
        const hunt = await addMore(client, created, rest);
        if (options.json === true) printJson(io, hunt);
        else {
          io.out(formatHunt(hunt));
          io.tell(`"genehound hunts kit ${hunt.id}" makes what your deployment tool needs.`);
        }
        return EXIT.done;
      }),
    );
}

interface KitOptions extends PlainOptions {
  readonly tool: KitTool;
  readonly address?: string;
  readonly output?: string;
  readonly expires?: number;
  readonly jitter: number;
  readonly every: number;
  readonly download?: boolean;
}

const isLoopback = (url: string): boolean => /^(localhost|127\.|\[::1\])/.test(URL.parse(url)?.hostname ?? '');

async function writeKit({ config, io }: Context, id: string, options: KitOptions): Promise<ExitCode> {
  const { client, url } = await connect(config, options);
  const address = options.address ?? url;
  const bytes = await withHint(
    client.call('createKit', {
      params: { id },
      body: {
        tool: options.tool,
        url: address,
        ...(options.expires === undefined ? {} : { expiresIn: options.expires }),
        jitterMinutes: options.jitter,
        everyHours: options.every,
        scanner: options.download === true ? 'download' : 'inside',
      },
    }),
    HINT,
  );
  const path = options.output ?? `genehound-kit-${options.tool}.zip`;
  const partial = `${path}.partial`;
  try {
    await pipeline(Readable.from(bytes), createWriteStream(partial, { mode: 0o600, flags: 'w' }));
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
  if (options.json === true) printJson(io, { file: path, tool: options.tool });
  else {
    io.out(path);
    if (isLoopback(address))
      io.tell(`It names ${address}, which only this machine reaches; --address names what endpoints reach.`);
    io.tell('It holds a key that delivers scans of this hunt: only administrators should read it.');
  }
  return EXIT.done;
}

function addKit(command: Command, run: Run): void {
  withServerOptions(command.command('kit <id>'))
    .description('roll-out files for a hunt, as a ZIP with a key of its own')
    .addOption(new Option('--tool <tool>', 'who carries the scanner').choices(contract.KIT_TOOLS).default('scripts'))
    .option('--address <url>', 'the server, or a collector, as endpoints reach it; else as this program does')
    .option('-o, --output <file>', 'where to write it; else genehound-kit-TOOL.zip here')
    .option('--expires <duration>', "how long its key is valid, such as 7d; else until the round's end", parseDuration)
    .option('--jitter <minutes>', 'scans begin within this time, at random', parseWhole, 10)
    .option('--every <hours>', 'a machine is not scanned again before', parseWhole, 20)
    .option('--download', 'let the scripts download the scanner in place of carrying it')
    .option('--json', JSON_TEXT)
    .action((id: string, options: KitOptions) => run((context) => writeKit(context, id, options)));
}

interface CoverageOptions extends PlainOptions {
  readonly round?: number;
  readonly state?: (typeof contract.TARGET_STATES)[number];
}

async function allTargets(client: Client, id: string, options: CoverageOptions) {
  const query = {
    limit: 500,
    ...(options.round === undefined ? {} : { round: options.round }),
    ...(options.state === undefined ? {} : { state: options.state }),
  };
  const items: Answer<'listTargets'>['items'] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Answer<'listTargets'> = await client.call('listTargets', {
      params: { id },
      query: cursor === '' ? query : { ...query, cursor },
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

function addCoverage(command: Command, run: Run): void {
  const round = new Option('--round <number>', 'a past round; else the newest').argParser(parseWhole);
  withServerOptions(command.command('show <id>'))
    .description('a hunt, and who has come')
    .addOption(round)
    .option('--json', JSON_TEXT)
    .action((id: string, options: CoverageOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const hunt = await withHint(client.call('getHunt', { params: { id } }), HINT);
        const query = options.round === undefined ? {} : { round: options.round };
        const coverage = hunt.round === null ? null : await client.call('getCoverage', { params: { id }, query });
        if (options.json === true) printJson(io, { hunt, coverage });
        else io.out([formatHunt(hunt), ...(coverage === null ? [] : ['', formatCoverage(coverage)])].join('\n'));
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('targets <id>'))
    .description('every target and every machine that came, with its state; --state missing for those that did not')
    .addOption(round)
    .addOption(new Option('--state <state>', 'only these').choices(contract.TARGET_STATES))
    .option('--names', 'nothing but names, one a line, for your deployment tool')
    .option('--json', JSON_TEXT)
    .action((id: string, options: CoverageOptions & { readonly names?: boolean }) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const items = await withHint(allTargets(client, id, options), HINT);
        if (options.json === true) printJson(io, { items });
        else if (options.names === true) for (const { name } of items) io.out(name.replaceAll(/[^\w.:-]/g, '_'));
        else io.out(formatTargets(items));
        return EXIT.done;
      }),
    );
}

function addChange(command: Command, run: Run): void {
  withTargets(withServerOptions(command.command('add <id>')))
    .description('more targets for a hunt')
    .option('--json', JSON_TEXT)
    .action((id: string, options: TargetOptions) =>
      run(async ({ config, io }) => {
        const targets = await named(options);
        const { client } = await connect(config, options);
        const hunt = await withHint(client.call('getHunt', { params: { id } }), HINT);
        const changed = await addMore(client, hunt, targets);
        if (options.json === true) printJson(io, changed);
        else io.out(formatHunt(changed));
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('round <id>'))
    .description('begin a new round now; everybody is expected anew')
    .option('--hours <n>', 'how long it is open; else until the next round or the end', Number)
    .option('--json', JSON_TEXT)
    .action((id: string, options: PlainOptions & { readonly hours?: number }) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const body = options.hours === undefined ? {} : { hours: options.hours };
        const round = await withHint(client.call('openRound', { params: { id }, body }), HINT);
        if (options.json === true) printJson(io, round);
        else io.out(`Round ${round.number} is open${round.closesAt === null ? '' : ` until ${round.closesAt}`}.`);
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('close <id>'))
    .description('end a hunt: no rounds any more, its keys are revoked; what it found stays')
    .option('--json', JSON_TEXT)
    .action((id: string, options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const hunt = await withHint(client.call('closeHunt', { params: { id } }), HINT);
        if (options.json === true) printJson(io, hunt);
        else io.out(formatHunt(hunt));
        return EXIT.done;
      }),
    );
}

/** genehound hunts list|create|show|targets|add|round|kit|close */
export function addHuntsCommand(program: Command, run: Run): void {
  const command = program
    .command('hunts')
    .description('hunts over a fleet: targets, rounds, roll-out kits, coverage ("hunt" scans this machine)');
  addRuns(command, run, HINT);
  withServerOptions(command.command('list'))
    .description('all hunts, newest first')
    .option('--json', JSON_TEXT)
    .action((options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const hunts = await client.call('listHunts', {});
        if (options.json === true) printJson(io, hunts);
        else io.out(formatHunts(hunts.items));
        return EXIT.done;
      }),
    );
  addCreate(command, run);
  addCoverage(command, run);
  addChange(command, run);
  addKit(command, run);
}
