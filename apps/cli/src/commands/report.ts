import type { Command } from 'commander';
import { printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { formatAdvice } from '../response/format-advice.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { formatScanReport } from '../terminal/scan-report.ts';

type Options = ServerOptions & { readonly json?: boolean };

/** genehound report */
export function addReportCommand(program: Command, run: Run): void {
  withServerOptions(program.command('report <scan>'))
    .description('what to do about a scan, why, and its report')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: Options) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const params = { id };
        const advice = await withHint(
          client.call('getScanAdvice', { params }),
          '"genehound scan list" shows the ids of scans.',
        );
        const report = await client.call('getScanReport', { params });
        if (options.json === true) printJson(io, { advice, report });
        else io.out(`${formatAdvice(advice, io.style)}\n\n${formatScanReport(report, io.style)}`);
        return EXIT.done;
      }),
    );
}
