import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { RuleScanner } from './extraction/rule-scanner.ts';

/**
 * The work of `bench/signatures/run.ts`: the confined child with real rules over files. Argument: a JSON file with the
 * rules (name, text). Standard input: one path a line. Prints one JSON line for the rules, then one for each file.
 */

const [path = ''] = process.argv.slice(2);
const scanner = new RuleScanner();
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

try {
  const rules: { readonly name: string; readonly text: string }[] = JSON.parse(await readFile(path, 'utf8'));
  let started = performance.now();
  const problems = await scanner.load(rules);
  say({ loadSeconds: (performance.now() - started) / 1000, problems });
  for await (const file of createInterface({ input: process.stdin })) {
    const { size } = await stat(file);
    started = performance.now();
    const hits = await scanner.scan(createReadStream(file), size);
    say({ file, size, seconds: (performance.now() - started) / 1000, hits });
  }
} finally {
  scanner.close();
}
