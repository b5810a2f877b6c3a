import type { Answer } from '@genehound/contract';
import type { Command } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type PlainOptions = ServerOptions & { readonly json?: boolean };
type FailedJob = Answer<'listFailedJobs'>['items'][number];

function rowOf({ id, failedAt, queue, tries, decision, about, reason }: FailedJob): string[] {
  const words = Object.entries(about).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [
    id,
    failedAt,
    safeText(queue, 40),
    `${tries}`,
    decision ?? 'open',
    safeText(words.join(', '), 100),
    safeText(reason, 200),
  ];
}

async function list(
  { config, io }: Context,
  { all, json, ...options }: PlainOptions & { readonly all?: boolean },
): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const items: FailedJob[] = [];
  let open = 0;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = { limit: 500, state: all === true ? ('all' as const) : ('open' as const) };
    const page: Answer<'listFailedJobs'> = await client.call('listFailedJobs', {
      query: cursor === undefined ? query : { ...query, cursor },
    });
    items.push(...page.items);
    ({ open, nextCursor: cursor } = page);
  }
  if (json === true) printJson(io, { items, open });
  else if (items.length === 0) io.out('No job waits for a decision');
  else io.out(formatTable([['ID', 'FAILED', 'WORK', 'TRIES', 'STATE', 'ABOUT', 'REASON'], ...items.map(rowOf)]));
  return EXIT.done;
}

async function decide(
  { config, io }: Context,
  route: 'retryFailedJob' | 'dismissFailedJob',
  id: string,
  { json, ...options }: PlainOptions,
): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const hint = '"genehound jobs list" shows the ids of jobs that failed for good.';
  const decided = await withHint(client.call(route, { params: { id } }), hint);
  if (json === true) printJson(io, decided);
  else io.out(route === 'retryFailedJob' ? 'It is tried again' : 'Dismissed; the record stays');
  return EXIT.done;
}

/** genehound jobs list|retry|dismiss */
export function addJobsCommand(program: Command, run: Run): void {
  const command = program.command('jobs').description('background work whose last try failed, with its reason');
  withServerOptions(command.command('list'))
    .description('the newest first, those that nobody decided about')
    .option('--all', 'those that were retried or dismissed, too')
    .option('--json', 'one JSON document on standard output')
    .action((options: PlainOptions & { all?: boolean }) => run((context) => list(context, options)));
  withServerOptions(command.command('retry <id>'))
    .description('order the work once more, with all its tries')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: PlainOptions) => run((context) => decide(context, 'retryFailedJob', id, options)));
  withServerOptions(command.command('dismiss <id>'))
    .description('leave it undone; the record says who decided so')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: PlainOptions) => run((context) => decide(context, 'dismissFailedJob', id, options)));
}
