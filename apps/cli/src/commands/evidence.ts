import { type FileHandle, open, rm } from 'node:fs/promises';
import { type Answer, type Client, receipts } from '@genehound/contract';
import type { Command } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { SCAN_EVIDENCE, verifyScanEvidence } from '../evidence/scan-evidence.ts';
import { AuditChain, type AuditState } from '../evidence/verify-audit.ts';
import { type Expected, type Proved, verifyEvidence } from '../evidence/verify-evidence.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure, withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type Json = { readonly json?: boolean };
type ExportOptions = ServerOptions & Json & { readonly output: string; readonly scan?: string };

const sentence = ({ records, digest }: AuditState): string =>
  `${records} records, each chained to the one before. The last digest is ${digest}`;

/** A new file, whole or not at all: a part of a proof would look like a proof that was tampered with. */
async function writeNew<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'wx', 0o600);
  try {
    const result = await write(file);
    await file.sync();
    await file.close();
    return result;
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

async function exportAudit(client: Client, file: FileHandle): Promise<AuditState> {
  const chain = new AuditChain();
  for (let cursor: number | null = 0; cursor !== null; ) {
    const page: Answer<'listAudit'> = await client.call('listAudit', { query: { limit: 1_000, cursor } });
    for (const link of page.items) {
      await file.write(`${JSON.stringify(link)}\n`);
      chain.add(link);
    }
    cursor = page.nextCursor;
  }
  return chain.state;
}

/** What is written is proved on its way: a server whose rows were changed is found out here, not by a court. */
async function exportScan(client: Client, file: FileHandle, id: string) {
  const { parts, ...receipt } = await withHint(
    client.call('getScanReceipt', { params: { id } }),
    'The ids are those of "genehound scan list"; scans that ended before receipts were signed have none.',
  );
  const signed = receipts.receiptDocument.safeParse(JSON.parse(receipt.document));
  if (parts.length === 0 && signed.success && signed.data.parts.count > 0)
    throw new Failure(
      EXIT.failed,
      `The server has none of the ${signed.data.parts.count} messages of this scan any more: retention removed what it delivered`,
      'That they were received stays in the audit log: "genehound evidence export" writes it.',
    );
  async function* lines(): AsyncGenerator<string> {
    yield JSON.stringify({ format: SCAN_EVIDENCE, version: 1, receipt });
    for (const part of parts) {
      const chunks: Uint8Array[] = [];
      const { sha256 } = part;
      for await (const chunk of await client.call('getScanPart', { params: { id, sha256 } })) chunks.push(chunk);
      yield JSON.stringify({ ...part, body: Buffer.concat(chunks).toString('base64') });
    }
  }
  async function* written(): AsyncGenerator<string> {
    for await (const line of lines()) {
      await file.write(`${line}\n`);
      yield line;
    }
  }
  return await verifyScanEvidence(written(), undefined);
}

async function exportEvidence({ config, io }: Context, options: ExportOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const { scan } = options;
  if (scan !== undefined) {
    const proved = await writeNew(options.output, (file) => exportScan(client, file, scan));
    if (options.json === true) printJson(io, proved);
    else io.out(describe({ kind: 'scan', ...proved, position: null }));
    return EXIT.done;
  }
  const state = await writeNew(options.output, (file) => exportAudit(client, file));
  if (options.json === true) printJson(io, state);
  else io.out(sentence(state));
  return EXIT.done;
}

function describe(proved: Proved): string {
  if (proved.kind === 'audit-log') return `Unchanged: ${sentence(proved)}`;
  if (proved.kind === 'case')
    return `Unchanged: a case of ${proved.files} files, signed by the key ${proved.publicKey}`;
  const { scan, receivedAt, parts } = proved.document;
  const where = proved.position === null ? '' : `, record ${proved.position} of the audit log`;
  return `Unchanged: scan ${scan}, ${parts.count} messages of ${parts.bytes} bytes, received ${safeText(receivedAt, 40)}${where}, signed by the key ${proved.publicKey}`;
}

async function verify({ io }: Context, path: string, options: Expected & Json): Promise<ExitCode> {
  let proved: Proved;
  try {
    proved = await verifyEvidence(path, options);
  } catch (error) {
    throw new Failure(EXIT.failed, `${path}: ${safeText(error instanceof Error ? error.message : String(error), 500)}`);
  }
  if (options.json === true) printJson(io, proved);
  else {
    io.out(describe(proved));
    if (proved.kind !== 'audit-log' && options.key === undefined)
      io.tell('Whose key that is, only you can know: compare it with "genehound evidence keys", or give it by --key.');
  }
  return EXIT.done;
}

async function keys({ config, io }: Context, options: ServerOptions & Json): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const { items } = await client.call('listReceiptKeys', {});
  if (options.json === true) printJson(io, { items });
  else {
    const rows = items.map(({ publicKey, createdAt, retiredAt }) => [publicKey, createdAt, retiredAt ?? 'signs']);
    io.out(formatTable([['public key', 'since', 'until'], ...rows]));
  }
  return EXIT.done;
}

async function rotate({ config, io }: Context, options: ServerOptions & Json): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const key = await client.call('rotateReceiptKey', {});
  if (options.json === true) printJson(io, key);
  else io.out(`From now on receipts are signed by the key ${key.publicKey}`);
  return EXIT.done;
}

const JSON_OPTION = ['--json', 'one JSON document on standard output'] as const;

/** genehound evidence export|verify|keys|rotate-key */
export function addEvidenceCommand(program: Command, run: Run): void {
  const command = program
    .command('evidence')
    .description('what proves: the chained audit log, signed receipts of scans, cases');
  withServerOptions(command.command('export'))
    .description('write the audit log, or what one scan sent with its signed receipt, to a file of one record a line')
    .requiredOption('--output <file>', 'a new file')
    .option('--scan <id>', 'this scan in place of the audit log')
    .option(...JSON_OPTION)
    .action((options: ExportOptions) => run((context) => exportEvidence(context, options)));
  command
    .command('verify <path>')
    .description('say whether an audit log, a scan or the directory of a case is whole and unchanged; needs no server')
    .option('--digest <sha256>', 'that the audit log must end with: as an earlier export said it')
    .option('--key <public-key>', 'that must have signed it: as "genehound evidence keys" says it')
    .option('--log <file>', 'an exported audit log that must hold the receipt of the scan')
    .option(...JSON_OPTION)
    .action((path: string, options: Expected & Json) => run((context) => verify(context, path, options)));
  withServerOptions(command.command('keys'))
    .description('the public keys that receipts were and are signed with')
    .option(...JSON_OPTION)
    .action((options: ServerOptions & Json) => run((context) => keys(context, options)));
  withServerOptions(command.command('rotate-key'))
    .description('sign with a new key from now on; what the old one signed stays valid')
    .option(...JSON_OPTION)
    .action((options: ServerOptions & Json) => run((context) => rotate(context, options)));
}
