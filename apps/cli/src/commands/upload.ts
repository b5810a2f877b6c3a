import type { Command } from 'commander';
import { printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT } from '../exit-codes.table.ts';
import { connect, type ServerOptions } from '../server-connection.ts';

export function addUploadCommand(program: Command, run: Run): void {
  withServerOptions(program.command('upload <directory>')).action((directory: string, options: ServerOptions) =>
    run(async ({ config, io }) => {
      printJson(io, [directory, (await connect(config, options)).url]);
      return EXIT.done;
    }),
  );
}
