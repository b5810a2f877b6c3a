import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Answer, SCOPES, type Scope } from '@genehound/contract';
import { type Command, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure, withHint } from '../failure.ts';
import { LARGEST_CATALOG } from '../genome/catalogs.ts';
import { readErrorReason } from '../read-error.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type Options = ServerOptions & { readonly json?: boolean };

const JSON_TEXT = 'one JSON document on standard output';
const SUBJECT = 'as "publishers seen" shows it: "CN=…, O=…"';
const LARGEST_CERTIFICATE = 20_000;

async function read(path: string, most: number): Promise<Buffer> {
  try {
    if ((await stat(path)).size > most) throw new Failure(EXIT.failed, `${path} is larger than ${most} bytes.`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(EXIT.failed, `${path} cannot be read: ${readErrorReason(error)}.`);
  }
}

/** PEM as it is, DER in base64: what the server takes. */
async function certificateIn(path: string): Promise<string> {
  const bytes = await read(path, LARGEST_CERTIFICATE / 2);
  const isText = bytes.includes('-----BEGIN CERTIFICATE-----');
  return isText ? bytes.toString('latin1') : bytes.toString('base64');
}

type Publisher = Answer<'addPublisher'>;

function formatPublishers(items: readonly Publisher[]): string {
  if (items.length === 0)
    return 'No publisher is trusted; "genehound publishers seen" shows who signed what was collected.';
  const rows = items.map(({ id, subject, files, createdBy, removed, certificates }) => [
    id,
    safeText(subject, 80),
    String(files),
    certificates.map(({ sha256 }) => sha256.slice(0, 16)).join(' '),
    safeText(createdBy, 40),
    removed === null ? 'trusted' : `removed by ${safeText(removed.by, 40)}`,
  ]);
  return formatTable([['ID', 'SUBJECT', 'FILES', 'CERTIFICATES', 'BY', 'STATE'], ...rows]);
}

function formatSeen(items: Answer<'listSeenSigners'>['items']): string {
  if (items.length === 0) return 'Nothing that was collected bears a signature that holds.';
  const rows = items.map(({ subject, files, catalogs, trusted, otherChain }) => [
    subject === null ? '(a name that cannot be shown)' : safeText(subject, 100),
    String(files),
    String(catalogs),
    trusted ? 'trusted' : otherChain ? 'of that name, but below other certificates' : '',
  ]);
  return formatTable([['SUBJECT', 'FILES', 'CATALOGS', 'STATE'], ...rows]);
}

async function show<T>(
  run: Run,
  options: Options,
  ask: (context: Context) => Promise<T>,
  format: (answer: T) => string,
) {
  await run(async (context): Promise<ExitCode> => {
    const answer = await ask(context);
    if (options.json === true) printJson(context.io, answer);
    else context.io.out(format(answer));
    return EXIT.done;
  });
}

function addPublishers(command: Command, run: Run): void {
  withServerOptions(command.command('list'))
    .description('whose signatures are trusted')
    .option('--json', JSON_TEXT)
    .action((options: Options) =>
      show(
        run,
        options,
        async ({ config }) => await (await connect(config, options)).client.call('listPublishers', {}),
        ({ items }) => formatPublishers(items),
      ),
    );
  withServerOptions(command.command('seen'))
    .description('who signed what was collected')
    .option('--json', JSON_TEXT)
    .action((options: Options) =>
      show(
        run,
        options,
        async ({ config }) => await (await connect(config, options)).client.call('listSeenSigners', {}),
        ({ items }) => formatSeen(items),
      ),
    );
  withServerOptions(command.command('add'))
    .description('trust the files that a publisher has signed; those that were collected are judged again')
    .requiredOption('--subject <name>', SUBJECT)
    .requiredOption('--certificate <files...>', 'root above the signer, PEM or DER; also that above its time stamps')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--json', JSON_TEXT)
    .action((options: Options & { subject: string; certificate: readonly string[]; reason: string }) =>
      show(
        run,
        options,
        async ({ config }) => {
          const { subject, reason } = options;
          const certificates = await Promise.all(options.certificate.map(certificateIn));
          const { client } = await connect(config, options);
          return await client.call('addPublisher', { body: { subject, certificates, reason } });
        },
        ({ subject, files, id }) =>
          `${safeText(subject, 200)} is trusted: ${files} files bear its signature, besides what catalogs name. "genehound publishers remove ${id}" takes it back.`,
      ),
    );
  withServerOptions(command.command('remove <id>'))
    .description('trust a publisher no longer; what it vouched for is judged again')
    .option('--reason <text>', 'why, for the record')
    .option('--json', JSON_TEXT)
    .action((id: string, options: Options & { readonly reason?: string }) =>
      show(
        run,
        options,
        async ({ config }) => {
          const { client } = await connect(config, options);
          const body = options.reason === undefined ? {} : { reason: options.reason };
          const removed = client.call('removePublisher', { params: { id }, body });
          return await withHint(removed, '"genehound publishers list" shows the ids of publishers.');
        },
        ({ subject }) => `${safeText(subject, 200)} is trusted no longer.`,
      ),
    );
}

type CatalogOptions = Options & { readonly scope: Scope; readonly reason: string };

async function addCatalogs(
  { config, io }: Context,
  paths: readonly string[],
  options: CatalogOptions,
): Promise<ExitCode> {
  const { scope, reason } = options;
  const { client } = await connect(config, options);
  const added: Answer<'addCatalog'>[] = [];
  for (const path of paths) {
    const query = { scope, name: basename(path).slice(0, 300), reason };
    added.push(await client.call('addCatalog', { query, body: await read(path, LARGEST_CATALOG) }));
  }
  if (options.json === true) printJson(io, { items: added });
  else
    for (const { catalog, known } of added)
      io.out(
        `${safeText(catalog.name, 100)}: ${catalog.members} files${catalog.weakMembers > 0 ? ` (${catalog.weakMembers} more only by SHA-1, which is not used)` : ''}, signed by ${safeText(catalog.subject ?? 'a name that cannot be shown', 200)}${known ? '; known already' : ''}`,
      );
  return EXIT.done;
}

function addCatalogCommands(command: Command, run: Run): void {
  const catalog = command.command('catalog').description('lists of digests that a publisher signed (.cat)');
  withServerOptions(catalog.command('add <files...>'))
    .description('what they name counts as signed by their signer')
    .addOption(
      new Option('--scope <scope>', 'for this organisation, or for all').choices(SCOPES).default('organisation'),
    )
    .requiredOption('--reason <text>', 'where they come from, for the record')
    .option('--json', JSON_TEXT)
    .action((paths: readonly string[], options: CatalogOptions) =>
      run((context) => addCatalogs(context, paths, options)),
    );
  withServerOptions(catalog.command('list'))
    .description('the newest 500')
    .option('--json', JSON_TEXT)
    .action((options: Options) =>
      show(
        run,
        options,
        async ({ config }) =>
          await (await connect(config, options)).client.call('listCatalogs', { query: { limit: 500 } }),
        ({ items }) =>
          formatTable([
            ['ID', 'NAME', 'SIGNER', 'FILES', 'SCOPE', 'STATE'],
            ...items.map(({ id, name, subject, members, scope, removed }) => [
              id,
              safeText(name, 60),
              safeText(subject ?? '', 80),
              String(members),
              scope,
              removed === null ? 'speaks' : `removed by ${safeText(removed.by, 40)}`,
            ]),
          ]),
      ),
    );
  withServerOptions(catalog.command('remove <id>'))
    .description('what it names is judged again without it')
    .option('--reason <text>', 'why, for the record')
    .option('--json', JSON_TEXT)
    .action((id: string, options: Options & { readonly reason?: string }) =>
      show(
        run,
        options,
        async ({ config }) => {
          const { client } = await connect(config, options);
          const body = options.reason === undefined ? {} : { reason: options.reason };
          const removed = client.call('removeCatalog', { params: { id }, body });
          return await withHint(removed, '"genehound publishers catalog list" shows the ids of catalogs.');
        },
        ({ name }) => `${safeText(name, 200)} speaks no longer.`,
      ),
    );
}

/** genehound publishers list|seen|add|remove|catalog */
export function addPublishersCommand(program: Command, run: Run): void {
  const command = program.command('publishers').description('whose signatures on programs of Windows are trusted');
  for (const add of [addPublishers, addCatalogCommands]) add(command, run);
}
