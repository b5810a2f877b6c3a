import { writeFile } from 'node:fs/promises';
import { LAYOUTS, type Layout } from '@genehound/contract';
import { type Command, Option } from 'commander';
import { printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';

interface Options extends ServerOptions {
  readonly layout: Layout;
  readonly output?: string;
  readonly json?: boolean;
}

/** genehound vaccine */
export function addVaccineCommand(program: Command, run: Run): void {
  withServerOptions(program.command('vaccine <family|sha256>'))
    .description('a YARA rule of code that only this family, or this artifact, has')
    .addOption(new Option('--layout <layout>', 'of the artifact').choices(LAYOUTS).default('file'))
    .option('--output <file>', 'a new file for the rule; else it is printed')
    .option('--json', 'one JSON document on standard output')
    .action((about: string, options: Options) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const isHash = /^[0-9a-f]{64}$/i.test(about);
        const body = isHash ? { sha256: about.toLowerCase(), layout: options.layout } : { family: about };
        const made = await withHint(
          client.call('makeVaccine', { body }),
          '"genehound explain SHA256" shows which code is whose.',
        );
        if (options.output !== undefined) await writeFile(options.output, made.text, { flag: 'wx' });
        if (options.json === true) printJson(io, made);
        else if (options.output === undefined) io.out(made.text.trimEnd());
        for (const problem of made.problems) io.tell(safeText(problem, 400));
        return EXIT.done;
      }),
    );
}
