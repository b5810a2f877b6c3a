import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SignatureHit } from './artifact-input.ts';
import { blocks, caseOf, LIBRARY, MALWARE, TOOL } from './case-builder.ts';
import { judgeArtifact, namedFamilies } from './judge-artifact.ts';

const hit = (matched: number, family: SignatureHit['family'] = MALWARE): SignatureHit => ({
  rule: 'a_rule',
  family,
  matched,
  sequences: 10,
});
const judged = (signatures: readonly SignatureHit[], set: 'library' | 'none' = 'library') =>
  judgeArtifact({ ...caseOf({ blocks: blocks(set, 40) }), signatures });

test('seven sequences of malware speak alone, six are evidence that decides nothing', () => {
  const strong = judged([hit(7)]);
  assert.deepEqual([strong.verdict, strong.evidence.rule], ['malicious', 'signature']);
  assert.deepEqual(namedFamilies(strong), [MALWARE.name]);
  const weak = judged([hit(6)]);
  assert.equal(weak.verdict, 'trusted');
  assert.deepEqual(weak.evidence.signatures, [{ rule: 'a_rule', family: MALWARE.name, matched: 6, sequences: 10 }]);
  assert.deepEqual(namedFamilies(weak), []);
});

test('rules of other kinds of families accuse nobody', () => {
  for (const family of [LIBRARY, TOOL]) assert.equal(judged([hit(10, family)]).verdict, 'trusted');
});

test('a label on the exact code comes first', () => {
  const organisationLabel = { scope: 'organisation', family: LIBRARY, source: 'test' } as const;
  const input = { ...caseOf({ blocks: blocks('none', 40), organisationLabel }), signatures: [hit(10)] };
  assert.equal(judgeArtifact(input).verdict, 'trusted');
});

test('more sequences and more rules never lower a verdict', () => {
  const rank = { trusted: 0, unknown: 1, suspicious: 2, malicious: 3 } as const;
  const some = fc.array(fc.tuple(fc.nat(10), fc.constantFrom(MALWARE, TOOL, LIBRARY)), { maxLength: 5 });
  fc.assert(
    fc.property(some, fc.constantFrom('library' as const, 'none' as const), fc.nat(10), (hits, set, more) => {
      const before = hits.map(([matched, family]) => hit(matched, family));
      const after = [...before.map((one) => ({ ...one, matched: one.matched + 1 })), hit(more)];
      assert.ok(rank[judged(after, set).verdict] >= rank[judged(before, set).verdict]);
    }),
  );
});
