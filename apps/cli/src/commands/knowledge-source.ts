import { type Client, FAMILY_TYPES, type FamilyType, SCOPES, type Scope, TLPS, type Tlp } from '@genehound/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Context, printJson, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { waitForGenome } from '../genome/wait-for-genome.ts';
import type { ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';

/** What every import says of where its knowledge comes from. */
export interface SourceOptions extends ServerOptions {
  readonly source: string;
  readonly licence: string;
  readonly tlp: Tlp;
  readonly attribution?: string;
  readonly date?: string;
  readonly scope: Scope;
  readonly type?: FamilyType;
  readonly wait: boolean;
  readonly json?: boolean;
}

/** What an import came to: counts by name, and one sentence for each trouble. */
export interface Summary {
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

function instant(text: string): string {
  if (Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('Use a date such as 2026-11-24.');
  return new Date(text).toISOString();
}

/** The source that the options describe; made where it is not there. */
export async function sourceId(client: Client, kind: 'import' | 'hashes', options: SourceOptions): Promise<string> {
  const { source: name, licence, tlp, attribution, date, scope } = options;
  const body = {
    kind,
    name,
    licence,
    tlp,
    scope,
    ...(attribution === undefined ? {} : { attribution }),
    ...(date === undefined ? {} : { date }),
  };
  return (await client.call('addSource', { body })).id;
}

/** Adds the options of SourceOptions. */
export function withSourceOptions(command: Command): Command {
  return withServerOptions(command)
    .requiredOption('--source <name>', 'what the source is called; all of it can be revoked under this name')
    .requiredOption('--licence <licence>', 'SPDX expression or sentence: what may be done with it')
    .addOption(
      new Option('--tlp <label>', 'Traffic Light Protocol: with whom it may be shared')
        .choices(TLPS)
        .makeOptionMandatory(),
    )
    .option('--attribution <text>', 'who is to be named')
    .option('--date <date>', 'when it was put together', instant)
    .addOption(
      new Option('--scope <scope>', 'for this organisation, or for all').choices(SCOPES).default('organisation'),
    )
    .addOption(new Option('--type <type>', 'what the families are, where nothing says it').choices(FAMILY_TYPES))
    .option('--no-wait', 'do not wait until the genes are extracted')
    .option('--json', 'one JSON document on standard output');
}

/** Waits for the genes where that is wanted, then tells what came of the import. */
export async function tellSummary(
  { io }: Context,
  client: Client,
  options: SourceOptions,
  summary: Summary,
): Promise<ExitCode> {
  if (options.wait) {
    await waitForGenome(client, (status) => io.progress(`extracting genes: ${status.pendingSamples} samples to go`));
  }
  io.progressDone();
  for (const problem of summary.problems) io.tell(safeText(problem, 2_000));
  if (options.json === true) printJson(io, { ...summary.counts, problems: summary.problems });
  else {
    const counts = Object.entries(summary.counts).map(
      ([name, count]) => `${count} ${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`,
    );
    io.out(`${counts.join(', ')}; ${summary.problems.length} problems`);
  }
  return summary.problems.length > 0 ? EXIT.incomplete : EXIT.done;
}
