import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';

const BUILDS: Readonly<Record<string, string>> = { x64: 'scanner-linux-amd64', arm64: 'scanner-linux-arm64' };

/** The scanner that set-up built for this machine. Throws a Failure where it is not there. */
export function scannerPath(root: string): string {
  const path = join(root, 'scanner', 'dist', BUILDS[process.arch] ?? 'none');
  if (!existsSync(path))
    throw new Failure(
      EXIT.failed,
      `The scanner is not built: ${path} is missing.`,
      'Build it with "node scanner/build.mjs".',
    );
  return path;
}

export interface ScannerRun {
  readonly url: string;
  readonly pin: string | null;
  readonly key: string;
  readonly analysisId: string;
  readonly withSudo: boolean;
  readonly environment: Readonly<Record<string, string>>;
  onLine(line: string): void;
  onStart(child: ChildProcess): void;
}

/** Longer than the scanner's own deadline. */
const TIMEOUT_MS = 12 * 60_000;
const LAST_LINES = 5;

export interface ScannerResult {
  readonly exit: number;
  /** The last lines of its standard error, for messages. */
  readonly lastLines: readonly string[];
}

/** How long another scan of this machine is waited for. */
const PATIENCE_MS = 180_000;
const RETRY_MS = 3_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function runOnce(path: string, run: ScannerRun, keyFile: string): Promise<ScannerResult> {
  const args = ['--key-file', keyFile, '--url', run.url, '--id', run.analysisId, '--cpu', '100', '--json'];
  if (run.pin !== null) args.push('--pin', run.pin);
  const [file, all] = run.withSudo ? ['sudo', ['-n', path, ...args]] : [path, args];
  const child = spawn(file, all, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...run.environment },
    timeout: TIMEOUT_MS,
  });
  run.onStart(child);
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > LAST_LINES) lastLines.shift();
    run.onLine(line);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ exit: code ?? EXIT.failed, lastLines }));
  });
}

/**
 * Runs the scanner against a server. The key goes by a file: arguments show in the process list, and sudo passes
 * no environment on. Where another scan of this machine is under way, it is waited for.
 */
export async function runScanner(path: string, run: ScannerRun): Promise<ScannerResult> {
  const directory = await mkdtemp(join(tmpdir(), 'genehound-key-'));
  const keyFile = join(directory, 'key');
  try {
    await writeFile(keyFile, `${run.key}\n`, { mode: 0o600 });
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const result = await runOnce(path, run, keyFile);
      const isBusy =
        result.exit === EXIT.failed && result.lastLines.some((line) => line.includes('another scanner is'));
      if (!isBusy || performance.now() > until) return result;
      await sleep(RETRY_MS);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
