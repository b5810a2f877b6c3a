import type { Answer } from '@genehound/contract';
import type { Command } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure, withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type PlainOptions = ServerOptions & { readonly json?: boolean };
type PolicyOptions = PlainOptions & {
  readonly scanDays?: string;
  readonly codeDays?: string;
  readonly codeBytes?: string;
  readonly notificationDays?: string;
};
type Policy = Answer<'getRetention'>;

const inDays = (days: number | null): string => (days === null ? 'for ever' : `${days} days`);

function tell({ io }: Context, policy: Policy, json: boolean | undefined): ExitCode {
  if (json === true) printJson(io, policy);
  else {
    const { due } = policy;
    const rows = [
      ['KEPT', 'HOW LONG', 'OVER NOW'],
      ['scans without a threat', inDays(policy.scanDays), `${due.scans}`],
      ['code', inDays(policy.codeDays), `${due.artifacts} artifacts, ${due.bytes} bytes`],
      ['code beyond', policy.codeBytes === null ? 'no bound' : `${policy.codeBytes} bytes`, 'counted above'],
      ['log of notifications', inDays(policy.notificationDays), `${due.notifications}`],
    ];
    io.out([formatTable(rows), 'Kept whatever the policy:', ...policy.forever.map((one) => `  ${one}`)].join('\n'));
  }
  return EXIT.done;
}

/** `for-ever`, or a number that is checked by the server. */
function numberOf(name: string, given: string | undefined): number | null | undefined {
  if (given === undefined || given === 'for-ever') return given === undefined ? undefined : null;
  if (!/^\d{1,16}$/.test(given)) throw new Failure(EXIT.usage, `${name} takes a number, or "for-ever"`);
  return Number(given);
}

async function set(context: Context, options: PolicyOptions): Promise<ExitCode> {
  const body = {
    scanDays: numberOf('--scan-days', options.scanDays),
    codeDays: numberOf('--code-days', options.codeDays),
    codeBytes: numberOf('--code-bytes', options.codeBytes),
    notificationDays: numberOf('--notification-days', options.notificationDays),
  };
  const { client } = await connect(context.config, options);
  return tell(context, await client.call('changeRetention', { body }), options.json);
}

async function listHolds({ config, io }: Context, options: PlainOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const { items } = await client.call('listHolds', {});
  if (options.json === true) printJson(io, { items });
  else if (items.length === 0) io.out('There is no legal hold');
  else {
    const rows = items.map((one) => [
      one.id,
      one.kind,
      one.subject ?? '',
      one.liftedAt === null ? `stands since ${one.createdAt}` : `lifted ${one.liftedAt} by ${one.liftedBy}`,
      safeText(one.reason, 100),
    ]);
    io.out(formatTable([['ID', 'KIND', 'OF', 'STATE', 'REASON'], ...rows]));
  }
  return EXIT.done;
}

async function addHold(
  { config, io }: Context,
  options: PlainOptions & { readonly reason: string; readonly endpoint?: string; readonly scan?: string },
): Promise<ExitCode> {
  const { endpoint, scan, reason } = options;
  if (endpoint !== undefined && scan !== undefined)
    throw new Failure(EXIT.usage, 'Give --endpoint or --scan, not both');
  const kind = endpoint !== undefined ? 'endpoint' : scan !== undefined ? 'scan' : 'organisation';
  const { client } = await connect(config, options);
  const hold = await client.call('addHold', { body: { kind, subject: endpoint ?? scan ?? null, reason } });
  if (options.json === true) printJson(io, hold);
  else io.out(`${hold.id}: nothing of this ${kind} is removed until the hold is lifted`);
  return EXIT.done;
}

async function lift({ config, io }: Context, id: string, options: PlainOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const hint = '"genehound retention holds" shows the ids of holds.';
  const hold = await withHint(client.call('liftHold', { params: { id } }), hint);
  if (options.json === true) printJson(io, hold);
  else io.out('Lifted');
  return EXIT.done;
}

/** genehound retention show|set|holds|hold|lift */
export function addRetentionCommand(program: Command, run: Run): void {
  const command = program.command('retention').description('how long what is kept, and legal holds');
  const add = (words: string, description: string): Command =>
    withServerOptions(command.command(words))
      .description(description)
      .option('--json', 'one JSON document on standard output');
  add('show', 'the policy, what it removes next, and what no policy removes').action((options: PlainOptions) =>
    run(async (context) => {
      const { client } = await connect(context.config, options);
      return tell(context, await client.call('getRetention', {}), options.json);
    }),
  );
  add('set', 'change the policy; a value is a number or "for-ever"')
    .option('--scan-days <days>', 'what was delivered of scans without a threat, but the newest of an endpoint')
    .option('--code-days <days>', 'code that is neither accused nor labelled')
    .option('--code-bytes <bytes>', 'code in all, before compression: beyond it the oldest goes')
    .option('--notification-days <days>', 'the log of what was told to whom')
    .action((options: PolicyOptions) => run((context) => set(context, options)));
  add('holds', 'legal holds, the newest first').action((options: PlainOptions) =>
    run((context) => listHolds(context, options)),
  );
  add('hold', 'keep everything, or everything of an endpoint or scan, whatever the policy says')
    .option('--endpoint <id>', 'of this endpoint alone')
    .option('--scan <id>', 'of this scan alone')
    .requiredOption('--reason <text>', 'why, for the record')
    .action((options: PlainOptions & { reason: string }) => run((context) => addHold(context, options)));
  add('lift <id>', 'end a legal hold').action((id: string, options: PlainOptions) =>
    run((context) => lift(context, id, options)),
  );
}
