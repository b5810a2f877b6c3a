import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { measureRecall } from './recall.ts';

const folder = mkdtempSync(join(tmpdir(), 'genehound-functions-'));
after(() => rmSync(folder, { recursive: true }));

/** The whole C library comes along, with its symbols. */
function build(compiler: string, name: string, options: readonly string[]): string {
  const source = join(folder, 'program.c');
  const out = join(folder, name);
  writeFileSync(
    source,
    '#include <stdio.h>\nint main(int count, char **texts) { return printf("%s %d", texts[0], count); }',
  );
  execFileSync(compiler, ['-O2', '-static', '-o', out, source, ...options]);
  return out;
}

describe('functions found with the symbols hidden', () => {
  it('are 99 % of a static ELF with .eh_frame', () => {
    const found = measureRecall(build('gcc', 'program', []));
    assert.ok(found !== null && found.functions > 500);
    assert.ok(found.file.recall >= 0.99 && (found.file.precision ?? 0) >= 0.9, JSON.stringify(found));
    assert.ok(found.raw.recall >= 0.7 && found.raw.recall <= found.file.recall, JSON.stringify(found));
    assert.ok((found.raw.precision ?? 0) >= 0.7, JSON.stringify(found));
  });

  for (const [compiler, least] of [
    ['x86_64-w64-mingw32-gcc', 0.95],
    ['i686-w64-mingw32-gcc', 0.85],
  ] as const) {
    it(`are ${least * 100} % of a PE by ${compiler}`, { skip: !existsSync(`/usr/bin/${compiler}`) }, () => {
      const found = measureRecall(build(compiler, `${compiler}.exe`, []));
      assert.ok(found !== null && found.functions > 50);
      assert.ok(found.file.recall >= least, JSON.stringify(found));
    });
  }
});
