import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ruleTextProblem } from './rule-text.ts';

const RULE = 'rule a : malware { meta: note = "a rule of thumb" strings: $x = { 00 } condition: $x }';

test('one rule of the name is taken, with comments wherever the language has them', () => {
  assert.equal(ruleTextProblem('a', RULE), null);
  assert.equal(ruleTextProblem('a', `// a rule, global to none\nimport "pe"\n${RULE}`), null);
  assert.equal(ruleTextProblem('a', 'rule /* x */ a // y\n { condition: true }'), null);
});

test('what is not that one rule is refused with its reason', () => {
  const more = /more than one rule/;
  assert.match(ruleTextProblem('b', RULE) ?? '', /no rule of that name/);
  assert.match(ruleTextProblem('a', `${RULE} rule b { condition: true }`) ?? '', more);
  assert.match(ruleTextProblem('a', `${RULE} rule/**/b/**/{ condition: true }`) ?? '', more);
  assert.match(ruleTextProblem('a', `${RULE} rule a { condition: true }`) ?? '', more);
  // Hidden behind a quotation mark that is none to the compiler.
  assert.match(ruleTextProblem('a', `rule a { strings: $x = /"/ condition: $x } rule b {condition: true}`) ?? '', more);
  assert.match(ruleTextProblem('a', `global ${RULE}`) ?? '', /global or private/);
  assert.match(ruleTextProblem('a', `private /**/ ${RULE}`) ?? '', /global or private/);
  assert.match(ruleTextProblem('a', `include "/etc/hosts"\n${RULE}`) ?? '', /includes a file/);
  assert.match(ruleTextProblem('a', `import "console"\n${RULE}`) ?? '', /console/);
  assert.match(ruleTextProblem('a', `rule${' '.repeat(20_000)}a { condition: true }`) ?? '', /too far apart/);
});

test('any text gets an answer, soon', () => {
  const words = fc.constantFrom('rule ', 'global ', '/*', '*/', '//', '\n', '{', '}', 'a', '"', 'include', ' ');
  fc.assert(
    fc.property(fc.array(words, { maxLength: 200 }), (parts) => {
      const said = ruleTextProblem('a', parts.join(''));
      assert.ok(said === null || said.length > 0);
    }),
  );
  const started = process.cpuUsage();
  ruleTextProblem('a', 'rule/*'.repeat(80_000));
  assert.ok(process.cpuUsage(started).user < 5_000_000);
});
