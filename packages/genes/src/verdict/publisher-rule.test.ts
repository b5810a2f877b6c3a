import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArtifactFinding, ArtifactInput, TrustedSignature } from './artifact-input.ts';
import { blocks, type CaseParts, caseOf, LIBRARY, MALWARE, type SetName } from './case-builder.ts';
import { judgeArtifact } from './judge-artifact.ts';

const publisher: TrustedSignature = {
  publisher: 'CN=Example Publisher, O=Example Works',
  catalog: null,
  at: '2021-01-07T06:13:20.000Z',
  stamped: true,
};
const signed = (parts: CaseParts, more: Partial<ArtifactInput> = {}) =>
  judgeArtifact({ ...caseOf(parts), publisher, ...more });
const implanted: ArtifactFinding = { kind: 'implanted-image', changes: [], leadsToTrusted: false };

test('a trusted publisher vouches for its file, also where it holds no code or is packed', () => {
  const plain = signed({ blocks: blocks('none', 40) });
  assert.deepEqual([plain.verdict, plain.subVerdict, plain.evidence.rule], ['trusted', 'trusted', 'trusted-publisher']);
  assert.match(
    plain.evidence.reasons[0] ?? '',
    /This very file is signed by CN=Example Publisher.*stamped on 2021-01-07/,
  );
  assert.deepEqual(plain.evidence.publisher, publisher);
  assert.equal(plain.evidence.trustedShare, 0, 'its genes are as unknown as before');
  assert.equal(signed({ blocks: [] }).verdict, 'trusted');
  assert.equal(signed({ blocks: blocks('none', 40), genomeProblems: ['packed'] }).verdict, 'trusted');
  const catalog = signed({ blocks: [] }, { publisher: { ...publisher, catalog: 'a.cat', stamped: false } });
  assert.match(catalog.evidence.reasons[0] ?? '', /The catalog a\.cat names this very file.*here on 2021-01-07/);
  assert.equal(judgeArtifact({ ...caseOf({ blocks: blocks('none', 40) }), publisher: null }).verdict, 'unknown');
});

test('it outweighs neither malicious code nor tools, labels, signatures, or what failed', () => {
  const kinds: readonly [SetName, string][] = [
    ['malware', 'malicious'],
    ['twoMalware', 'suspicious'],
    ['tool', 'suspicious'],
  ];
  for (const [set, verdict] of kinds) {
    const parts = { blocks: [...blocks('none', 40), ...blocks(set, 40)] };
    const judged = signed(parts);
    assert.equal(judged.verdict, verdict, set);
    assert.deepEqual(judged.evidence.publisher, publisher, 'it is shown all the same');
  }
  const weak = [...blocks('none', 30), ...blocks('malware', 4)];
  assert.equal(signed({ blocks: weak }).evidence.rule, 'weak-malicious-genes');
  const globalLabel = { scope: 'global', family: MALWARE, source: 'test' } as const;
  assert.equal(signed({ blocks: blocks('none', 40), globalLabel }).verdict, 'malicious');
  const hit = { rule: 'r', family: MALWARE, matched: 7, sequences: 10 };
  assert.equal(signed({ blocks: blocks('none', 40) }, { signatures: [hit] }).verdict, 'malicious');
  assert.equal(signed({ blocks: [], state: 'failed' }).verdict, 'unknown');
});

test('it vouches for no code but the file: not where something was found, nor for foreign code', () => {
  const found = signed({ blocks: blocks('none', 40), findings: [implanted] });
  assert.deepEqual([found.verdict, found.evidence.rule], ['suspicious', 'finding']);
  const known = Array.from({ length: 400 }, (_, index) => ({ set: 'library' as const, func: index >> 2 }));
  const foreign = Array.from({ length: 16 }, (_, index) => ({ set: 'none' as const, func: 100 + (index >> 2) }));
  const poisoned = signed({ blocks: [...known, ...foreign] });
  assert.deepEqual([poisoned.verdict, poisoned.evidence.rule], ['suspicious', 'foreign-code']);
  assert.equal(poisoned.evidence.families[0]?.name, LIBRARY.name);
});
