import { readFile, stat } from 'node:fs/promises';
import { type Answer, ApiError, LAYOUTS, type Layout } from '@genehound/contract';
import type { Genome } from '@genehound/genes';
import { type Command, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { sha256Of } from '../genome/label-samples.ts';
import { readErrorReason } from '../read-error.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

const LARGEST_FILE = 1_000_000_000;

interface AnalyzeOptions extends ServerOptions {
  readonly layout: Layout;
  readonly json?: boolean;
}

interface Analysis {
  readonly sha256: string;
  readonly size: number;
  readonly layout: Layout;
  readonly format: string;
  readonly instructionSet: string | null;
  readonly scheme: number;
  readonly codeBytes: number;
  readonly instructions: number;
  readonly functions: number;
  readonly blocks: number;
  /** Distinct fuzzy genes. */
  readonly genes: number;
  readonly problems: readonly { readonly code: string; readonly message: string }[];
  readonly server: { readonly url: string; readonly artifact: Answer<'getArtifact'> | null } | null;
}

function distinctGenes(genome: Genome): number {
  const seen = new Set<string>();
  for (let i = 0; i < genome.fuzzyHigh.length; i += 1) seen.add(`${genome.fuzzyHigh[i]}.${genome.fuzzyLow[i]}`);
  return seen.size;
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

/** What a server says of the very same bytes; null where none is reachable or it has never seen them. */
async function askServer(context: Context, options: AnalyzeOptions, sha256: string): Promise<Analysis['server']> {
  try {
    const { client, url } = await connect(context.config, options);
    try {
      return { url, artifact: await client.call('getArtifact', { params: { sha256, layout: options.layout } }) };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return { url, artifact: null };
      throw error;
    }
  } catch (error) {
    // The analysis itself needs no server; a server that was named on purpose should have answered.
    if (options.url !== undefined) throw error;
    return null;
  }
}

function formatServer(server: Analysis['server']): string[] {
  if (server === null) return [];
  const { artifact } = server;
  if (artifact === null) return [`${server.url} has never seen these bytes.`];
  if (artifact.verdict === null)
    return [`${server.url}: ${artifact.state}${artifact.problem === null ? '' : `, ${safeText(artifact.problem)}`}`];
  const { verdict, subVerdict, evidence } = artifact.verdict;
  const lines = [
    `${server.url}: ${verdict} (${subVerdict.replaceAll('_', ' ')})`,
    ...evidence.reasons.map((reason) => `  ${safeText(reason)}`),
  ];
  const rows = evidence.families
    .slice(0, 20)
    .map((one) => [
      safeText(one.name, 60),
      one.type,
      `${one.reusedGenes} genes`,
      `${(one.share * 100).toFixed(1)} %`,
      `${one.uniqueGenes} in no other family`,
    ]);
  if (rows.length > 0) lines.push(formatTable(rows, '  '));
  return lines;
}

function formatOf({ format, layout, instructionSet }: Analysis): string {
  if (instructionSet === null && format === 'raw') return 'no executable image; --layout raw takes bytes as bare code';
  return `${format} (${layout}), ${instructionSet ?? 'an instruction set that is not supported'}`;
}

function formatAnalysis(path: string, one: Analysis): string {
  const rows = [
    ['File', safeText(path)],
    ['SHA-256', one.sha256],
    ['Format', formatOf(one)],
    ['Code', `${one.codeBytes} bytes, ${one.instructions} instructions, ${one.functions} functions`],
    ['Genes', `${one.genes} distinct in ${one.blocks} blocks (scheme ${one.scheme})`],
  ];
  const problems = one.problems
    .slice(0, 20)
    .map((problem) => `  ${safeText(problem.code, 60)}: ${safeText(problem.message)}`);
  return [
    formatTable(rows),
    ...(problems.length > 0 ? ['Problems', ...problems] : []),
    ...formatServer(one.server),
  ].join('\n');
}

async function analyze(context: Context, path: string, options: AnalyzeOptions): Promise<ExitCode> {
  // Loaded for this command alone: the decoder's tables take longer to make than most commands run.
  const { detectFormat, parseImage } = await import('@genehound/binary');
  const { extractGenome } = await import('@genehound/genes');
  const bytes = await readWhole(path);
  const image = parseImage(bytes, options.layout);
  const genome = extractGenome(bytes, image);
  const sha256 = sha256Of(bytes);
  const analysis: Analysis = {
    sha256,
    size: bytes.length,
    layout: options.layout,
    format: detectFormat(bytes),
    instructionSet: image.instructionSet,
    scheme: genome.scheme,
    codeBytes: genome.codeBytes,
    instructions: genome.instructions,
    functions: genome.functionRva.length,
    blocks: genome.blockRva.length,
    genes: distinctGenes(genome),
    problems: [...image.problems, ...genome.problems],
    server: await askServer(context, options, sha256),
  };
  if (options.json === true) printJson(context.io, analysis);
  else context.io.out(formatAnalysis(path, analysis));
  return EXIT.done;
}

/** genehound analyze FILE */
export function addAnalyzeCommand(program: Command, run: Run): void {
  withServerOptions(program.command('analyze <file>'))
    .description(
      'what a file is made of: format, functions, genes; and what a server says of it, when one is reachable',
    )
    .addOption(
      new Option('--layout <layout>', 'how the bytes lie; raw: bare code without headers')
        .choices(LAYOUTS)
        .default('file'),
    )
    .option('--json', 'one JSON document on standard output')
    .action((file: string, options: AnalyzeOptions) => run((context) => analyze(context, file, options)));
}
