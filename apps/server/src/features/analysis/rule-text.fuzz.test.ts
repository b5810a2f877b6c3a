import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type FuzzTarget, fuzz } from '@genehound/test';
import { ruleTextProblem } from './rule-text.ts';

const RULES = [
  'rule a : malware { meta: note = "a rule of thumb" strings: $x = { 00 ?? } condition: $x }',
  '// a rule, global to none\nimport "pe"\nrule /* x */ a // y\n { strings: $s = /ab"c/ condition: all of them }',
  'private rule b { condition: true } rule a { condition: b }',
  'include "/etc/hosts"\nglobal rule a { condition: true }',
];

/** What any text that is taken has: a heading of the name, and none of the words that are never taken before a heading. */
function assertOneRule(text: string): void {
  const bare = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\r\n]*/g, ' ');
  // Where nothing is quoted, taking comments away leaves the language's own words.
  if (/["/]/.test(bare)) return;
  assert.deepEqual(
    bare.match(/\brule\s+\w+\s*[{:]/g)?.map((heading) => heading.split(/\s+/)[1]?.replace(/\W/, '')),
    ['a'],
  );
  assert.doesNotMatch(bare, /\b(?:global|private)\s+rule\s+\w+\s*[{:]/);
}

it('changed texts of rules get an answer, and none that is taken holds two rules', async (t) => {
  const target: FuzzTarget = {
    name: 'texts of rules',
    samples: RULES.map((text) => ({ bytes: Buffer.from(text), header: 0 })),
    quick: 10_000,
    read: (bytes) => {
      const text = new TextDecoder().decode(bytes);
      const said = ruleTextProblem('a', text);
      if (said === null) assertOneRule(text);
      assert.notEqual(said, '');
      // It found headings, or something that is refused, and not only that there is no rule.
      return said === null || !said.includes('no rule of that name');
    },
  };
  t.diagnostic(await fuzz(target));
});
