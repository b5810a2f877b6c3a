import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { branchCoverage } from './branch-coverage.ts';
import { parserCoverage } from './parser-coverage.ts';
import { PARSERS } from './parsers.table.ts';

const root = mkdtempSync(join(tmpdir(), 'genehound-coverage-'));
after(() => rmSync(root, { recursive: true, force: true }));

const SOURCE = `export function read(bytes: Uint8Array): string {
  const first = bytes[0] ?? 0;
  if (first === 1) return 'one';
  if (first === 2) return 'two';
  return first === 3 ? 'three' : 'other';
}
export const never = (): number => 5;
`;

/** Runs the source in a process of its own for each list of first bytes. */
function cover(place: string, runs: readonly (readonly number[])[]): string {
  const folder = join(root, place);
  const file = join(folder, 'packages/binary/src/pe/read.ts');
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, SOURCE);
  for (const firsts of runs) {
    const program = `import { read } from ${JSON.stringify(file)}; for (const one of ${JSON.stringify(firsts)}) read(Uint8Array.of(one));`;
    const coverage = join(folder, 'coverage');
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, NODE_V8_COVERAGE: coverage },
    });
  }
  return folder;
}

const missedIn = (folder: string): readonly string[] =>
  [...branchCoverage(join(folder, 'coverage'), (path) => path.endsWith('read.ts')).values()].flatMap(({ missed }) =>
    missed.map(({ line }) => `line ${line}`),
  );

describe('branches that tests take', () => {
  it('are those of any process; fallbacks of indexed reads are counted apart', () => {
    const folder = cover('some', [[1, 9], [2]]);
    assert.deepEqual(missedIn(folder), ['line 5', 'line 7']);
    const [file] = branchCoverage(join(folder, 'coverage'), (path) => path.endsWith('read.ts')).values();
    assert.equal(file?.fallbacks, 1);
  });

  it('are too few for a parser whose tests leave some out, or that has no file', () => {
    const folder = cover('few', [[9]]);
    const found = parserCoverage(folder, join(folder, 'coverage'));
    assert.equal(found.length, PARSERS.length);
    assert.ok(found.every(({ enough }) => !enough));
    const pe = found.find(({ parser }) => parser === 'PE');
    assert.match(pe?.report ?? '', /read\.ts:3 return 'one'/);
  });
});
