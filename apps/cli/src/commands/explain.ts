import { type Answer, LAYOUTS, type Layout } from '@genehound/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';
import { relatedTable, stringTable } from './explain-beside.ts';
import { sideBySide } from './side-by-side.ts';

interface ExplainOptions extends ServerOptions {
  readonly layout: Layout;
  readonly family?: string;
  readonly limit: number;
  readonly code?: boolean;
  readonly related?: boolean;
  readonly strings?: boolean;
  readonly json?: boolean;
}

function parseLimit(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 200)
    throw new InvalidArgumentError('Use a number from 1 to 200.');
  return value;
}

/** One row per function and per block. */
function tableOf(found: Answer<'listArtifactFunctions'>): string {
  const rows = found.items.flatMap((one) => [
    [
      one.rva,
      `${one.size} bytes`,
      `function ${one.number}, ${one.instructions} instructions`,
      safeText(one.families.join(', '), 80),
      '',
    ],
    ...one.blocks.map((block) => [
      `  ${block.rva}`,
      `${block.size} bytes`,
      block.gene,
      block.common ? 'common' : safeText(block.families.join(', '), 80),
      block.match === null ? '' : `${block.match.form} at ${block.match.rva} of ${block.match.sha256.slice(0, 12)}`,
    ]),
  ]);
  return formatTable([['RVA', 'SIZE', 'GENE', 'FAMILIES', 'THE SAME IN'], ...rows]);
}

async function explain({ config, io }: Context, sha256: string, options: ExplainOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const params = { sha256: sha256.toLowerCase(), layout: options.layout };
  if (options.related === true || options.strings === true) {
    const found =
      options.related === true
        ? await client.call('listRelatedArtifacts', { params, query: { limit: Math.min(options.limit, 50) } })
        : await client.call('listArtifactStrings', { params });
    if (options.json === true) printJson(io, found);
    else io.out('genes' in found ? relatedTable(found) : stringTable(found));
    return EXIT.done;
  }
  const query = { limit: options.limit, ...(options.family === undefined ? {} : { family: options.family }) };
  const found = await withHint(
    client.call('listArtifactFunctions', { params, query }),
    'A report names its artifacts by SHA-256; --layout says how their bytes lie.',
  );
  if (options.code === true) {
    const codes: Answer<'getFunctionCode'>[] = [];
    const { limit: _limit, ...family } = query;
    for (const { number } of found.items) {
      const code = await client.call('getFunctionCode', { params: { ...params, number }, query: family });
      codes.push(code);
      if (options.json !== true) io.out(`${sideBySide(code)}\n`);
    }
    if (options.json === true) printJson(io, { ...found, items: codes });
  } else if (options.json === true) printJson(io, found);
  else io.out(tableOf(found));
  if (found.nextCursor !== null && options.json !== true)
    io.tell(`There are more of the ${found.functions} functions; --limit shows up to 200.`);
  return EXIT.done;
}

/** genehound explain SHA256 */
export function addExplainCommand(program: Command, run: Run): void {
  withServerOptions(program.command('explain <sha256>'))
    .description('why: functions and blocks of an artifact, whose they are, and where a family has the same')
    .addOption(new Option('--layout <layout>', 'how the bytes lie').choices(LAYOUTS).default('file'))
    .option('--family <name>', 'only what this family has, with the place in its samples')
    .option('--limit <n>', 'how many functions', parseLimit, 20)
    .option('--code', 'the instructions, beside those of the sample that has the same')
    .option('--related', 'instead: the artifacts that share most genes with it')
    .option('--strings', 'instead: printable strings of the file, and the families that have them')
    .option('--json', 'one JSON document on standard output')
    .action((sha256: string, options: ExplainOptions) => run((context) => explain(context, sha256, options)));
}
