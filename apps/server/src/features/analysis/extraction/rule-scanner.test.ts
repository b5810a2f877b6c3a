import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { RuleScanner } from './rule-scanner.ts';

const rule = (name: string, sequences: readonly string[], least: number): string =>
  `rule ${name} { strings: ${sequences.map((hex, i) => `$s${i} = { ${hex} }`).join(' ')} condition: ${least} of them and filesize < 1000 }`;
const RULES = [
  { name: 'one', text: rule('one', ['41424344', '4546??48', '494a4b4c'], 2) },
  { name: 'broken', text: 'rule broken { condition: nonsense }' },
  { name: 'other', text: rule('other', ['ffeeddcc'], 1) },
];

async function* bytes(...parts: readonly string[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part, 'latin1');
}

describe('the rule scanner', { timeout: 120_000 }, () => {
  const scanner = new RuleScanner();
  after(() => scanner.close());

  it('names the rules that match with how many of their sequences, and the rules that are none', async () => {
    const problems = await scanner.load(RULES);
    assert.deepEqual(
      problems.map(({ name }) => name),
      ['broken'],
    );
    assert.deepEqual(await scanner.scan(bytes('..ABCD..EF', 'xH..ABCD'), 18), [{ rule: 'one', matched: 2 }]);
    assert.deepEqual(await scanner.scan(bytes('..ABCD..'), 8), []);
    assert.deepEqual(await scanner.scan(bytes(), 0), []);
    assert.deepEqual(await scanner.scan(bytes('ABCDEFGHIJKL'), 12), [{ rule: 'one', matched: 3 }]);
  });

  it('breaks alone where it does not get what was promised, and works again once rules are loaded', async () => {
    await assert.rejects(scanner.scan(bytes('short'), 10), { name: 'ChildBroken' });
    await assert.rejects(scanner.scan(bytes('ABCD'), 4), { name: 'ChildBroken' });
    await scanner.load(RULES);
    assert.deepEqual(await scanner.scan(bytes('ABCDEFGH'), 8), [{ rule: 'one', matched: 2 }]);
  });
});
