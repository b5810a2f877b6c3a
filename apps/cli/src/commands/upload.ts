import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PublicScanVerdict } from '@genehound/contract';
import type { Command } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';
import type { OpenedScan, OpenedScans } from '../seal/opened-scans.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { scanVerdictText } from '../terminal/scan-verdict.ts';
import { createScanUploadClient, Refused, type ScanUploadClient } from '../upload/scan-upload-client.ts';
import { uploadScan } from '../upload/upload-scan.ts';
import { waitForScan } from '../wait-for-scan.ts';

interface UploadCommandOptions extends ServerOptions {
  readonly force?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
  readonly sealingKey?: string;
}

interface Delivery {
  readonly client: ScanUploadClient;
  readonly force: boolean;
  /** Opens scans that are sealed; undefined where no key was named. */
  readonly sealed: OpenedScans | undefined;
}

interface Result {
  readonly directory: string;
  readonly state: 'sent' | 'skipped' | 'failed';
  readonly analysisId: string | null;
  readonly verdict: PublicScanVerdict | null;
  readonly problems: readonly string[];
}

/** Says that a scan was delivered, and under which id; the vendor's tool writes the same file. */
const MARK = 'analysis_id.txt';

async function readMark(directory: string): Promise<string | undefined> {
  try {
    return (await readFile(join(directory, MARK), 'utf8')).trim().slice(0, 100);
  } catch {
    return undefined;
  }
}

const UNSEAL = 'Name the key that opens it: --sealing-key FILE.';

/** Whether the scanner sealed the scan to a key. */
async function isSealed(directory: string): Promise<boolean> {
  return (await stat(join(directory, 'scanner_info.json.age')).catch(() => null)) !== null;
}

/** Where the scan can be read, and what of it could not be opened. */
async function readable(directory: string, sealed: OpenedScans | undefined): Promise<OpenedScan> {
  if (!(await isSealed(directory))) return { directory, problems: [] };
  if (sealed === undefined) throw new Error(`${directory} is sealed. ${UNSEAL}`);
  return sealed.of(directory);
}

async function uploadOne(context: Context, directory: string, { client, force, sealed }: Delivery): Promise<Result> {
  const mark = await readMark(directory);
  if (mark !== undefined && !force) {
    return { directory, state: 'skipped', analysisId: mark, verdict: null, problems: [] };
  }
  try {
    const { readOfflineScan } = await import('@genehound/intake');
    const onProgress = (text: string): void => context.io.progress(`${directory}: ${text}`);
    const opened = await readable(directory, sealed);
    const scan = await readOfflineScan(opened.directory);
    const done = await uploadScan(client, scan, { anew: mark !== undefined, onProgress });
    const problems = [...opened.problems, ...done.problems];
    await writeFile(join(directory, MARK), `${done.analysisId}\n`).catch((error: unknown) => {
      problems.push(`${join(directory, MARK)} could not be written, so that it would be sent again: ${String(error)}`);
    });
    return { directory, state: 'sent', analysisId: done.analysisId, verdict: null, problems };
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof Refused) {
      return {
        directory,
        state: 'failed',
        analysisId: null,
        verdict: null,
        problems: [`The server refused the scan: ${error.message}`],
      };
    }
    return {
      directory,
      state: 'failed',
      analysisId: null,
      verdict: null,
      problems: [error instanceof Error ? error.message : String(error)],
    };
  }
}

function line(result: Result): string {
  const directory = safeText(result.directory);
  if (result.state === 'skipped')
    return `${directory}: sent before as ${safeText(result.analysisId ?? '')}; --force sends it again`;
  if (result.state === 'failed') return `${directory}: not sent`;
  const problems = result.problems.length > 0 ? `, ${result.problems.length} problems` : '';
  const verdict = result.verdict === null ? '' : `, verdict ${scanVerdictText(result.verdict)}`;
  return `${directory}: sent as ${result.analysisId}${verdict}${problems}`;
}

async function listScans(path: string): Promise<readonly string[]> {
  try {
    const { listOfflineScans } = await import('@genehound/intake');
    const scans = await listOfflineScans(path);
    if (scans.length > 0) return scans;
  } catch (error) {
    throw new Failure(EXIT.failed, `${path} cannot be read: ${readErrorReason(error)}.`);
  }
  throw new Failure(
    EXIT.failed,
    `${path} holds no offline scan.`,
    'Name a directory that "scanner -o DIR" wrote, or one scan_… directory in it.',
  );
}

function exitOf(results: readonly Result[]): ExitCode {
  if (results.some((result) => result.state === 'failed')) return EXIT.failed;
  return results.some((result) => result.problems.length > 0) ? EXIT.incomplete : EXIT.done;
}

async function upload(context: Context, path: string, options: UploadCommandOptions): Promise<ExitCode> {
  const { config, io } = context;
  const directories = await listScans(path);
  const { url, key, client: api } = await connect(config, options);
  const uploadClient = await createScanUploadClient(url, key);
  const sealed = options.sealingKey === undefined ? undefined : await opening(options.sealingKey, io);
  const delivery: Delivery = { client: uploadClient, force: options.force === true, sealed };
  try {
    return await deliver(context, directories, delivery, api, options);
  } finally {
    sealed?.close();
  }
}

async function opening(keyFile: string, io: Context['io']): Promise<OpenedScans> {
  const { readSealingKey } = await import('../seal/sealing-key.ts');
  const { openScans } = await import('../seal/opened-scans.ts');
  return openScans(await readSealingKey(keyFile), (path) => io.progress(path));
}

async function deliver(
  context: Context,
  directories: readonly string[],
  delivery: Delivery,
  api: Awaited<ReturnType<typeof connect>>['client'],
  options: UploadCommandOptions,
): Promise<ExitCode> {
  const { io } = context;
  const results: Result[] = [];
  for (const directory of directories) {
    let result = await uploadOne(context, directory, delivery);
    if (options.wait === true && result.state === 'sent' && result.analysisId !== null) {
      const scan = await waitForScan(api, result.analysisId, ({ pending }) =>
        io.progress(`${pending} artifacts to go`),
      );
      result = { ...result, verdict: scan.verdict };
    }
    io.progressDone();
    results.push(result);
    for (const problem of result.problems) io.tell(safeText(problem, 2_000));
    if (options.json !== true) io.out(line(result));
  }
  if (options.json === true) printJson(io, { scans: results });
  return exitOf(results);
}

/** genehound upload DIR */
export function addUploadCommand(program: Command, run: Run): void {
  withServerOptions(program.command('upload <directory>'))
    .description('deliver offline scans: one scan_… directory, or all below the directory that "scanner -o" wrote')
    .option('--sealing-key <file>', 'the key, as "genehound key seal" wrote it, that opens scans which are sealed')
    .option('--force', 'send again what was sent before, as a new scan')
    .option('--wait', 'wait for the verdict (the key must be allowed to read)')
    .option('--json', 'one JSON document on standard output')
    .action((directory: string, options: UploadCommandOptions) =>
      run((context) => upload(context, directory, options)),
    );
}
