import type { Answer } from '@genehound/contract';
import type { Command } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type PlainOptions = ServerOptions & { readonly json?: boolean };
type Hunt = Answer<'getRetroHunt'>;

function rowOf(one: Hunt): string[] {
  return [
    one.id,
    one.startedAt,
    one.reason,
    one.state === 'done' ? 'done' : `${Math.floor(one.progress * 100)} %`,
    `${one.genes}`,
    `${one.changedArtifacts}`,
    `${one.changedScans}`,
    safeText(one.families.join(', '), 80),
  ];
}

async function list({ config, io }: Context, options: PlainOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const hunts = await client.call('listRetroHunts', { query: { limit: 100 } });
  if (options.json === true) printJson(io, hunts);
  else {
    const heading = ['ID', 'STARTED', 'REASON', 'STATE', 'GENES', 'ARTIFACTS', 'SCANS', 'FAMILIES'];
    io.out(formatTable([heading, ...hunts.items.map(rowOf)]));
  }
  return EXIT.done;
}

async function show({ config, io }: Context, id: string, options: PlainOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const hint = '"genehound retro list" shows the ids of retro-hunts.';
  const changes = await withHint(client.call('listRetroHuntChanges', { params: { id } }), hint);
  if (options.json === true) printJson(io, changes);
  else {
    const scans = changes.scans.map((one) => [
      safeText(one.endpoint?.name ?? '', 60),
      one.createdAt,
      `${one.before} -> ${one.after}`,
      safeText(one.familiesAfter.join(', '), 80),
      one.scanId,
    ]);
    const artifacts = changes.artifacts.map((one) => [one.sha256, one.layout, `${one.before} -> ${one.after}`]);
    io.out(
      [
        `${scans.length} past scans are judged otherwise now`,
        formatTable(scans, '  '),
        `${artifacts.length} artifacts are judged otherwise now`,
        formatTable(artifacts, '  '),
      ].join('\n'),
    );
  }
  return EXIT.done;
}

/** genehound retro list|show */
export function addRetroCommand(program: Command, run: Run): void {
  const command = program
    .command('retro')
    .description('retro-hunts: the past judged again after knowledge or rules changed');
  withServerOptions(command.command('list'))
    .description('newest first, with how far each is and how much it changed')
    .option('--json', 'one JSON document on standard output')
    .action((options: PlainOptions) => run((context) => list(context, options)));
  withServerOptions(command.command('show <id>'))
    .description('the endpoints, past scans and artifacts that are judged otherwise now')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: PlainOptions) => run((context) => show(context, id, options)));
}
