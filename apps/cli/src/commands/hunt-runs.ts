import type { Command } from 'commander';
import { printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type PlainOptions = ServerOptions & { readonly json?: boolean };

/** genehound hunts runners|runs */
export function addRuns(command: Command, run: Run, hint: string): void {
  withServerOptions(command.command('runners'))
    .description("commands of the server's operator that start the scanners of a round")
    .option('--json', 'one JSON document on standard output')
    .action((options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const runners = await client.call('listRunners', {});
        if (options.json === true) printJson(io, runners);
        else if (runners.items.length === 0) io.out('There are none; the operator names them in GENEHOUND_RUNNERS.');
        else io.out(formatTable(runners.items.map(({ name, tool, minutes }) => [name, tool ?? '', `${minutes} min`])));
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('runs <id>'))
    .description('what the runner of a hunt did for each round, and the end of its output')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const runs = await withHint(client.call('listHuntRuns', { params: { id } }), hint);
        if (options.json === true) printJson(io, runs);
        else if (runs.items.length === 0) io.out('Nothing was run.');
        for (const one of options.json === true ? [] : runs.items) {
          const code = one.exitCode === null ? '' : `, exit ${one.exitCode}`;
          io.out(`round ${one.round}, ${one.runner}: ${one.state}${code} ${safeText(one.problem ?? '', 400)}`.trim());
          for (const line of one.output.trimEnd().split('\n').slice(-40)) io.out(`  ${safeText(line, 400)}`);
        }
        return EXIT.done;
      }),
    );
}
