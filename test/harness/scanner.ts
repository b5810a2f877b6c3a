import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ScanReport } from '@genehound/contract';
import { type Finished, type Machine, REPOSITORY, type RunOptions } from './machine.ts';
import type { Server } from './server.ts';
import { until } from './until.ts';

const run = promisify(execFile);
let built: Promise<string> | undefined;

/** The real scanner of this checkout, built where it is not up to date. */
export function scannerPath(): Promise<string> {
  built ??= buildScanner();
  return built;
}

async function buildScanner(): Promise<string> {
  await run(process.execPath, [join(REPOSITORY, 'scanner/build.mjs')], { maxBuffer: 16 << 20 });
  const path = join(REPOSITORY, 'scanner/dist', `scanner-linux-${process.arch === 'x64' ? 'amd64' : process.arch}`);
  await access(path);
  return path;
}

export interface ScanOptions extends RunOptions {
  /** More arguments, such as --self-test. */
  readonly args?: readonly string[];
}

/** Runs the scanner inside a machine to its end, unthrottled: the tests measure what it finds, not how gently. */
export async function runScanner(
  machine: Machine,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  return machine.run(await scannerPath(), ['--json', '--cpu', '100', ...args], options);
}

export interface Scanned {
  readonly id: string;
  readonly scanner: Finished;
  readonly report: ScanReport;
}

/** Scans a machine against its server and waits for the verdict. Throws Error unless the scanner's exit is `exit`. */
export async function scan(
  machine: Machine,
  server: Server,
  key: string,
  options: ScanOptions & { readonly exit?: number } = {},
): Promise<Scanned> {
  const id = randomUUID();
  const target = ['-k', key, '-u', machine.network.url, '--id', id, ...(options.args ?? [])];
  const scanner = await runScanner(machine, target, options);
  if (scanner.code !== (options.exit ?? 0)) {
    throw new Error(`The scanner's exit was ${scanner.code}: ${scanner.stdout}${scanner.stderr}`);
  }
  return { id, scanner, report: await reportOf(server, id) };
}

/** Waits until a scan that has been delivered is judged. */
export async function reportOf(server: Server, id: string, seconds = 60): Promise<ScanReport> {
  await until(`The verdict of scan ${id}`, seconds, async () => {
    const { state } = await server.client.call('getScan', { params: { id } });
    if (state === 'failed') throw new Error(`The analysis of scan ${id} failed`);
    return state === 'done' ? true : undefined;
  });
  return server.client.call('getScanReport', { params: { id } });
}
