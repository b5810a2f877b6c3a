import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import type { Run } from './command-context.ts';
import { addAnalyzeCommand } from './commands/analyze.ts';
import { addBackupCommands } from './commands/backup.ts';
import { addBaselineCommand } from './commands/baseline.ts';
import { addCaseCommand } from './commands/case.ts';
import { addCollectorCommand } from './commands/collector.ts';
import { addDecisionCommands } from './commands/decision.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEvidenceCommand } from './commands/evidence.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addGenomeCommand } from './commands/genome.ts';
import { addHuntCommand } from './commands/hunt.ts';
import { addHuntsCommand } from './commands/hunts.ts';
import { addIndexCommand } from './commands/index-samples.ts';
import { addJobsCommand } from './commands/jobs.ts';
import { addKeyCommand } from './commands/key.ts';
import { addKnowledgeCommand } from './commands/knowledge.ts';
import { addNotifyCommand } from './commands/notify.ts';
import { addOrganisationCommand } from './commands/organisation.ts';
import { addPackCommand } from './commands/pack.ts';
import { addPublishersCommand } from './commands/publishers.ts';
import { addReportCommand } from './commands/report.ts';
import { addRetentionCommand } from './commands/retention.ts';
import { addRetroCommand } from './commands/retro.ts';
import { addScanCommand } from './commands/scan.ts';
import { addSearchCommand } from './commands/search.ts';
import { addServerCommand } from './commands/server.ts';
import { addUnknownCommand } from './commands/unknown.ts';
import { addUnsealCommand } from './commands/unseal.ts';
import { addUploadCommand } from './commands/upload.ts';
import { addUserCommand } from './commands/user.ts';
import { addVaccineCommand } from './commands/vaccine.ts';
import { readCliConfig } from './config.ts';
import { EXIT, EXIT_MEANINGS, type ExitCode } from './exit-codes.table.ts';
import { asFailure } from './failure.ts';
import { safeText } from './terminal/escape.ts';
import { createIo, type Io } from './terminal/io.ts';
import { formatTable } from './terminal/table.ts';

async function ownVersion(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '..', 'package.json'), 'utf8');
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && 'version' in value ? String(value.version) : 'unknown';
}

function exitTable(): string {
  const rows = Object.entries(EXIT_MEANINGS).map(([name, meaning]) => [`${EXIT[name as keyof typeof EXIT]}`, meaning]);
  return `\nExit codes:\n${formatTable(rows, '  ')}\n`;
}

function tellFailure(io: Io, error: unknown): ExitCode {
  const failure = asFailure(error);
  io.tell(`genehound: ${safeText(failure.message, 2_000)}`);
  if (failure.next !== undefined) io.tell(safeText(failure.next, 2_000));
  return failure.exit;
}

/** Runs one command line (without node and script); answers the exit code. Never throws. */
export async function runCli(argv: readonly string[]): Promise<ExitCode> {
  let io = createIo(true);
  let exit: ExitCode = EXIT.done;
  try {
    const config = readCliConfig();
    io = createIo(config.colour);
    const run: Run = async (work) => {
      exit = await work({ config, io });
    };
    const program = new Command('genehound')
      .description('Open, self-hosted proactive threat hunting by code genes.')
      .version(await ownVersion())
      .addHelpText('after', exitTable())
      .exitOverride()
      // `server --json` and `server reset-password --json` are two options.
      .enablePositionalOptions()
      .showSuggestionAfterError()
      // Subcommands inherit it: each names its own help.
      .showHelpAfterError('Add --help to see what is right.');
    for (const add of [
      addServerCommand,
      addHuntCommand,
      addIndexCommand,
      addAnalyzeCommand,
      addScanCommand,
      addReportCommand,
      addCaseCommand,
      addUploadCommand,
      addUnsealCommand,
      addCollectorCommand,
      addGenomeCommand,
      addPackCommand,
      addPublishersCommand,
      addBackupCommands,
      addKeyCommand,
      addUserCommand,
      addOrganisationCommand,
      addBaselineCommand,
      addDecisionCommands,
      addEvidenceCommand,
      addExplainCommand,
      addKnowledgeCommand,
      addRetroCommand,
      addSearchCommand,
      addUnknownCommand,
      addVaccineCommand,
      addHuntsCommand,
      addNotifyCommand,
      addJobsCommand,
      addRetentionCommand,
      addDoctorCommand,
    ]) {
      add(program, run);
    }
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return tellFailure(io, error);
  }
  return exit;
}
