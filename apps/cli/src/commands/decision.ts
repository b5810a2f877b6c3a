import {
  type Answer,
  type DecisionKind,
  FAMILY_TYPES,
  type FamilyType,
  LAYOUTS,
  type Layout,
} from '@genehound/contract';
import { type Command, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure, withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type Decision = Answer<'getDecision'>;
type Preview = Answer<'previewDecision'>;
type PlainOptions = ServerOptions & { readonly json?: boolean };

interface DecideOptions extends PlainOptions {
  readonly family: string;
  readonly type?: FamilyType;
  readonly layout: Layout;
  readonly hashOnly?: boolean;
  readonly reason?: string;
  readonly scan?: string;
  readonly preview?: boolean;
}

function formatPreview({ taken, leftOut }: Preview): readonly string[] {
  const rows = (heading: string, lines: readonly string[][]): readonly string[] =>
    lines.length === 0 ? [] : [heading, formatTable(lines, '  ')];
  return [
    ...rows(
      'Taken:',
      taken.map((one) => [one.sha256, one.layout, `now ${one.verdict ?? 'not judged'}`, safeText(one.family, 60)]),
    ),
    ...rows(
      'Left out:',
      leftOut.map((one) => [one.sha256, one.layout, one.why.replaceAll('_', ' '), safeText(one.details, 200)]),
    ),
  ];
}

export function formatDecision(one: Decision): string {
  const state = one.revoked === 0 ? '' : one.revoked === one.labels ? ', undone' : `, ${one.revoked} revoked`;
  const basis = one.basis === 'hash' ? 'this exact code alone' : 'by genes';
  return `${one.kind} ${one.id}: ${one.labels} artifacts ${basis} as ${safeText(one.families.join(', '), 200)}${state}`;
}

async function decide(context: Context, kind: DecisionKind, hashes: readonly string[], options: DecideOptions) {
  for (const hash of hashes) {
    if (!/^[0-9a-f]{64}$/i.test(hash)) throw new Failure(EXIT.usage, `"${hash}" is not a SHA-256.`);
  }
  const { client } = await connect(context.config, options);
  const body = {
    kind,
    artifacts: hashes.map((hash) => ({ sha256: hash.toLowerCase(), layout: options.layout })),
    family: options.family,
    basis: options.hashOnly === true ? ('hash' as const) : ('genes' as const),
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.scan === undefined ? {} : { scanId: options.scan }),
  };
  if (options.preview === true) {
    const preview = await client.call('previewDecision', { body });
    if (options.json === true) printJson(context.io, preview);
    else context.io.out(formatPreview(preview).join('\n'));
    return EXIT.done;
  }
  const decided = await client.call('decide', { body });
  if (options.json === true) printJson(context.io, decided);
  else context.io.out([formatDecision(decided.decision), ...formatPreview(decided)].join('\n'));
  return EXIT.done;
}

function addDecide(program: Command, run: Run, kind: DecisionKind, what: string): void {
  withServerOptions(program.command(`${kind} <sha256...>`))
    .description(what)
    .requiredOption('--family <name>', 'whose code it is from now on')
    .addOption(new Option('--type <type>', 'what kind of software that is').choices(FAMILY_TYPES))
    .addOption(new Option('--layout <layout>', 'how the bytes lie').choices(LAYOUTS).default('file'))
    .option('--hash-only', 'this exact code alone, whatever it is; needs a reason')
    .option('--reason <text>', 'why, for the record')
    .option('--scan <id>', 'the scan that it was decided from')
    .option('--preview', 'only show what would be taken and what left out')
    .option('--json', 'one JSON document on standard output')
    .action((hashes: string[], options: DecideOptions) => run((context) => decide(context, kind, hashes, options)));
}

async function list({ config, io }: Context, options: PlainOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const decisions = await client.call('listDecisions', { query: { limit: 200 } });
  const conflicts = await client.call('listConflicts', {});
  if (options.json === true) printJson(io, { ...decisions, conflicts: conflicts.items });
  else if (decisions.items.length === 0) io.out('Nothing was acquitted or convicted yet.');
  else {
    const rows = decisions.items.map((one) => [
      one.createdAt,
      safeText(one.createdBy, 40),
      formatDecision(one),
      safeText(one.reason ?? '', 60),
    ]);
    io.out(formatTable([['WHEN', 'WHO', 'WHAT', 'WHY'], ...rows]));
    for (const one of conflicts.items.filter(({ resolvedAt }) => resolvedAt === null)) {
      io.tell(
        `In conflict: ${one.sha256} was acquitted as ${safeText(one.acquittedAs, 60)} and is known from ${safeText(one.families.join(', '), 200)} now`,
      );
    }
  }
  return EXIT.done;
}

async function undo({ config, io }: Context, id: string, options: PlainOptions & { readonly reason?: string }) {
  const { client } = await connect(config, options);
  const body = options.reason === undefined ? {} : { reason: options.reason };
  const hint = '"genehound decision list" shows the ids of decisions.';
  const decision = await withHint(client.call('undoDecision', { params: { id }, body }), hint);
  if (options.json === true) printJson(io, decision);
  else io.out(formatDecision(decision));
  return EXIT.done;
}

/** genehound acquit|convict SHA256…, genehound decision list|undo */
export function addDecisionCommands(program: Command, run: Run): void {
  addDecide(program, run, 'acquit', 'trust unknown code from now on, for this organisation');
  addDecide(
    program,
    run,
    'convict',
    'call code malicious from now on, for this organisation; the past is judged again',
  );
  const command = program.command('decision').description('what was acquitted and convicted');
  withServerOptions(command.command('list'))
    .description('newest first, and acquittals that later knowledge contradicts')
    .option('--json', 'one JSON document on standard output')
    .action((options: PlainOptions) => run((context) => list(context, options)));
  withServerOptions(command.command('undo <id>'))
    .description('make everything as if it had not been decided; the record stays')
    .option('--reason <text>', 'why, for the record')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: PlainOptions) => run((context) => undo(context, id, options)));
}
