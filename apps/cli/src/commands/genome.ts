import type { Answer, Client } from '@genehound/contract';
import { type Command, InvalidArgumentError } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { nativeArchitecture } from '../debian/named-packages.ts';
import { DEBIAN_KEYRING, machineMirror, type Release } from '../debian/release.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure, withHint } from '../failure.ts';
import { buildFromImages, hashOfImage } from '../genome/build-image.ts';
import { buildFromRelease, packageWords } from '../genome/build-release.ts';
import { importHashes } from '../genome/import-hashes.ts';
import { importReports } from '../genome/import-reports.ts';
import { importSamples } from '../genome/import-samples.ts';
import { readSampleLabels } from '../genome/sample-labels.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';
import { type SourceOptions, type Summary, sourceId, tellSummary, withSourceOptions } from './knowledge-source.ts';

interface ImportOptions extends SourceOptions {
  readonly samples?: string;
  readonly labels?: string;
  readonly hashes?: string;
  readonly from?: number;
  readonly smda?: readonly string[];
  readonly mcrit?: readonly string[];
  readonly scan?: string;
  readonly family?: string;
}

function countRow(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('Use a number of rows.');
  return Number(text);
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

/** A golden machine. It becomes a decision, which is undone as one; the source stands in its reason. */
async function runScan(_: Context, client: Client, options: ImportOptions): Promise<Summary> {
  const { scan: id = '', source, licence, tlp, attribution, scope } = options;
  if (scope === 'global') throw new Failure(EXIT.usage, 'What a scan shows can be trusted for an organisation only.');
  const by = attribution === undefined ? '' : `; ${attribution}`;
  const reason = `Golden machine: ${source}; ${licence}; TLP:${tlp.toUpperCase()}${by}`.slice(0, 1_000);
  const decided = await withHint(
    client.call('acquitEndpoint', { params: { id }, body: { reason } }),
    '"genehound scan list" shows the ids of scans, "genehound baseline SCAN" what this one would make trusted.',
  );
  const problems = decided.leftOut.map(
    ({ sha256, why, details }) => `${sha256}: ${why.replaceAll('_', ' ')}: ${details}`,
  );
  return { counts: { trusted: decided.decision.labels, leftOut: decided.leftOut.length }, problems };
}

function chosenImport(
  options: ImportOptions,
): (context: Context, client: Client, options: ImportOptions) => Promise<Summary> {
  const reports = options.smda !== undefined || options.mcrit !== undefined;
  const { samples, hashes, scan } = options;
  const chosen = [samples !== undefined, reports, hashes !== undefined, scan !== undefined].filter(Boolean).length;
  if (chosen !== 1) {
    throw new Failure(
      EXIT.usage,
      'What is to be imported? Name one of --samples with --labels, --hashes, --smda, --mcrit, --scan.',
    );
  }
  if ((options.samples === undefined) !== (options.labels === undefined))
    throw new Failure(EXIT.usage, '--samples and --labels belong together.');
  if (options.samples !== undefined) return runSamples;
  if (scan !== undefined) return runScan;
  return reports ? runReports : runHashes;
}

async function importAll(context: Context, options: ImportOptions): Promise<ExitCode> {
  const work = chosenImport(options);
  const { client } = await connect(context.config, options);
  return await tellSummary(context, client, options, await work(context, client, options));
}

interface BuildOptions extends SourceOptions {
  readonly image?: readonly string[];
  readonly sha256?: string;
  readonly debianRelease?: string;
  readonly packages?: readonly string[];
  readonly mirror?: string;
  readonly components: readonly string[];
  readonly architecture?: string;
  readonly keyring: string;
}

async function buildRelease(context: Context, suite: string, options: BuildOptions): Promise<ExitCode> {
  const { config, io } = context;
  const { components, keyring, scope, packages = [] } = options;
  if (options.sha256 !== undefined) throw new Failure(EXIT.usage, '--sha256 belongs to --image.');
  if (options.type !== undefined)
    throw new Failure(EXIT.usage, 'What the packages of a release are follows from themselves: leave --type out.');
  const release: Release = {
    suite,
    mirror: options.mirror ?? (await machineMirror(config.childEnvironment)),
    components,
    architecture: options.architecture ?? (await nativeArchitecture()),
    keyring,
  };
  const words = await packageWords(packages);
  if (packages.length > 0 && words.length === 0) throw new Failure(EXIT.usage, '--packages names none.');
  const { client } = await connect(config, options);
  const target = { scope, sourceId: await sourceId(client, 'import', options) };
  const { problems, ...counts } = await buildFromRelease(client, config, release, words, target, (text) =>
    io.progress(text),
  );
  return await tellSummary(context, client, options, { counts, problems });
}

async function buildAll(context: Context, options: BuildOptions): Promise<ExitCode> {
  const { image = [], debianRelease } = options;
  if (image.length > 0 === (debianRelease !== undefined))
    throw new Failure(EXIT.usage, 'What is to be built from? Name one of --image, --debian-release.');
  if (debianRelease !== undefined) return await buildRelease(context, debianRelease, options);
  if (options.packages !== undefined || options.mirror !== undefined || options.architecture !== undefined)
    throw new Failure(EXIT.usage, '--packages, --mirror and --architecture belong to --debian-release.');
  return await buildImages(context, image, options);
}

async function buildImages(context: Context, paths: readonly string[], options: BuildOptions): Promise<ExitCode> {
  const { config, io } = context;
  const { sha256, type = 'application', source: otherwise, scope } = options;
  if (sha256 !== undefined) {
    const [only = ''] = paths;
    if (paths.length !== 1) throw new Failure(EXIT.usage, '--sha256 is that of one image.');
    const found = await hashOfImage(only);
    if (found !== sha256) throw new Failure(EXIT.failed, `${only} has the SHA-256 ${found}: it is another image.`);
  }
  const { client } = await connect(config, options);
  const target = { scope, sourceId: await sourceId(client, 'import', options) };
  const { problems, ...counts } = await buildFromImages(client, paths, { type, otherwise }, target, (now, path) =>
    io.progress(`${now.files} files (${now.added} added, ${now.known} known): ${path}`),
  );
  return await tellSummary(context, client, options, { counts, problems });
}

function hexHash(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('Use 64 hexadecimal digits.');
  return text.toLowerCase();
}

function addBuild(command: Command, run: Run): void {
  withSourceOptions(command.command('build'))
    .description('programs become known: of images of Windows by the product that each names, of a release by package')
    .option('--image <files...>', 'ISO, WIM, VHD, VHDX, CAB, MSU, or an archive of them')
    .option('--sha256 <hash>', 'of the image, as its maker publishes it; another one is refused', hexHash)
    .option('--debian-release <suite>', 'packages of a release of Debian, such as trixie, from a mirror')
    .option('--packages <names...>', 'only these; * stands for any part of a name, @FILE for the names in it')
    .option('--mirror <uri>', 'in place of the one from which this machine has its packages')
    .option('--components <names...>', 'of the release', ['main'])
    .option('--architecture <name>', "in place of this machine's, such as arm64")
    .option('--keyring <path>', 'whose signature the release must have', DEBIAN_KEYRING)
    .action((options: BuildOptions) => run((context) => buildAll(context, options)));
}

function addImport(command: Command, run: Run): void {
  withSourceOptions(command.command('import'))
    .description('bring in knowledge under a source: labelled samples, hash lists, disassembly reports, a clean scan')
    .option('--samples <folder>', 'samples, with --labels')
    .option('--labels <csv>', 'columns sha256 or file, family, type')
    .option('--hashes <file>', 'CSV (sha256, product, version, manufacturer, tool) or NSRL RDSv3 (SQLite)')
    .option('--from <row>', 'rows of the hash list to leave out, to take an import up again', countRow)
    .option('--smda <files...>', 'reports of SMDA that keep bytes of instructions')
    .option('--mcrit <files...>', 'exports of MCRIT')
    .option(
      '--scan <id>',
      'a scan of a clean machine: its unknown software becomes trusted, as "genehound baseline" shows it',
    )
    .option('--family <name>', 'whose code the reports are of, where they do not say it')
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

/** genehound genome import|build|sources|revoke-source */
export function addGenomeCommand(program: Command, run: Run): void {
  const command = program.command('genome').description('what is known, and where it came from');
  for (const add of [addImport, addBuild, addSources]) add(command, run);
}
