import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findGo } from '../setup/tools.mjs';
import type { Check } from './checks.table.ts';
import { parserCoverage } from './parser-coverage.ts';

export interface CheckResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** What failed and why, for the end of a long log: of a log often only the end is kept. */
  readonly failures: readonly string[];
}

export interface Surroundings {
  readonly root: string;
  /** An empty directory for what checks leave behind. */
  readonly scratch: string;
  readonly long: boolean;
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

const LONG_FACTOR = 5;
const KEPT_OUTPUT = 4 * 2 ** 20;

/** Runs a program with its output shown and kept. A program that takes too long is ended with all its children. */
function show(
  command: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
  minutes: number,
): Promise<Ended> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const keep = (target: NodeJS.WriteStream) => (chunk: Buffer) => {
    target.write(chunk);
    if (output.length < KEPT_OUTPUT) output += chunk.toString('utf8');
  };
  child.stdout.on('data', keep(process.stdout));
  child.stderr.on('data', keep(process.stderr));
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  };
  // Its own process group does not get the terminal's signals.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      end();
      process.exit(130);
    });
  }
  return new Promise((done) => {
    const timer = setTimeout(() => {
      process.stdout.write(`It took longer than ${minutes} minutes and was ended.\n`);
      end();
    }, minutes * 60_000);
    const finish = (code: number): void => {
      clearTimeout(timer);
      process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
      done({ code, output });
    };
    child.on('error', (error) => {
      process.stdout.write(`${file} could not be started: ${error.message}\n`);
      finish(127);
    });
    child.on('close', (code) => finish(code ?? 1));
  });
}

type Counts = Omit<CheckResult, 'seconds'>;

/** Of the output of a check without tests of its own, the end says why it failed. */
const LAST_OUTPUT = 2_000;

function one(isGood: boolean, output: string): Counts {
  if (isGood) return { passed: 1, failed: 0, skipped: 0, failures: [] };
  return { passed: 0, failed: 1, skipped: 0, failures: [output.slice(-LAST_OUTPUT)] };
}

/** A package of Go counts as one. */
function goCounts({ code, output }: Ended): Counts {
  const count = (pattern: RegExp): number => output.match(pattern)?.length ?? 0;
  const failed = count(/^FAIL\t\S+/gm);
  const failures = output.match(/^(?:\s*--- FAIL: .*(?:\n {4,}.*)*|FAIL\t.*)$/gm) ?? [];
  if (code !== 0 && failed === 0) return { ...one(false, output), passed: count(/^ok {2}\t/gm) };
  return { passed: count(/^ok {2}\t/gm), failed, skipped: 0, failures };
}

function nodeFiles(root: string, files: readonly string[], except: readonly string[]): string[] {
  const ignored = ['**/node_modules/**', '**/dist/**', '**/.cache/**'];
  const options = { cwd: root, exclude: ignored };
  const left = new Set(globSync([...except], options));
  return globSync([...files], options)
    .filter((file) => !left.has(file))
    .sort();
}

function readCounts(path: string, { code, output }: Ended): Counts {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value === 'object' && value !== null && 'passed' in value && 'failed' in value && 'skipped' in value) {
      const failures = 'failures' in value && Array.isArray(value.failures) ? value.failures.map(String) : [];
      const counts = { passed: Number(value.passed), failed: Number(value.failed), skipped: Number(value.skipped) };
      return code !== 0 && counts.failed === 0
        ? { ...counts, failed: 1, failures: one(false, output).failures }
        : { ...counts, failures };
    }
  } catch {
    // The runner did not get to its end.
  }
  return one(false, output);
}

async function runNodeTests(
  check: Check,
  run: Extract<Check['run'], { kind: 'node-test' }>,
  where: Surroundings,
  environment: Readonly<Record<string, string>>,
  minutes: number,
): Promise<Counts> {
  const files = nodeFiles(where.root, run.files, run.except);
  if (files.length === 0) {
    process.stdout.write('No test file was found.\n');
    return one(false, 'No test file was found.');
  }
  const counts = join(where.scratch, `${check.name}.json`);
  const command = [
    process.execPath,
    '--test',
    `--test-concurrency=${run.parallel}`,
    `--test-timeout=${minutes * 60_000}`,
    `--test-reporter=${join(where.root, 'scripts', 'test-reporter.ts')}`,
    '--test-reporter-destination=stdout',
    ...files,
  ];
  const coverage = join(where.scratch, `${check.name}-coverage`);
  // A campaign takes hours without counting every branch.
  const isCounted = run.coversParsers === true && !where.long;
  const more = isCounted ? { NODE_V8_COVERAGE: coverage } : {};
  const ended = await show(command, where.root, { ...environment, ...more, GENEHOUND_TEST_COUNTS: counts }, minutes);
  const result = readCounts(counts, ended);
  return isCounted ? withCoverage(result, where.root, coverage) : result;
}

/** Each parser counts as a test. */
function withCoverage(counts: Counts, root: string, folder: string): Counts {
  const parsers = parserCoverage(root, folder);
  process.stdout.write(`\nbranches that the tests take\n`);
  for (const { report } of parsers) process.stdout.write(`${report}\n`);
  const failures = parsers
    .filter(({ enough }) => !enough)
    .map(({ report }) => `too few branches are tested: ${report}`);
  return {
    passed: counts.passed + parsers.length - failures.length,
    failed: counts.failed + failures.length,
    skipped: counts.skipped,
    failures: [...counts.failures, ...failures],
  };
}

/** Go lies where set-up found it, which need not be on the path. */
function pathWithGo(root: string): string {
  const go = findGo();
  const folders = [join(root, 'node_modules', '.bin')];
  if ('path' in go) folders.push(dirname(go.path));
  return [...folders, process.env['PATH'] ?? ''].join(delimiter);
}

async function countsOf(check: Check, where: Surroundings): Promise<Counts> {
  const minutes = check.minutes * (where.long ? LONG_FACTOR : 1);
  const environment: Record<string, string> = {
    PATH: pathWithGo(where.root),
    ...(where.long ? { GENEHOUND_LONG: '1' } : {}),
  };
  const { run } = check;
  if (run.kind === 'node-test') return await runNodeTests(check, run, where, environment, minutes);
  const folder = join(where.root, run.folder ?? '.');
  if (run.kind === 'command') {
    const ended = await show(run.command, folder, { ...environment, ...run.environment }, minutes);
    return one(ended.code === 0, ended.output);
  }
  const ended = await show(run.command, folder, environment, minutes);
  if (run.kind === 'go-test') return goCounts(ended);
  return one(ended.code === 0 && ended.output.trim() === '', ended.output);
}

/** Runs one check to its end. Never throws for what the check finds. */
export async function runCheck(check: Check, where: Surroundings): Promise<CheckResult> {
  const from = performance.now();
  const counts = await countsOf(check, where);
  return { ...counts, seconds: (performance.now() - from) / 1000 };
}
