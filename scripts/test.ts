/**
 * Runs every check of this project: `npm test`, and in CI. Each runs although another failed; the exit code is 0
 * only when all passed.
 *
 *   node scripts/test.ts [--long] [--only NAME]... [--list]
 *
 * --long: whole campaigns instead of their seeded samples (GENEHOUND_LONG=1 for the tests).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CHECKS, type Check } from './test/checks.table.ts';
import { type CheckResult, runCheck } from './test/run-check.ts';

const SHOWN_FAILURES = 10;
const SHOWN_CHARACTERS = 1_200;

const root = resolve(import.meta.dirname, '..');

function readArguments(): { readonly long: boolean; readonly checks: readonly Check[]; readonly list: boolean } {
  const { values } = parseArgs({
    options: {
      long: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      // Read by set-up, which runs before.
      install: { type: 'boolean', default: false },
    },
  });
  const unknown = values.only.find((name) => !CHECKS.some((check) => check.name === name));
  if (unknown !== undefined) throw new Error(`There is no check "${unknown}"; --list names them`);
  const checks = values.only.length === 0 ? CHECKS : CHECKS.filter((check) => values.only.includes(check.name));
  return { long: values.long, checks, list: values.list };
}

function summaryLine(check: Check, result: CheckResult): string {
  const word = result.failed > 0 ? 'FAILED' : 'passed';
  const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : '';
  const counts = `${result.passed} passed, ${result.failed} failed${skipped}`;
  return `${word}  ${check.name.padEnd(14)} ${`${result.seconds.toFixed(1)} s`.padStart(9)}  ${counts}`;
}

async function main(): Promise<number> {
  const { long, checks, list } = readArguments();
  if (list) {
    for (const check of checks) process.stdout.write(`${check.name.padEnd(14)} ${check.what}\n`);
    return 0;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'genehound-checks-'));
  const started = performance.now();
  const results: [Check, CheckResult][] = [];
  try {
    for (const check of checks) {
      process.stdout.write(`\n=== ${check.name}: ${check.what}\n`);
      results.push([check, await runCheck(check, { root, scratch, long })]);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  for (const [check, { failures }] of results.filter(([, { failed }]) => failed > 0)) {
    process.stdout.write(`\n=== failures of ${check.name}\n`);
    for (const text of failures.slice(0, SHOWN_FAILURES)) process.stdout.write(`${text.slice(0, SHOWN_CHARACTERS)}\n`);
  }
  process.stdout.write('\n=== summary\n');
  for (const [check, result] of results) process.stdout.write(`${summaryLine(check, result)}\n`);
  const sum = (pick: (result: CheckResult) => number): number =>
    results.reduce((total, [, result]) => total + pick(result), 0);
  const failed = sum((result) => result.failed);
  const skipped = sum((result) => result.skipped);
  process.stdout.write(
    `\n${sum((result) => result.passed)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''} in ${Math.round((performance.now() - started) / 1000)} s\n`,
  );
  return failed > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`genehound: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
