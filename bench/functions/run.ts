/**
 * node bench/functions/run.ts [PATH]...
 *
 * How many of the functions that symbols name are found with the symbols hidden, and how many of those found are functions, in
 * the file and in its code alone. Without
 * paths: this Node.js, a static program of both word sizes built here, and system PE files that have symbols.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reach } from '../reach.ts';
import { type Measure, measureRecall } from './recall.ts';

const WINE = '/usr/lib/x86_64-linux-gnu/wine/x86_64-windows';
const folder = mkdtempSync(join(tmpdir(), 'genehound-functions-'));

/** A program with its whole C library, which has symbols; none where the compiler cannot. */
function buildStatic(name: string, options: readonly string[]): readonly string[] {
  const source = join(folder, 'program.c');
  const out = join(folder, name);
  writeFileSync(source, 'int main(int count, char **texts) { return count + texts[0][0]; }');
  const { status } = spawnSync('gcc', ['-O2', '-static', ...options, '-o', out, source], { stdio: 'ignore' });
  return status === 0 ? [out] : [];
}

function targets(): readonly string[] {
  const given = process.argv.slice(2);
  if (given.length > 0) return given;
  const windows = ['ntdll.dll', 'kernelbase.dll', 'msvcrt.dll'].map((name) => join(WINE, name));
  const built = [...buildStatic('static-64', []), ...buildStatic('static-32', ['-m32'])];
  return [process.execPath, ...built, ...windows].filter((path) => existsSync(path));
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function described({ recall, precision }: Measure): string {
  const right = precision === null ? 'not measured, the symbols are incomplete' : percent(precision);
  return `${percent(recall)} found; of what is found, functions: ${right}`;
}

try {
  for (const path of targets()) {
    const found = measureRecall(path);
    if (found === null) {
      console.log(`${path}: no symbols`);
      continue;
    }
    console.log(`${path}: ${found.functions} functions`);
    console.log(`        file: ${described(found.file)}`);
    console.log(`        code alone: ${described(found.raw)}`);
    const least = found.format === 'elf' ? 0.99 : 0.95;
    const promise = `  ${found.format === 'elf' ? 'ELF' : 'PE'}, at least ${percent(least)} found`;
    reach(promise, { met: found.file.recall >= least, value: percent(found.file.recall) });
  }
} finally {
  rmSync(folder, { recursive: true });
}
