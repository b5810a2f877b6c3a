import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Client,
  FAMILY_TYPES,
  type FamilyType,
  LAYOUTS,
  type Layout,
  SCOPES,
  type Scope,
} from '@genehound/contract';
import { type Command, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { createApt } from '../debian/apt.ts';
import { nativeArchitecture, packagesByName } from '../debian/named-packages.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { createFamilyChooser } from '../genome/choose-family.ts';
import { indexDebianPackages } from '../genome/index-debian.ts';
import { indexPaths, mayOwn, type PathsIndexed } from '../genome/index-paths.ts';
import type { Target } from '../genome/label-samples.ts';
import { openPackageRecord } from '../genome/package-record.ts';
import { waitForGenome } from '../genome/wait-for-genome.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';

interface IndexOptions extends ServerOptions {
  readonly family?: string;
  readonly type?: FamilyType;
  readonly scope: Scope;
  readonly layout: Layout;
  readonly reason?: string;
  readonly debian?: readonly string[];
  readonly wait: boolean;
  readonly json?: boolean;
}

interface Summary {
  readonly added: number;
  readonly known: number;
  /** Archives and packages among the files. */
  readonly archives: number;
  readonly skipped: number;
  readonly otherVersions: readonly { package: string; installed: string; taken: string }[];
  readonly problems: readonly string[];
}

function targetFrom(options: IndexOptions): Target | undefined {
  if (options.family === undefined && options.type === undefined) return undefined;
  if (options.family === undefined || options.type === undefined) {
    throw new Failure(EXIT.usage, '--family and --type belong together.', `Types: ${FAMILY_TYPES.join(', ')}.`);
  }
  return {
    family: options.family,
    type: options.type,
    scope: options.scope,
    layout: options.layout,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  };
}

async function indexPackages(
  { config, io }: Context,
  client: Client,
  names: readonly string[],
  target: Target | undefined,
): Promise<Summary> {
  const directory = await mkdtemp(join(tmpdir(), 'genehound-index-'));
  try {
    const apt = createApt(directory, config.childEnvironment);
    const wanted = await packagesByName(apt, names);
    const done = await indexDebianPackages(
      {
        client,
        apt,
        record: await openPackageRecord(join(directory, 'packages.json')),
        families: await createFamilyChooser(client),
        native: await nativeArchitecture(),
        ...(target === undefined ? {} : { target }),
        onProgress: (text) => io.progress(text),
      },
      wanted.packages,
    );
    const problems = [...wanted.problems, ...done.lacking];
    return {
      added: done.samplesAdded,
      known: done.samplesKnown,
      archives: 0,
      skipped: 0,
      otherVersions: done.otherVersions,
      problems,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function indexFiles(
  { io }: Context,
  client: Client,
  paths: readonly string[],
  target: Target | undefined,
  scope: Scope,
): Promise<Summary> {
  const families = await createFamilyChooser(client, scope);
  const onProgress = (now: PathsIndexed, path: string): void =>
    io.progress(`${now.files} files (${now.added} added, ${now.known} known): ${path}`);
  const { files, ...done } = await indexPaths({ client, target, scope, families, onProgress }, paths);
  return { ...done, otherVersions: [] };
}

async function indexAll(context: Context, paths: readonly string[], options: IndexOptions): Promise<ExitCode> {
  const { config, io } = context;
  const names = options.debian ?? [];
  const target = targetFrom(options);
  if (paths.length === 0 && names.length === 0) {
    throw new Failure(
      EXIT.usage,
      'Nothing to index was named.',
      'Name files, folders or archives with --family and --type, packages as files, or packages with --debian.',
    );
  }
  if (paths.length > 0 && target === undefined && !(await mayOwn(paths))) {
    throw new Failure(
      EXIT.usage,
      'Whose code is it? --family and --type are missing.',
      `Only packages say it of themselves. Types: ${FAMILY_TYPES.join(', ')}.`,
    );
  }
  const { client } = await connect(config, options);
  const parts: Summary[] = [];
  if (names.length > 0) parts.push(await indexPackages(context, client, names, target));
  if (paths.length > 0) parts.push(await indexFiles(context, client, paths, target, options.scope));
  if (options.wait) {
    await waitForGenome(client, (status) => io.progress(`extracting genes: ${status.pendingSamples} samples to go`));
  }
  io.progressDone();
  const sum = (pick: (part: Summary) => number): number => parts.reduce((total, part) => total + pick(part), 0);
  const summary: Summary = {
    added: sum((part) => part.added),
    known: sum((part) => part.known),
    archives: sum((part) => part.archives),
    skipped: sum((part) => part.skipped),
    otherVersions: parts.flatMap((part) => part.otherVersions),
    problems: parts.flatMap((part) => part.problems),
  };
  for (const problem of summary.problems) io.tell(safeText(problem, 2_000));
  if (options.json === true) printJson(io, summary);
  else {
    const skipped = summary.skipped > 0 ? `, ${summary.skipped} skipped (no executable images)` : '';
    io.out(
      `${summary.added} added, ${summary.known} known already${skipped}, ${summary.problems.length} with problems`,
    );
  }
  return summary.problems.length > 0 ? EXIT.incomplete : EXIT.done;
}

/** genehound index PATH… | --debian PACKAGE… */
export function addIndexCommand(program: Command, run: Run): void {
  withServerOptions(program.command('index [paths...]'))
    .description('label code: files, folders (recursively), archives and packages become samples of a family')
    .option('--family <name>', 'whose code it is; packages (deb, rpm, apk) say it of themselves')
    .addOption(new Option('--type <type>', 'what kind of software that is').choices(FAMILY_TYPES))
    .addOption(
      new Option('--scope <scope>', 'for this organisation, or for all').choices(SCOPES).default('organisation'),
    )
    .addOption(
      new Option('--layout <layout>', 'how the bytes lie; raw: bare code without headers')
        .choices(LAYOUTS)
        .default('file'),
    )
    .option('--reason <text>', 'why, for the record')
    .option(
      '--debian <packages...>',
      "packages of the distribution's archive; family and type follow from them unless given",
    )
    .option('--no-wait', 'do not wait until the genes are extracted')
    .option('--json', 'one JSON document on standard output')
    .action((paths: string[], options: IndexOptions) => run((context) => indexAll(context, paths, options)));
}
