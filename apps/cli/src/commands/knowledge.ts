import { basename } from 'node:path';
import type { Answer, Client } from '@genehound/contract';
import { type Command, InvalidArgumentError } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { LARGEST_RULE, ruleFiles, withRules } from '../signature/rule-files.ts';
import { safeText } from '../terminal/escape.ts';

interface AddOptions extends ServerOptions {
  readonly source?: string;
  readonly licence?: string;
  readonly attribution?: string;
  readonly sha256?: string;
  readonly json?: boolean;
}

interface Rule {
  readonly name: string;
  readonly family: string;
  readonly text: string;
  readonly licence: string | null;
  readonly author: string | null;
}

/** Bytes of rules in one request; the server takes two megabytes. */
const BATCH_BYTES = 1_000_000;
const BATCH_RULES = 200;

const meta = (text: string, name: string): string | null =>
  new RegExp(`^\\s*${name}\\s*=\\s*"([^"\\n]{1,300})"`, 'm').exec(text)?.[1] ?? null;

/** A file with one rule, as yara-signator writes them: its family is the last part of its reference, or its name. */
export function readRule(bytes: string): Rule | null {
  const name = /^\s*(?:private\s+|global\s+)*rule\s+([A-Za-z_]\w{0,127})/m.exec(bytes)?.[1];
  if (name === undefined) return null;
  const reference = meta(bytes, 'malpedia_reference')?.split('/').at(-1);
  const family = meta(bytes, 'malware_family') ?? reference ?? name.replace(/_auto$/, '').replace('_', '.');
  return {
    name,
    family: family.slice(0, 200),
    // Comments are half of such files, and say nothing to the scanner.
    text: bytes.replaceAll(/^\s*\/\/.*$/gm, '').replaceAll(/\n{2,}/g, '\n'),
    licence: meta(bytes, 'malpedia_license') ?? meta(bytes, 'license'),
    author: meta(bytes, 'author'),
  };
}

type Added = Answer<'addSignatures'>;

async function sendAll(client: Client, place: string, path: string, options: AddOptions, tell: (sent: number) => void) {
  const total = { added: 0, known: 0, problems: [] as { name: string; problem: string }[] };
  let batch: Rule[] = [];
  let bytes = 0;
  let sent = 0;
  const flush = async (): Promise<void> => {
    const [first] = batch;
    if (first === undefined) return;
    const answer: Added = await client.call('addSignatures', {
      body: {
        source: options.source ?? (path === place ? basename(path) : place.slice(0, 500)),
        licence: options.licence ?? first.licence ?? 'not told',
        attribution: options.attribution ?? first.author ?? 'not told',
        rules: batch.map(({ name, family, text }) => ({ name, family, text })),
      },
    });
    total.added += answer.added;
    total.known += answer.known;
    total.problems.push(...answer.problems);
    sent += batch.length;
    tell(sent);
    batch = [];
    bytes = 0;
  };
  const unread: string[] = [];
  for await (const file of ruleFiles(path, unread)) {
    const rule = file.text.length > LARGEST_RULE ? null : readRule(file.text);
    if (rule === null) {
      total.problems.push({ name: basename(file.path), problem: 'It is no file with a rule, or too large' });
      continue;
    }
    if (bytes + rule.text.length > BATCH_BYTES || batch.length >= BATCH_RULES) await flush();
    batch.push(rule);
    bytes += rule.text.length;
  }
  await flush();
  total.problems.push(...unread.map((problem) => ({ name: basename(path), problem })));
  return total;
}

async function add({ config, io }: Context, place: string, options: AddOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const total = await withRules(place, options.sha256, (path) =>
    sendAll(client, place, path, options, (sent) => io.progress(`${sent} rules sent`)),
  );
  io.progressDone();
  for (const { name, problem } of total.problems) io.tell(`${safeText(name, 200)}: ${safeText(problem, 300)}`);
  if (options.json === true) printJson(io, total);
  else io.out(`${total.added} rules added, ${total.known} known already, ${total.problems.length} with problems`);
  return total.problems.length > 0 ? EXIT.incomplete : EXIT.done;
}

function hexHash(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('Use 64 hexadecimal digits.');
  return text.toLowerCase();
}

async function showStatus({ config, io }: Context, options: AddOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const status = await client.call('getSignatureStatus', {});
  if (options.json === true) printJson(io, status);
  else {
    const reason = status.reason === null ? '' : ` (${safeText(status.reason, 200)})`;
    io.out(`Signatures: ${status.state}${reason}, ${status.rules} rules, ${status.pending} artifacts to examine`);
  }
  return EXIT.done;
}

async function withdraw({ config, io }: Context, source: string, options: AddOptions): Promise<ExitCode> {
  const { client } = await connect(config, options);
  const answer = await client.call('withdrawSignatures', { body: { source } });
  if (options.json === true) printJson(io, answer);
  else io.out(`${answer.withdrawn} rules withdrawn`);
  return EXIT.done;
}

/** genehound knowledge add signator PATH|URL, knowledge status, knowledge withdraw SOURCE */
export function addKnowledgeCommand(program: Command, run: Run): void {
  const command = program.command('knowledge').description('code-sequence rules (YARA) that name families');
  withServerOptions(command.command('add').description('add rules').command('signator <place>'))
    .description('rules with a family each: a file, a folder, a .tar.gz or an https address, as of yara-signator')
    .option('--sha256 <hash>', 'of what the address holds; another file is refused', hexHash)
    .option('--source <name>', 'where they come from; else the name of the path')
    .option('--licence <name>', 'else as the rules say')
    .option('--attribution <text>', 'else as the rules say')
    .option('--json', 'one JSON document on standard output')
    .action((place: string, options: AddOptions) => run((context) => add(context, place, options)));
  withServerOptions(command.command('status'))
    .description('whether rules run here, and over how much they have run')
    .option('--json', 'one JSON document on standard output')
    .action((options: AddOptions) => run((context) => showStatus(context, options)));
  withServerOptions(command.command('withdraw <source>'))
    .description('take the rules of a source back; what they found holds no longer')
    .option('--json', 'one JSON document on standard output')
    .action((source: string, options: AddOptions) => run((context) => withdraw(context, source, options)));
}
