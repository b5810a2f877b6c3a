import type { Answer } from '@genehound/contract';
import type { Command } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';
import { formatDecision } from './decision.ts';

type Preview = Answer<'previewAcquittal'>;

interface BaselineOptions extends ServerOptions {
  readonly acquit?: boolean;
  readonly software?: string[];
  readonly reason?: string;
  readonly json?: boolean;
}

function resemblance(module: Preview['groups'][number]['modules'][number]): string {
  const [first] = module.resembles;
  return first === undefined ? '' : `${(first.share * 100).toFixed(0)} % as in ${safeText(first.family, 60)}`;
}

function formatPreview({ endpoint, refusal, groups, leftOut }: Preview): string {
  const modules = groups.reduce((sum, group) => sum + group.modules.length, 0);
  const rows = groups.flatMap((group) =>
    group.modules.map((module, index) => [
      index === 0 ? safeText(group.software, 40) : '',
      safeText(module.path ?? module.sha256, 80),
      `${module.genes} genes`,
      resemblance(module),
    ]),
  );
  const out = leftOut.map((one) => [
    safeText(one.path ?? one.sha256, 80),
    one.why.replaceAll('_', ' '),
    safeText(one.details, 160),
  ]);
  return [
    `${safeText(endpoint.name, 80)}: ${modules} unknown modules of ${groups.length} pieces of software`,
    ...(rows.length === 0 ? [] : [formatTable(rows, '  ')]),
    ...(out.length === 0 ? [] : ['Left out:', formatTable(out, '  ')]),
    ...(refusal === null ? [] : [`This scan is no baseline. ${safeText(refusal, 300)}`]),
  ].join('\n');
}

async function baseline({ config, io }: Context, scan: string, options: BaselineOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const hint = '"genehound scan list" shows the ids of scans.';
  const params = { id: scan };
  if (options.acquit !== true) {
    const preview = await withHint(client.call('previewAcquittal', { params }), hint);
    if (options.json === true) printJson(io, preview);
    else {
      io.out(formatPreview(preview));
      if (preview.refusal === null && preview.groups.length > 0) io.tell('Add --acquit to trust them.');
    }
    return EXIT.done;
  }
  const body = {
    ...(options.software === undefined ? {} : { software: options.software }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  };
  const decided = await withHint(client.call('acquitEndpoint', { params, body }), hint);
  if (options.json === true) printJson(io, decided);
  else {
    io.out(formatDecision(decided.decision));
    io.tell(`"genehound decision undo ${decided.decision.id}" takes it back.`);
  }
  return EXIT.done;
}

/** genehound baseline SCAN */
export function addBaselineCommand(program: Command, run: Run): void {
  withServerOptions(program.command('baseline <scan>'))
    .description('the unknown software of a clean endpoint, by product; with --acquit it becomes trusted')
    .option('--acquit', 'trust it from now on, for this organisation')
    .option('--software <name...>', 'only this software of the list')
    .option('--reason <text>', 'why, for the record')
    .option('--json', 'one JSON document on standard output')
    .action((scan: string, options: BaselineOptions) => run((context) => baseline(context, scan, options)));
}
