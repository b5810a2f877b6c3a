import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Answer } from '@genehound/contract';
import type { Command } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { AuditChain, type AuditState, verifyAuditLines } from '../evidence/verify-audit.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';

type ExportOptions = ServerOptions & { readonly output: string; readonly json?: boolean };
interface VerifyOptions {
  readonly digest?: string;
  readonly json?: boolean;
}

const sentence = ({ records, digest }: AuditState): string =>
  `${records} records, each chained to the one before. The last digest is ${digest}`;

async function exportAudit({ config, io }: Context, options: ExportOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const chain = new AuditChain();
  const file = await open(options.output, 'wx', 0o600);
  try {
    for (let cursor: number | null = 0; cursor !== null; ) {
      const page: Answer<'listAudit'> = await client.call('listAudit', { query: { limit: 1_000, cursor } });
      for (const link of page.items) {
        await file.write(`${JSON.stringify(link)}\n`);
        chain.add(link);
      }
      cursor = page.nextCursor;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (options.json === true) printJson(io, chain.state);
  else io.out(sentence(chain.state));
  return EXIT.done;
}

async function verify({ io }: Context, path: string, options: VerifyOptions): Promise<ExitCode> {
  let state: AuditState;
  try {
    state = await verifyAuditLines(
      createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }),
    );
  } catch (error) {
    throw new Failure(EXIT.failed, `${path}: ${safeText(error instanceof Error ? error.message : String(error), 500)}`);
  }
  if (options.digest !== undefined && options.digest.toLowerCase() !== state.digest)
    throw new Failure(EXIT.failed, `${path} does not end with the record of that digest: its last is ${state.digest}`);
  if (options.json === true) printJson(io, state);
  else io.out(`Unchanged: ${sentence(state)}`);
  return EXIT.done;
}

/** genehound evidence export|verify */
export function addEvidenceCommand(program: Command, run: Run): void {
  const command = program.command('evidence').description('the audit log: who did what, chained by hash');
  withServerOptions(command.command('export'))
    .description('write the audit log to a file of one record a line')
    .requiredOption('--output <file>', 'a new file')
    .option('--json', 'one JSON document on standard output')
    .action((options: ExportOptions) => run((context) => exportAudit(context, options)));
  command
    .command('verify <file>')
    .description('say whether an exported audit log is whole and unchanged; needs no server')
    .option('--digest <sha256>', 'that the log must end with: as an earlier export said it')
    .option('--json', 'one JSON document on standard output')
    .action((path: string, options: VerifyOptions) => run((context) => verify(context, path, options)));
}
