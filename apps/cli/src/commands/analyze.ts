import { readFile, stat } from 'node:fs/promises';
import { LAYOUTS, type Layout } from '@genehound/contract';
import { type Command, Option } from 'commander';
import { askServer } from '../analyze/ask-server.ts';
import { type Analysis, formatAnalysis } from '../analyze/format-analysis.ts';
import { analyseHere } from '../analyze/local-analysis.ts';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { sha256Of } from '../genome/label-samples.ts';
import { readErrorReason } from '../read-error.ts';
import type { ServerOptions } from '../server-connection.ts';

const LARGEST_FILE = 1_000_000_000;

interface AnalyzeOptions extends ServerOptions {
  readonly layout: Layout;
  readonly local?: boolean;
  readonly json?: boolean;
}

async function readWhole(path: string): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    if (!info.isFile())
      throw new Failure(EXIT.usage, `${path} is not a file.`, 'Name one file; "genehound index" takes folders.');
    if (info.size > LARGEST_FILE)
      throw new Failure(
        EXIT.failed,
        `${path} has ${info.size} bytes; at most ${LARGEST_FILE} can be analysed at once.`,
      );
    return await readFile(path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(EXIT.failed, `${path} cannot be read: ${readErrorReason(error)}.`);
  }
}

async function analyze({ config, io }: Context, path: string, options: AnalyzeOptions): Promise<ExitCode> {
  const { layout } = options;
  const bytes = await readWhole(path);
  const sha256 = sha256Of(bytes);
  const here = await analyseHere(bytes, sha256, layout);
  const server = options.local === true ? null : await askServer(config, options, { bytes, sha256, layout });
  const analysis: Analysis = { ...here, server };
  if (options.json === true) printJson(io, analysis);
  else io.out(formatAnalysis(path, analysis));
  return EXIT.done;
}

/** genehound analyze FILE */
export function addAnalyzeCommand(program: Command, run: Run): void {
  withServerOptions(program.command('analyze <file>'))
    .description(
      'what a file is made of: format, functions, genes; and the verdict of a reachable server, which gets the bytes where it does not have them',
    )
    .addOption(
      new Option('--layout <layout>', 'how the bytes lie; raw: bare code without headers')
        .choices(LAYOUTS)
        .default('file'),
    )
    .option('--local', 'ask no server: neither the bytes nor their hash leave this machine')
    .option('--json', 'one JSON document on standard output')
    .action((file: string, options: AnalyzeOptions) => run((context) => analyze(context, file, options)));
}
