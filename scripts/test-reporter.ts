import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/**
 * Node's test runner for a log that people read: one line a file, failures in full with what their file printed,
 * and the totals with the failures as JSON for the summary (to the file that GENEHOUND_TEST_COUNTS names).
 */

interface FileState {
  passed: number;
  failed: number;
  skipped: number;
  readonly failures: string[];
  printed: string;
  readonly since: number;
}

const KEPT_BYTES = 20_000;

function nameOf(file: string | undefined): string {
  return file === undefined ? 'unknown file' : relative(process.cwd(), file);
}

function failureText(name: string, error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const text =
    typeof cause === 'string' ? cause : inspect(cause, { depth: 6, maxStringLength: 4_000, breakLength: 120 });
  return `  ✖ ${name}\n${text.replaceAll(/^/gm, '      ')}\n`;
}

function lineOf(file: string, state: FileState): string {
  const seconds = ((performance.now() - state.since) / 1000).toFixed(1);
  const skipped = state.skipped > 0 ? `, ${state.skipped} skipped` : '';
  if (state.failed === 0) return `✔ ${file}: ${state.passed} passed${skipped} (${seconds} s)\n`;
  const printed = state.printed === '' ? '' : `  it printed:\n${state.printed.replaceAll(/^/gm, '    | ')}\n`;
  return `✖ ${file}: ${state.passed} passed, ${state.failed} FAILED${skipped} (${seconds} s)\n${state.failures.join('')}${printed}`;
}

export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string, void, undefined> {
  const files = new Map<string, FileState>();
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  const stateOf = (file: string | undefined): FileState => {
    const name = nameOf(file);
    const state = files.get(name) ?? {
      passed: 0,
      failed: 0,
      skipped: 0,
      failures: [],
      printed: '',
      since: performance.now(),
    };
    files.set(name, state);
    return state;
  };
  const finish = (name: string): string => {
    const state = files.get(name);
    files.delete(name);
    if (state === undefined) return '';
    total.passed += state.passed;
    total.failed += state.failed;
    total.skipped += state.skipped;
    failures.push(...state.failures.map((text) => `${name}\n${text}`));
    return lineOf(name, state);
  };
  for await (const event of source) {
    if (event.type === 'test:stdout' || event.type === 'test:stderr') {
      const state = stateOf(event.data.file);
      if (state.printed.length < KEPT_BYTES) state.printed += event.data.message;
    } else if (event.type === 'test:dequeue') {
      stateOf(event.data.file);
    } else if (event.type === 'test:pass') {
      const state = stateOf(event.data.file);
      if (event.data.skip !== undefined && event.data.skip !== false) state.skipped += 1;
      else if (event.data.details.type !== 'suite') state.passed += 1;
    } else if (event.type === 'test:fail') {
      const state = stateOf(event.data.file);
      const { error } = event.data.details;
      // A group fails because of its parts, which are counted themselves.
      if ('failureType' in error && error.failureType === 'subtestsFailed') continue;
      state.failed += 1;
      state.failures.push(failureText(event.data.name, error));
    } else if (event.type === 'test:summary' && event.data.file !== undefined) {
      yield finish(nameOf(event.data.file));
    }
  }
  for (const name of [...files.keys()]) yield finish(name);
  const counts = process.env['GENEHOUND_TEST_COUNTS'];
  if (counts !== undefined) writeFileSync(counts, JSON.stringify({ ...total, failures }));
  yield `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}\n`;
}
