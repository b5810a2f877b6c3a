import { open, rm } from 'node:fs/promises';
import { type Answer, type CaseState, cases, LAYOUTS, type Layout } from '@genehound/contract';
import { type Command, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure, withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type PlainOptions = ServerOptions & { readonly json?: boolean };
type Case = Answer<'listCases'>['items'][number];

function rowOf(one: Case): string[] {
  return [
    one.id,
    one.state,
    safeText(one.assignee ?? '-', 40),
    safeText(one.endpoint.name, 60),
    one.artifact === null ? '(endpoint)' : `${one.artifact.layout} ${one.artifact.sha256.slice(0, 16)}`,
    `${one.comments}`,
    one.updatedAt,
  ];
}

const HEAD = ['CASE', 'STATE', 'ASSIGNEE', 'ENDPOINT', 'ABOUT', 'COMMENTS', 'CHANGED'];

function formatCase(one: Answer<'getCase'>): string {
  const events = one.events.map(({ at, by, kind, value }) => {
    const what = kind === 'comment' ? 'says' : kind === 'state' ? 'state:' : 'assignee:';
    return `  ${at}  ${safeText(by, 60)} ${what} ${safeText(value ?? 'nobody', 2_000)}`;
  });
  return [formatTable([HEAD, rowOf(one)]), ...events].join('\n');
}

interface ListOptions extends PlainOptions {
  readonly state?: CaseState;
  readonly assignee?: string;
  readonly endpoint?: string;
}

async function list({ config, io }: Context, options: ListOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const { state, assignee, endpoint } = options;
  const query = {
    ...(state === undefined ? {} : { state }),
    ...(assignee === undefined ? {} : { assignee }),
    ...(endpoint === undefined ? {} : { endpointId: endpoint }),
  };
  const found = await client.call('listCases', { query });
  if (options.json === true) printJson(io, found);
  else io.out(found.items.length === 0 ? 'No cases.' : formatTable([HEAD, ...found.items.map(rowOf)]));
  if (found.nextCursor !== null) io.tell('There are more; give --state, --assignee or --endpoint.');
  return EXIT.done;
}

interface SetOptions extends PlainOptions {
  readonly artifact?: string;
  readonly layout: Layout;
  readonly state?: CaseState;
  readonly assign?: string;
  readonly nobody?: boolean;
  readonly comment?: string;
}

async function change({ config, io }: Context, endpointId: string, options: SetOptions): Promise<ExitCode> {
  const { artifact, layout, state, comment } = options;
  const assignee = options.nobody === true ? null : options.assign;
  if (state === undefined && assignee === undefined && comment === undefined)
    throw new Failure(EXIT.usage, 'Give --state, --assign, --nobody or --comment.');
  const { client } = await connect(config, options);
  const body = {
    endpointId,
    ...(artifact === undefined ? {} : { artifact: { sha256: artifact.toLowerCase(), layout } }),
    ...(state === undefined ? {} : { state }),
    ...(assignee === undefined ? {} : { assignee }),
    ...(comment === undefined ? {} : { comment }),
  };
  const changed = await withHint(
    client.call('changeCase', { body }),
    '"genehound scan list --json" shows the ids of endpoints.',
  );
  if (options.json === true) printJson(io, changed);
  else io.out(formatCase(changed));
  return EXIT.done;
}

interface ExportOptions extends PlainOptions {
  readonly output: string;
  readonly code: boolean;
}

async function exportCase({ config, io }: Context, id: string, options: ExportOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const bytes = await withHint(
    client.call('exportCase', { params: { id }, body: { code: options.code } }),
    '"genehound scan list" shows the ids of scans.',
  );
  const file = await open(options.output, 'wx', 0o600);
  let size = 0;
  try {
    for await (const chunk of bytes) {
      await file.write(chunk);
      size += chunk.length;
    }
    await file.sync();
  } catch (error) {
    // A part of a case looks like a whole one.
    await rm(options.output, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  if (options.json === true) printJson(io, { file: options.output, size });
  else io.out(`${options.output}: ${size} bytes. Its code is under the password "infected".`);
  return EXIT.done;
}

/** genehound case list|show|set|export */
export function addCaseCommand(program: Command, run: Run): void {
  const command = program.command('case').description('the work on endpoints and findings, and what is handed on');
  const state = () => new Option('--state <state>', 'how it stands').choices(cases.CASE_STATES);
  withServerOptions(command.command('list'))
    .description('last changed first')
    .addOption(state())
    .option('--assignee <name>', 'whose')
    .option('--endpoint <id>', 'of this endpoint')
    .option('--json', 'one JSON document on standard output')
    .action((options: ListOptions) => run((context) => list(context, options)));
  withServerOptions(command.command('show <case>'))
    .description('its state and everything that was done')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const found = await withHint(
          client.call('getCase', { params: { id } }),
          '"genehound case list" shows the ids of cases.',
        );
        if (options.json === true) printJson(io, found);
        else io.out(formatCase(found));
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('export <scan>'))
    .description('a ZIP that another team opens without this server: report, advice, the accused code')
    .requiredOption('--output <file>', 'a new file')
    .option('--no-code', 'leave the code out')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: ExportOptions) => run((context) => exportCase(context, id, options)));
  withServerOptions(command.command('set <endpoint>'))
    .description('change the state, the assignee, or say something; the case is made where it is missing')
    .option('--artifact <sha256>', 'about this artifact of the endpoint, not the endpoint as a whole')
    .addOption(new Option('--layout <layout>', 'of that artifact').choices(LAYOUTS).default('file'))
    .addOption(state())
    .option('--assign <name>', 'who works on it')
    .option('--nobody', 'nobody works on it any more')
    .option('--comment <text>', 'what there is to say')
    .option('--json', 'one JSON document on standard output')
    .action((endpoint: string, options: SetOptions) => run((context) => change(context, endpoint, options)));
}
