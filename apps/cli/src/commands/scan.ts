import type { Answer } from '@genehound/contract';
import { type Command, InvalidArgumentError } from 'commander';
import { printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT } from '../exit-codes.table.ts';
import { withHint } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatScanReport } from '../terminal/scan-report.ts';
import { scanVerdictText } from '../terminal/scan-verdict.ts';
import { formatTable } from '../terminal/table.ts';

type Summary = Answer<'getScan'>;

function verdictOf(scan: Summary): string {
  if (scan.verdict === null) return scan.state === 'analysing' ? `analysing (${scan.pending} to go)` : scan.state;
  return scanVerdictText(scan.verdict);
}

function notDone(scan: Summary): string {
  if (scan.state === 'failed') return `The server could not finish scan ${scan.id}; the server's log says why.`;
  if (scan.state === 'receiving') return `Scan ${scan.id} is still being received.`;
  return `Scan ${scan.id} is being analysed; ${scan.pending} ${scan.pending === 1 ? 'artifact' : 'artifacts'} to go.`;
}

function formatScans(scans: readonly Summary[], more: boolean): string {
  if (scans.length === 0) {
    return 'There are no scans yet; "genehound hunt" scans this machine, "scanner -k KEY -u URL" any other.';
  }
  const rows = scans.map((scan) => [
    scan.id,
    scan.createdAt,
    safeText(scan.endpoint?.name ?? '-', 60),
    verdictOf(scan),
    scan.families.map((name) => safeText(name, 60)).join(', '),
  ]);
  const table = formatTable([['ID', 'STARTED', 'ENDPOINT', 'VERDICT', 'FAMILIES'], ...rows]);
  return more ? `${table}\nThere are more; see --limit.` : table;
}

function parseLimit(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 500)
    throw new InvalidArgumentError('Use a number from 1 to 500.');
  return value;
}

type ListOptions = ServerOptions & { readonly json?: boolean; readonly limit: number };
type ShowOptions = ServerOptions & { readonly json?: boolean };

/** genehound scan list|show */
export function addScanCommand(program: Command, run: Run): void {
  const command = program.command('scan').description('scans and their reports');
  withServerOptions(command.command('list'))
    .description('scans, newest first')
    .option('--limit <number>', 'how many at most', parseLimit, 100)
    .option('--json', 'one JSON document on standard output')
    .action((options: ListOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const scans = await client.call('listScans', { query: { limit: options.limit } });
        if (options.json === true) printJson(io, scans);
        else io.out(formatScans(scans.items, scans.nextCursor !== null));
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('show <id>'))
    .description('the report of one scan')
    .option('--json', 'one JSON document on standard output')
    .action((id: string, options: ShowOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const scan = await withHint(
          client.call('getScan', { params: { id } }),
          '"genehound scan list" shows the ids of scans.',
        );
        if (scan.state !== 'done') {
          if (options.json === true) printJson(io, scan);
          else io.out(notDone(scan));
          return scan.state === 'failed' ? EXIT.failed : EXIT.incomplete;
        }
        const report = await client.call('getScanReport', { params: { id } });
        if (options.json === true) printJson(io, report);
        else io.out(formatScanReport(report, io.style));
        return EXIT.done;
      }),
    );
}
