import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Client, type codeSearches, LAYOUTS, type Layout } from '@genehound/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type Question = z.input<typeof codeSearches.newCodeSearch>;
type Search = Answer<'getCodeSearch'>;
type PlainOptions = ServerOptions & { readonly json?: boolean };
type AskOptions = PlainOptions & { readonly wait: boolean; readonly limit: number };

const HINT = '"genehound search list" shows the ids of searches.';
const INTERVAL_MS = 500;
const PAGE = 500;

function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000)
    throw new InvalidArgumentError('Use a number from 1 to 10000.');
  return value;
}

function sentenceOf(question: Search['question']): string {
  if (question.by === 'gene') return `${question.genes.length} genes`;
  if (question.by === 'function') return `function ${question.function} of ${question.sha256} (${question.layout})`;
  if (question.by === 'family') return `family ${safeText(question.family, 80)}`;
  return `rule ${safeText(/\brule\s+(\w+)/.exec(question.text)?.[1] ?? '', 80)}`;
}

function stateOf({ state, searched, candidates, cut }: Search): string {
  if (state === 'done') return cut ? 'cut' : 'done';
  return state === 'running' ? `${searched} of ${candidates}` : state;
}

/** What was not looked at, in sentences. */
function gapsOf({ unread, cut, problem, searched, candidates }: Search): readonly string[] {
  return [
    ...(problem === null ? [] : [problem]),
    ...(unread === 0
      ? []
      : [`${unread} artifacts could not be looked at: their code is not stored, or the rule broke`]),
    ...(cut ? [`It ended after ${searched} of ${candidates} artifacts, since there are too many hits`] : []),
  ];
}

async function hitsOf(client: Client, id: string, limit: number): Promise<Answer<'listCodeHits'>> {
  const items: Answer<'listCodeHits'>['items'] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { limit: Math.min(PAGE, limit - items.length), ...(cursor === undefined ? {} : { cursor }) };
    const page = await withHint(client.call('listCodeHits', { params: { id }, query }), HINT);
    items.push(...page.items);
    if (page.nextCursor === null || items.length >= limit) return { items, nextCursor: page.nextCursor };
    cursor = page.nextCursor;
  }
}

async function print({ io }: Context, client: Client, search: Search, options: AskOptions): Promise<ExitCode> {
  const hits = await hitsOf(client, search.id, options.limit);
  if (options.json === true) printJson(io, { search, ...hits });
  else {
    const rows = hits.items.map((one) => [
      one.sha256,
      one.layout,
      one.whole === true ? 'whole' : `${one.matched}`,
      one.verdict ?? '',
      `${one.endpoints} endpoints`,
      safeText(one.path ?? '(memory)', 80),
    ]);
    io.out(`${search.hits} artifacts have ${sentenceOf(search.question)}; ${search.searched} were looked at`);
    if (rows.length > 0) io.out(formatTable(rows, '  '));
    if (hits.nextCursor !== null) io.tell('There are more; --limit shows up to 10000.');
  }
  for (const gap of gapsOf(search)) io.tell(safeText(gap, 400));
  if (search.state === 'failed') return EXIT.failed;
  return search.unread > 0 || search.cut ? EXIT.incomplete : EXIT.done;
}

async function ask(context: Context, question: Question, options: AskOptions): Promise<ExitCode> {
  const { client } = await connect(context.config, options);
  let search = await client.call('searchCode', { body: question });
  if (!options.wait) {
    if (options.json === true) printJson(context.io, search);
    else context.io.out(search.id);
    return EXIT.done;
  }
  for (let told = ''; search.state === 'queued' || search.state === 'running'; ) {
    await sleep(INTERVAL_MS);
    search = await client.call('getCodeSearch', { params: { id: search.id } });
    const now = stateOf(search);
    if (now !== told && search.state === 'running') context.io.tell(`${search.id}: ${now}, ${search.hits} found`);
    told = now;
  }
  return await print(context, client, search, options);
}

async function list({ config, io }: Context, options: PlainOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const searches = await client.call('listCodeSearches', { query: { limit: 100 } });
  if (options.json === true) printJson(io, searches);
  else {
    const rows = searches.items.map((one) => [
      one.id,
      one.createdAt,
      stateOf(one),
      `${one.hits}`,
      sentenceOf(one.question),
    ]);
    io.out(formatTable([['ID', 'ASKED', 'STATE', 'HITS', 'FOR'], ...rows]));
  }
  return EXIT.done;
}

function asking(command: Command): Command {
  return withServerOptions(command)
    .option('--no-wait', 'print the id and let the server go on')
    .option('--limit <n>', 'how many hits are shown', parseCount, 100)
    .option('--json', 'one JSON document on standard output');
}

/** genehound search gene|function|family|rule|list|show|remove */
export function addSearchCommand(program: Command, run: Run): void {
  const command = program.command('search').description('search all code that the server has stored');
  asking(command.command('gene <genes...>'))
    .description('artifacts with these genes, 16 hexadecimal digits each')
    .option('--least <n>', 'how many of them an artifact has at least', parseCount, 1)
    .action((genes: string[], options: AskOptions & { readonly least: number }) =>
      run((context) => ask(context, { by: 'gene', genes, least: options.least }, options)),
    );
  asking(command.command('function <sha256> <number>'))
    .description(
      'artifacts with a function of this artifact, whole or half of its genes; "genehound explain" numbers them',
    )
    .addOption(new Option('--layout <layout>', 'of the artifact').choices(LAYOUTS).default('file'))
    .action((sha256: string, number: string, options: AskOptions & { readonly layout: Layout }) =>
      run((context) =>
        ask(
          context,
          { by: 'function', sha256: sha256.toLowerCase(), layout: options.layout, function: Number(number) },
          options,
        ),
      ),
    );
  asking(command.command('family <name>'))
    .description('artifacts whose verdict names the family, among the 20 with most of its genes')
    .action((family: string, options: AskOptions) => run((context) => ask(context, { by: 'family', family }, options)));
  asking(command.command('rule <file>'))
    .description('artifacts that match a YARA rule; the server runs it over all code')
    .action((file: string, options: AskOptions) =>
      run(async (context) => ask(context, { by: 'rule', text: await readFile(file, 'utf8') }, options)),
    );
  withServerOptions(command.command('list'))
    .description('searches, newest first')
    .option('--json', 'one JSON document on standard output')
    .action((options: PlainOptions) => run((context) => list(context, options)));
  asking(command.command('show <id>'))
    .description('what a search has found so far')
    .action((id: string, options: AskOptions) =>
      run(async (context) => {
        const { client } = await connect(context.config, options);
        const search = await withHint(client.call('getCodeSearch', { params: { id } }), HINT);
        if (search.state === 'queued' || search.state === 'running') context.io.tell(`It goes on: ${stateOf(search)}`);
        return await print(context, client, search, options);
      }),
    );
  withServerOptions(command.command('remove <id>'))
    .description('ends a search, and forgets what it found')
    .action((id: string, options: ServerOptions) =>
      run(async ({ config }) => {
        const { client } = await connect(config, options);
        await withHint(client.call('removeCodeSearch', { params: { id } }), HINT);
        return EXIT.done;
      }),
    );
}
