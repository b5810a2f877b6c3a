import { type BackupSummary, backUp, readServerConfig, restore, type ServerConfig } from '@genehound/server';
import type { Command } from 'commander';
import { type Context, printJson, type Run } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { environmentWith, type ListenOptions } from '../listening.ts';

type Options = Pick<ListenOptions, 'data' | 'json'>;
type Work = (config: ServerConfig, directory: string, tell: (sentence: string) => void) => Promise<BackupSummary>;

async function perform(context: Context, work: Work, directory: string, options: Options): Promise<ExitCode> {
  const { config, io } = context;
  const summary = await work(
    readServerConfig(environmentWith(config, options, 'GENEHOUND_DATA')),
    directory,
    (sentence) => io.tell(sentence),
  );
  const { madeAt, schema, tables, blobs } = summary;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  if (options.json === true) printJson(io, { directory, madeAt, schema, rows, blobs });
  else io.out(`${rows} rows and ${blobs} blobs, as of ${madeAt}; every blob that a row names was read and compared`);
  return EXIT.done;
}

/** genehound backup, genehound restore */
export function addBackupCommands(program: Command, run: Run): void {
  const add = (name: string, work: Work, description: string): void => {
    program
      .command(`${name} <directory>`)
      .description(description)
      .option('--data <directory>', 'data directory of the server; else GENEHOUND_DATA, else the default place')
      .option('--json', 'one JSON document on standard output')
      .action((directory: string, options: Options) => run((context) => perform(context, work, directory, options)));
  };
  add('backup', backUp, 'write everything that a server has into an empty directory; it may run meanwhile');
  add(
    'restore',
    restore,
    'make a server from a backup, in a data directory that is empty; the server starts afterwards',
  );
}
