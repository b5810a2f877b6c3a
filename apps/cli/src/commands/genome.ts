import {
  type Answer,
  type Client,
  FAMILY_TYPES,
  type FamilyType,
  SCOPES,
  type Scope,
  TLPS,
  type Tlp,
} from '@genehound/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure, withHint } from '../failure.ts';
import { importHashes } from '../genome/import-hashes.ts';
import { importReports } from '../genome/import-reports.ts';
import { importSamples } from '../genome/import-samples.ts';
import { readSampleLabels } from '../genome/sample-labels.ts';
import { waitForGenome } from '../genome/wait-for-genome.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

interface ImportOptions extends ServerOptions {
  readonly source: string;
  readonly licence: string;
  readonly tlp: Tlp;
  readonly attribution?: string;
  readonly date?: string;
  readonly scope: Scope;
  readonly samples?: string;
  readonly labels?: string;
  readonly hashes?: string;
  readonly from?: number;
  readonly smda?: readonly string[];
  readonly mcrit?: readonly string[];
  readonly family?: string;
  readonly type?: FamilyType;
  readonly wait: boolean;
  readonly json?: boolean;
}

/** What an import came to: counts by name, and one sentence for each trouble. */
interface Summary {
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

function countRow(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('Use a number of rows.');
  return Number(text);
}

function instant(text: string): string {
  if (Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('Use a date such as 2026-11-24.');
  return new Date(text).toISOString();
}

async function sourceId(client: Client, kind: 'import' | 'hashes', options: ImportOptions): Promise<string> {
  const { source: name, licence, tlp, attribution, date, scope } = options;
  const body = {
    kind,
    name,
    licence,
    tlp,
    scope,
    ...(attribution === undefined ? {} : { attribution }),
    ...(date === undefined ? {} : { date }),
  };
  return (await client.call('addSource', { body })).id;
}

async function runSamples({ io }: Context, client: Client, options: ImportOptions): Promise<Summary> {
  const { samples = '', labels = '', scope, type } = options;
  const table = await readSampleLabels(labels, type);
  const target = { scope, sourceId: await sourceId(client, 'import', options) };
  const { problems, ...counts } = await importSamples(client, samples, table, target, (now, path) =>
    io.progress(`${now.files} files (${now.added} added, ${now.known} known): ${path}`),
  );
  return { counts: { ...counts, rowsWithProblems: table.problems.length }, problems };
}

async function runReports({ io }: Context, client: Client, options: ImportOptions): Promise<Summary> {
  const { scope, family, type, smda = [], mcrit = [] } = options;
  const target = { scope, sourceId: await sourceId(client, 'import', options) };
  const paths = [...smda, ...mcrit];
  const { problems, ...counts } = await importReports(client, paths, { family, type }, target, (now, path) =>
    io.progress(`${now.samples} samples (${now.added} added, ${now.known} known): ${path}`),
  );
  return { counts, problems };
}

async function runHashes({ io }: Context, client: Client, options: ImportOptions): Promise<Summary> {
  const id = await sourceId(client, 'hashes', options);
  const { hashes = '', from = 0 } = options;
  const { problems, ...counts } = await importHashes(client, hashes, id, from, (now) =>
    io.progress(`${now.rows} rows (${now.added} files added, ${now.known} known, ${now.bad} bad rows)`),
  );
  return { counts, problems };
}

function chosenImport(
  options: ImportOptions,
): (context: Context, client: Client, options: ImportOptions) => Promise<Summary> {
  const reports = options.smda !== undefined || options.mcrit !== undefined;
  const chosen = [options.samples !== undefined, reports, options.hashes !== undefined].filter(Boolean).length;
  if (chosen !== 1) {
    throw new Failure(
      EXIT.usage,
      'What is to be imported? Name one of --samples with --labels, --hashes, --smda, --mcrit.',
    );
  }
  if ((options.samples === undefined) !== (options.labels === undefined))
    throw new Failure(EXIT.usage, '--samples and --labels belong together.');
  if (options.samples !== undefined) return runSamples;
  return reports ? runReports : runHashes;
}

async function importAll(context: Context, options: ImportOptions): Promise<ExitCode> {
  const { config, io } = context;
  const work = chosenImport(options);
  const { client } = await connect(config, options);
  const summary = await work(context, client, options);
  if (options.wait) {
    await waitForGenome(client, (status) => io.progress(`extracting genes: ${status.pendingSamples} samples to go`));
  }
  io.progressDone();
  for (const problem of summary.problems) io.tell(safeText(problem, 2_000));
  if (options.json === true) printJson(io, { ...summary.counts, problems: summary.problems });
  else {
    const counts = Object.entries(summary.counts).map(
      ([name, count]) => `${count} ${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`,
    );
    io.out(`${counts.join(', ')}; ${summary.problems.length} problems`);
  }
  return summary.problems.length > 0 ? EXIT.incomplete : EXIT.done;
}

function addImport(command: Command, run: Run): void {
  withServerOptions(command.command('import'))
    .description('bring in knowledge under a source: labelled samples, hash lists, disassembly reports')
    .requiredOption('--source <name>', 'what the source is called; all of it can be revoked under this name')
    .requiredOption('--licence <licence>', 'SPDX expression or sentence: what may be done with it')
    .addOption(
      new Option('--tlp <label>', 'Traffic Light Protocol: with whom it may be shared')
        .choices(TLPS)
        .makeOptionMandatory(),
    )
    .option('--attribution <text>', 'who is to be named')
    .option('--date <date>', 'when it was put together', instant)
    .addOption(
      new Option('--scope <scope>', 'for this organisation, or for all').choices(SCOPES).default('organisation'),
    )
    .option('--samples <folder>', 'samples, with --labels')
    .option('--labels <csv>', 'columns sha256 or file, family, type')
    .option('--hashes <file>', 'CSV (sha256, product, version, manufacturer, tool) or NSRL RDSv3 (SQLite)')
    .option('--from <row>', 'rows of the hash list to leave out, to take an import up again', countRow)
    .option('--smda <files...>', 'reports of SMDA that keep bytes of instructions')
    .option('--mcrit <files...>', 'exports of MCRIT')
    .option('--family <name>', 'whose code the reports are of, where they do not say it')
    .addOption(new Option('--type <type>', 'what the families are, where nothing says it').choices(FAMILY_TYPES))
    .option('--no-wait', 'do not wait until the genes are extracted')
    .option('--json', 'one JSON document on standard output')
    .action((options: ImportOptions) => run((context) => importAll(context, options)));
}

type Source = Answer<'listSources'>['items'][number];

function formatSources(sources: readonly Source[]): string {
  if (sources.length === 0)
    return 'There are no sources yet; "genehound genome import" and "genehound pack import" make them.';
  const rows = sources.map(({ id, kind, name, scope, tlp, licence, genes, labels, files, revoked }) => [
    id,
    kind,
    safeText(name, 60),
    scope,
    tlp.toUpperCase(),
    safeText(licence, 40),
    kind === 'hashes' ? `${files} files` : kind === 'pack' ? `${genes} genes` : `${labels} labels`,
    revoked === null ? 'speaks' : 'revoked',
  ]);
  return formatTable([['ID', 'KIND', 'NAME', 'SCOPE', 'TLP', 'LICENCE', 'HOLDS', 'STATE'], ...rows]);
}

function addSources(command: Command, run: Run): void {
  withServerOptions(command.command('sources'))
    .description('where knowledge came from, under which licence and TLP')
    .option('--json', 'one JSON document on standard output')
    .action((options: ServerOptions & { readonly json?: boolean }) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const { items } = await client.call('listSources', {});
        if (options.json === true) printJson(io, { items });
        else io.out(formatSources(items));
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('revoke-source <id>'))
    .description('take back all that came from a source; what it concerned is judged again')
    .option('--reason <text>', 'why, for the record')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: ServerOptions & { readonly reason?: string; readonly json?: boolean }) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const body = options.reason === undefined ? {} : { reason: options.reason };
        const source = await withHint(
          client.call('revokeSource', { params: { id }, body }),
          '"genehound genome sources" shows the ids of sources.',
        );
        if (options.json === true) printJson(io, source);
        else io.out(`${safeText(source.name, 300)} is revoked.`);
        return EXIT.done;
      }),
    );
}

/** genehound genome import|sources|revoke-source */
export function addGenomeCommand(program: Command, run: Run): void {
  const command = program.command('genome').description('what is known, and where it came from');
  for (const add of [addImport, addSources]) add(command, run);
}
