import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { type Answer, SCOPES, type Scope, TLPS, type Tlp } from '@genehound/contract';
import { PackSigner } from '@genehound/genes';
import { type Command, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { type VerifiedPack, verifyPack } from '../pack/pack-file.ts';
import { createSigningKey, readSigningKey } from '../pack/signing-key.ts';
import { readErrorReason } from '../read-error.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type JsonOption = { readonly json?: boolean };

const scopeOption = (): Option =>
  new Option('--scope <scope>', 'of this organisation, or of all').choices(SCOPES).default('organisation');

const JSON_TEXT = 'one JSON document on standard output';

function addKeygen(command: Command, run: Run): void {
  command
    .command('keygen <file>')
    .description('make a key that signs packs; its public half is printed, for those who are to take the packs')
    .option('--json', JSON_TEXT)
    .action((path: string, options: JsonOption) =>
      run(async ({ io }) => {
        const publicKey = await createSigningKey(path);
        if (options.json === true) printJson(io, { publicKey, file: path });
        else {
          io.out(publicKey);
          io.tell(`${path} signs in your name: keep it, and give nobody but signers a copy.`);
        }
        return EXIT.done;
      }),
    );
}

function formatPack(path: string, pack: VerifiedPack): string {
  const { source, scheme, instructionSets, families } = pack.header;
  return formatTable([
    ['pack', safeText(source.name, 300)],
    ['file', `${path}, ${pack.bytes} bytes, SHA-256 ${pack.sha256}`],
    ['signed by', pack.signer],
    ['holds', `${pack.genes} genes and ${pack.labels} labels of ${families.length} families`],
    ['genes', `scheme ${scheme}, ${instructionSets.map((name) => safeText(name, 40)).join(', ') || 'no code'}`],
    ['made', source.date],
    ['licence', safeText(source.licence, 4_000)],
    ['TLP', source.tlp.toUpperCase()],
    ['attribution', safeText(source.attribution, 4_000)],
  ]);
}

function addVerify(command: Command, run: Run): void {
  command
    .command('verify <file>')
    .description('read a whole pack and check its signature, on this machine')
    .option('--signer <public-key>', 'who must have signed it')
    .option('--json', JSON_TEXT)
    .action((path: string, options: JsonOption & { readonly signer?: string }) =>
      run(async ({ io }) => {
        const pack = await verifyPack(path);
        if (options.signer !== undefined && options.signer.toLowerCase() !== pack.signer)
          throw new Failure(EXIT.failed, `${path} is whole, but it was signed by ${pack.signer}.`);
        if (options.json === true) printJson(io, pack);
        else io.out(formatPack(path, pack));
        if (options.signer === undefined)
          io.tell('The pack is whole. Whether its signer is to be trusted is yours to say.');
        return EXIT.done;
      }),
    );
}

interface ExportOptions extends ServerOptions, JsonOption {
  readonly sign: string;
  readonly name: string;
  readonly licence: string;
  readonly tlp: Tlp;
  readonly attribution?: string;
  readonly family?: string;
  readonly source?: string;
  readonly scope: Scope;
}

/** Streams an unsigned pack to a file and signs it there; what did not become whole is removed. */
async function signTo(path: string, pieces: AsyncIterable<Uint8Array>, signing: PackSigner): Promise<void> {
  const temporary = `${path}.part`;
  const file = await open(temporary, 'w', 0o600).catch((error: unknown) => {
    throw new Failure(EXIT.failed, `${temporary} cannot be written: ${readErrorReason(error)}.`);
  });
  try {
    for await (const bytes of pieces) {
      signing.update(bytes);
      await file.writeFile(bytes);
    }
    await file.writeFile(signing.finish());
    await file.sync();
    await file.close();
    await verifyPack(temporary);
    await rename(temporary, path);
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

async function exportTo({ config, io }: Context, path: string, options: ExportOptions): Promise<ExitCode> {
  const signing = new PackSigner(await readSigningKey(options.sign));
  const { client } = await connect(config, options);
  const { name, licence, tlp, scope, attribution, family, source } = options;
  const query = {
    name,
    licence,
    tlp,
    scope,
    ...(attribution === undefined ? {} : { attribution }),
    ...(family === undefined ? {} : { family }),
    ...(source === undefined ? {} : { source }),
  };
  await signTo(path, await client.call('exportPack', { query }), signing);
  const pack = await verifyPack(path);
  if (options.json === true) printJson(io, pack);
  else io.out(formatPack(path, pack));
  return EXIT.done;
}

function addExport(command: Command, run: Run): void {
  withServerOptions(command.command('export <file>'))
    .description('labels and genes of a server as a pack, signed here')
    .requiredOption('--sign <key-file>', 'the private key ("genehound pack keygen"); it stays on this machine')
    .requiredOption('--name <name>', 'what the pack is called where it is imported')
    .requiredOption('--licence <licence>', 'SPDX expression or sentence')
    .addOption(
      new Option('--tlp <label>', 'Traffic Light Protocol: with whom it may be shared')
        .choices(TLPS)
        .makeOptionMandatory(),
    )
    .option('--attribution <text>', 'who is to be named; the sources that ask for it are added')
    .option('--family <name>', 'only this family')
    .option('--source <name>', 'only labels of this source')
    .addOption(scopeOption())
    .option('--json', JSON_TEXT)
    .action((path: string, options: ExportOptions) => run((context) => exportTo(context, path, options)));
}

interface ImportOptions extends ServerOptions, JsonOption {
  readonly scope: Scope;
}

function formatImport({ source, known }: Answer<'importPack'>): string {
  const name = safeText(source.name, 300);
  return known
    ? `${name} was imported before (source ${source.id}).`
    : `${name}: ${source.genes} genes and ${source.labels} labels, as source ${source.id}.`;
}

function addImport(command: Command, run: Run): void {
  withServerOptions(command.command('import <file>'))
    .description('bring a pack into a server that takes packs of its signer')
    .addOption(scopeOption())
    .option('--json', JSON_TEXT)
    .action((path: string, options: ImportOptions) =>
      run(async ({ config, io }) => {
        await verifyPack(path);
        const { client } = await connect(config, options);
        const body = createReadStream(path, { highWaterMark: 2 ** 20 });
        const imported = await client.call('importPack', { query: { scope: options.scope }, body });
        if (options.json === true) printJson(io, imported);
        else io.out(formatImport(imported));
        return EXIT.done;
      }),
    );
}

function addSigners(command: Command, run: Run): void {
  withServerOptions(command.command('trust <public-key>'))
    .description('take packs that this key has signed')
    .requiredOption('--name <name>', 'whose key it is')
    .addOption(scopeOption())
    .option('--json', JSON_TEXT)
    .action((publicKey: string, options: ImportOptions & { readonly name: string }) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const { name, scope } = options;
        const signer = await client.call('addPackSigner', {
          body: { publicKey: publicKey.toLowerCase(), name, scope },
        });
        if (options.json === true) printJson(io, signer);
        else io.out(`Packs of ${safeText(signer.name, 200)} are taken from now on.`);
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('distrust <public-key>'))
    .description('take no more packs of this key; what was imported stays until its source is revoked')
    .addOption(scopeOption())
    .action((publicKey: string, options: ImportOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const params = { publicKey: publicKey.toLowerCase() };
        await client.call('removePackSigner', { params, query: { scope: options.scope } });
        io.out('Packs of this key are taken no longer.');
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('signers'))
    .description('whose packs are taken')
    .option('--json', JSON_TEXT)
    .action((options: ServerOptions & JsonOption) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const { items } = await client.call('listPackSigners', {});
        if (options.json === true) printJson(io, { items });
        else if (items.length === 0) io.out('Nobody\'s packs are taken yet; "genehound pack trust KEY" changes that.');
        else {
          const rows = items.map(({ publicKey, name, scope, createdBy }) => [
            publicKey,
            safeText(name, 60),
            scope,
            safeText(createdBy, 60),
          ]);
          io.out(formatTable([['PUBLIC KEY', 'NAME', 'SCOPE', 'ADDED BY'], ...rows]));
        }
        return EXIT.done;
      }),
    );
}

/** genehound pack keygen|verify|export|import|trust|distrust|signers */
export function addPackCommand(program: Command, run: Run): void {
  const command = program.command('pack').description('signed files of genes and labels, without code');
  for (const add of [addKeygen, addVerify, addExport, addImport, addSigners]) add(command, run);
}
