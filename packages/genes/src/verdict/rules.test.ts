import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RULES } from './rules.ts';

const GOLDEN = join(import.meta.dirname, '../../golden/verdict-rules.txt');
const STRING_OR_COMMENT = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

/** A source without its comments, and without the space between its words: those change no verdict. */
function essence(source: string): string {
  return source.replace(STRING_OR_COMMENT, (part) => (part.startsWith('/') ? ' ' : part)).replaceAll(/\s+/g, ' ');
}

function digestOf(sources: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const name of [...sources.keys()].sort()) {
    const text = essence(sources.get(name) ?? '');
    hash.update(`${name} ${text.length}\n${text}\n`);
  }
  return hash.digest('hex').slice(0, 32);
}

function rulesSources(): Map<string, string> {
  const names = readdirSync(import.meta.dirname).filter(
    (name) =>
      name.endsWith('.ts') &&
      !/\.test\.ts$|\.test-helper\.ts$/.test(name) &&
      !/^(?:rules|case-builder)\.ts$/.test(name),
  );
  return new Map(names.map((name) => [name, readFileSync(join(import.meta.dirname, name), 'utf8')]));
}

test('no rule changes without its number', () => {
  const lines = readFileSync(GOLDEN, 'utf8').trim().split('\n');
  const digest = digestOf(rulesSources());
  assert.equal(
    lines.at(-1),
    `${RULES} ${digest}`,
    `The sources in ${import.meta.dirname} changed. If any verdict can be another now: raise RULES in rules.ts and append \
"${RULES + 1} ${digest}" to golden/verdict-rules.txt. If none can: put this digest in place of the last one.`,
  );
  assert.deepEqual(
    lines.map((line) => Number(line.split(' ')[0])),
    lines.map((_, index) => index + 1),
    'each number once, ascending',
  );
});

test('a changed number, operator or file is seen; a comment or a line break is not', () => {
  const before = digestOf(rulesSources());
  const change = (edit: (text: string) => string): string => {
    const sources = rulesSources();
    const text = sources.get('thresholds.ts') ?? '';
    const edited = edit(text);
    assert.notEqual(edited, text);
    return digestOf(sources.set('thresholds.ts', edited));
  };
  assert.notEqual(
    change((text) => text.replace('maliciousGenes: 5', 'maliciousGenes: 6')),
    before,
  );
  assert.equal(
    change((text) => `${text}\n// and nothing else\n`.replace('/**', '/** Indeed.')),
    before,
  );
  assert.notEqual(digestOf(rulesSources().set('another.ts', 'export {};')), before);
  assert.equal(essence("a('//b') // c"), "a('//b') ");
});
