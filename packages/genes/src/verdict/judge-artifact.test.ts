import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ArtifactFinding, ArtifactInput, HashLabel } from './artifact-input.ts';
import {
  APPLICATION,
  type Block,
  blocks,
  type CaseParts,
  caseOf,
  LIBRARY,
  MALWARE,
  type SetName,
  TOOL,
} from './case-builder.ts';
import { judgeArtifact, namedFamilies } from './judge-artifact.ts';

const label = (family: HashLabel['family'], scope: HashLabel['scope']): HashLabel => ({
  scope,
  family,
  source: 'test',
});
const finding = (kind: ArtifactFinding['kind'], changes: ArtifactFinding['changes'] = []): ArtifactFinding => ({
  kind,
  changes,
  leadsToTrusted: false,
});

/** Three blocks of the malware in each of functions 0 to 3, and others around: 4.6 % of it. */
const EXACT: Block[] = [
  ...blocks('malware', 12, 4),
  ...blocks('none', 250).map((block) => ({ ...block, func: block.func + 4 })),
];
const wholeOf = (count: number, instructions: number): NonNullable<CaseParts['whole']> =>
  Array.from({ length: count }, () => ({ set: 'malware', instructions }));

/** What is put in, and verdict, sub-verdict, rule that must come out. */
const TABLE: readonly (readonly [string, CaseParts, string])[] = [
  ['nothing at all', { blocks: [] }, 'unknown no_code unknown'],
  ['an unreadable image', { blocks: [], problems: ['truncated'] }, 'unknown corrupted_file unknown'],
  ['a failed analysis', { blocks: [], state: 'failed' }, 'unknown inconclusive unknown'],
  ['an unsupported kind', { blocks: [], state: 'unsupported' }, 'unknown file_type_not_supported unknown'],
  ['common genes only', { blocks: blocks('common', 50) }, 'unknown no_genes unknown'],
  ['nine trusted genes', { blocks: blocks('library', 9) }, 'unknown almost_no_genes unknown'],
  [
    'nine trusted genes among more',
    { blocks: [...blocks('library', 9), ...blocks('malware', 2)] },
    'unknown unknown unknown',
  ],
  [
    'foreign functions in a library',
    {
      blocks: [
        ...blocks('library', 300, 100),
        ...blocks('none', 12, 4).map((block) => ({ ...block, func: 100 + block.func })),
      ],
    },
    'suspicious suspicious foreign-code',
  ],
  ['unknown code', { blocks: blocks('none', 100) }, 'unknown unique unknown'],
  ['half known code', { blocks: [...blocks('none', 50), ...blocks('library', 50)] }, 'unknown unknown unknown'],
  ['a library', { blocks: [...blocks('library', 95), ...blocks('none', 5)] }, 'trusted library trusted-genes'],
  ['an application', { blocks: [...blocks('application', 95), ...blocks('none', 5)] }, 'trusted trusted trusted-genes'],
  [
    'several trusted families',
    { blocks: [...blocks('application', 40), ...blocks('library', 40), ...blocks('none', 20)] },
    'trusted probably_trusted trusted-genes',
  ],
  [
    'just under the share',
    { blocks: [...blocks('application', 69), ...blocks('none', 31)] },
    'unknown unknown unknown',
  ],
  ['malware', { blocks: [...blocks('malware', 30), ...blocks('none', 70)] }, 'malicious malicious malicious-genes'],
  [
    'five malicious genes in two functions',
    { blocks: [...blocks('malware', 5, 2), ...blocks('none', 11)] },
    'malicious malicious malicious-genes',
  ],
  [
    'few malicious genes of a middling share, as copied helpers have',
    { blocks: [...blocks('malware', 19, 2), ...blocks('none', 50)] },
    'suspicious suspicious weak-malicious-genes',
  ],
  [
    'many malicious genes of the same share',
    { blocks: [...blocks('malware', 20, 2), ...blocks('none', 52)] },
    'malicious malicious malicious-genes',
  ],
  [
    'the same in one function',
    { blocks: [...blocks('malware', 5, 1), ...blocks('none', 11)] },
    'suspicious suspicious weak-malicious-genes',
  ],
  [
    'four malicious genes',
    { blocks: [...blocks('malware', 4), ...blocks('none', 6)] },
    'suspicious suspicious weak-malicious-genes',
  ],
  [
    'four genes of one malware beside code that several have',
    { blocks: [...blocks('malware', 4), ...blocks('twoMalware', 3), ...blocks('none', 30)] },
    'suspicious suspicious weak-malicious-genes',
  ],
  [
    'a small malicious share',
    { blocks: [...blocks('malware', 7), ...blocks('none', 93)] },
    'suspicious suspicious weak-malicious-genes',
  ],
  ['a tiny malicious share', { blocks: [...blocks('malware', 5), ...blocks('none', 995)] }, 'unknown unique unknown'],
  [
    'an implant in trusted code',
    { blocks: [...blocks('malware', 6), ...blocks('library', 994)] },
    'malicious malicious malicious-genes',
  ],
  [
    'genes of two malware families',
    { blocks: blocks('twoMalware', 50) },
    'suspicious suspicious shared-malicious-genes',
  ],
  ['four exact functions', { blocks: EXACT, whole: wholeOf(4, 50) }, 'malicious malicious malicious-genes'],
  ['three exact functions, as templates are', { blocks: EXACT, whole: wholeOf(3, 500) }, 'unknown unique unknown'],
  ['four short exact functions', { blocks: EXACT, whole: wholeOf(4, 49) }, 'unknown unique unknown'],
  [
    'exact functions whose blocks others have',
    { blocks: blocks('none', 60), whole: wholeOf(4, 500) },
    'unknown unique unknown',
  ],
  [
    'bits of two malware families',
    { blocks: [...blocks('malware', 7), ...blocks('otherMalware', 7), ...blocks('none', 93)] },
    'suspicious suspicious weak-malicious-genes',
  ],
  [
    'malware beside as much of another',
    { blocks: [...blocks('malware', 24), ...blocks('otherMalware', 80), ...blocks('none', 180)] },
    'malicious malicious malicious-genes',
  ],
  [
    'an administration tool',
    { blocks: [...blocks('tool', 30), ...blocks('none', 30)] },
    'suspicious administration_tool administration-tool',
  ],
  ['packed code', { blocks: blocks('none', 20), genomeProblems: ['packed'] }, 'suspicious packed packed'],
  [
    'code that is probably packed, though a stub of it is known',
    { blocks: blocks('library', 40), genomeProblems: ['probably-packed'] },
    'suspicious probably_packed packed',
  ],
  [
    'packed malware that is recognised all the same',
    { blocks: blocks('malware', 30), genomeProblems: ['packed'] },
    'malicious malicious malicious-genes',
  ],
  ['a packed program', { blocks: [...blocks('packer', 10), ...blocks('none', 10)] }, 'suspicious packed packed'],
  [
    'a label of the organisation',
    { blocks: blocks('malware', 50), organisationLabel: label(APPLICATION, 'organisation') },
    'trusted known_trusted label-organisation',
  ],
  [
    'both labels',
    { blocks: [], organisationLabel: label(MALWARE, 'organisation'), globalLabel: label(LIBRARY, 'global') },
    'malicious known_malicious label-organisation',
  ],
  [
    'a global label',
    { blocks: blocks('none', 50), globalLabel: label(LIBRARY, 'global') },
    'trusted known_library label-global',
  ],
  [
    'a tool by its hash',
    { blocks: [], globalLabel: label(TOOL, 'global') },
    'suspicious known_administration_tool label-global',
  ],
  [
    'implanted unknown code',
    { blocks: blocks('none', 50), findings: [finding('implanted-code')] },
    'suspicious suspicious finding',
  ],
  [
    'implanted malware',
    { blocks: blocks('malware', 50), findings: [finding('implanted-code')] },
    'malicious malicious malicious-genes',
  ],
  [
    'implanted trusted code',
    { blocks: blocks('library', 50), findings: [finding('implanted-code')] },
    'trusted library trusted-genes',
  ],
  [
    'an implant that borrows',
    { blocks: [...blocks('library', 80), ...blocks('none', 20)], findings: [finding('implanted-code')] },
    'suspicious suspicious finding',
  ],
  [
    'an implant too small to judge',
    { blocks: blocks('library', 3), findings: [finding('implanted-code')] },
    'suspicious suspicious finding',
  ],
  [
    'an implant that failed',
    { blocks: [], state: 'failed', findings: [finding('implanted-code')] },
    'suspicious suspicious finding',
  ],
  [
    'foreign code in a library',
    { blocks: blocks('library', 100), findings: [finding('foreign-code')] },
    'suspicious suspicious finding',
  ],
  [
    'foreign code under a trusted hash',
    { blocks: [], globalLabel: label(LIBRARY, 'global'), findings: [finding('foreign-code')] },
    'trusted known_library label-global',
  ],
];

describe('judgeArtifact', () => {
  for (const [name, parts, expected] of TABLE) {
    it(`judges ${name}`, () => {
      const { verdict, subVerdict, evidence } = judgeArtifact(caseOf(parts));
      assert.equal(`${verdict} ${subVerdict} ${evidence.rule}`, expected);
      assert.ok(evidence.reasons.length > 0);
    });
  }

  it('judges a patched module by its changed blocks alone', () => {
    const libc = blocks('library', 1000, 50);
    const patched = (at: number, size: number, exact: SetName = 'library'): ArtifactInput =>
      caseOf({
        blocks: libc.map((block, index) => (index === 7 ? { ...block, exact } : block)),
        findings: [finding('patched', [{ rva: at, size }])],
      });
    assert.equal(judgeArtifact(patched(7 * 16 + 3, 5)).verdict, 'trusted', 'the changed block is trusted code');
    assert.equal(judgeArtifact(patched(7 * 16 + 3, 5, 'none')).verdict, 'suspicious', 'a register was changed');
    assert.equal(judgeArtifact(patched(1000 * 16 + 3, 5)).verdict, 'suspicious', 'changed bytes in no gene at all');
    assert.equal(judgeArtifact(patched(999 * 16 + 10, 10)).verdict, 'suspicious', 'reaches out of trusted code');
    const untold = caseOf({ blocks: libc, findings: [finding('patched')] });
    assert.equal(judgeArtifact(untold).verdict, 'suspicious', 'changes that were not told are not excused');
    const hook = caseOf({
      blocks: libc,
      findings: [{ ...finding('hooked', [{ rva: 16_000, size: 5 }]), leadsToTrusted: true }],
    });
    assert.equal(judgeArtifact(hook).verdict, 'trusted', 'a jump into a trusted module');
  });

  it('names the family that was planted into a patched module', () => {
    const planted: Block[] = [
      ...blocks('library', 1000, 50),
      ...blocks('malware', 6).map((block) => ({ ...block, func: 60 + block.func })),
    ];
    const result = judgeArtifact(
      caseOf({ blocks: planted, findings: [finding('patched', [{ rva: 16_000, size: 96 }])] }),
    );
    assert.equal(result.verdict, 'malicious');
    assert.deepEqual(namedFamilies(result), ['Redwolf']);
    assert.deepEqual(result.evidence.findings, ['foreign-code', 'patched']);
  });
});

const RANK = ['trusted', 'unknown', 'suspicious', 'malicious'];
const rank = (parts: CaseParts): number => RANK.indexOf(judgeArtifact(caseOf(parts)).verdict);

const setName = fc.constantFrom<SetName>(
  'none',
  'common',
  'malware',
  'otherMalware',
  'twoMalware',
  'library',
  'application',
  'trusted',
  'tool',
  'packer',
);
const group = fc.record({
  set: setName,
  count: fc.integer({ min: 0, max: 40 }),
  functions: fc.integer({ min: 1, max: 6 }),
});
const someFinding = fc.record({
  kind: fc.constantFrom<ArtifactFinding['kind']>(
    'patched',
    'hooked',
    'implanted-code',
    'stomped',
    'unlinked',
    'foreign-code',
  ),
  changes: fc.array(fc.record({ rva: fc.integer({ min: 0, max: 2000 }), size: fc.integer({ min: 1, max: 64 }) }), {
    maxLength: 3,
  }),
  leadsToTrusted: fc.boolean(),
});
const someParts: fc.Arbitrary<CaseParts> = fc
  .record({
    groups: fc.array(group, { maxLength: 5 }),
    whole: fc.array(fc.record({ set: setName, instructions: fc.integer({ min: 0, max: 80 }) }), { maxLength: 3 }),
    findings: fc.array(someFinding, { maxLength: 2 }),
    state: fc.constantFrom('done' as const, 'failed' as const, 'unsupported' as const),
  })
  .map(({ groups, ...rest }) => ({ ...rest, blocks: groups.flatMap((g) => blocks(g.set, g.count, g.functions)) }));
const more = (set: fc.Arbitrary<SetName>): fc.Arbitrary<Block[]> =>
  fc
    .record({ set, count: fc.integer({ min: 1, max: 30 }), functions: fc.integer({ min: 1, max: 6 }) })
    .map((g) => blocks(g.set, g.count, g.functions));

describe('judgeArtifact, for any artifact', () => {
  it('never lowers the verdict for more malicious genes', () => {
    fc.assert(
      fc.property(someParts, more(fc.constantFrom<SetName>('malware', 'otherMalware')), (parts, added) => {
        assert.ok(rank({ ...parts, blocks: [...parts.blocks, ...added] }) >= rank(parts));
      }),
      { numRuns: 1000 },
    );
  });

  it('never lowers the verdict for genes that several malicious families have', () => {
    const variant: CaseParts = { blocks: [...blocks('malware', 10), ...blocks('twoMalware', 200)] };
    assert.equal(
      rank(variant),
      RANK.indexOf('malicious'),
      'a second family known of the same code disarms no detection',
    );
    fc.assert(
      fc.property(someParts, more(fc.constant<SetName>('twoMalware')), (parts, added) => {
        assert.ok(rank({ ...parts, blocks: [...parts.blocks, ...added] }) >= rank(parts));
      }),
      { numRuns: 1000 },
    );
  });

  it('never lowers the verdict for a malicious function or another finding', () => {
    fc.assert(
      fc.property(someParts, someFinding, (parts, extra) => {
        const base = rank(parts);
        assert.ok(rank({ ...parts, findings: [...(parts.findings ?? []), extra] }) >= base);
        assert.ok(rank({ ...parts, whole: [...(parts.whole ?? []), { set: 'malware', instructions: 60 }] }) >= base);
      }),
      { numRuns: 1000 },
    );
  });

  it('stays malicious whatever trusted code is put around it', () => {
    fc.assert(
      fc.property(
        someParts,
        more(fc.constantFrom<SetName>('library', 'application', 'trusted', 'common')),
        (parts, added) => {
          fc.pre(rank(parts) === RANK.indexOf('malicious'));
          assert.equal(rank({ ...parts, blocks: [...parts.blocks, ...added] }), RANK.indexOf('malicious'));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order of label sets, families, findings or changes', () => {
    fc.assert(
      fc.property(someParts, (parts) => {
        const input = caseOf(parts);
        const { labels } = input;
        assert.ok(labels !== null);
        const last = labels.sets.length - 1;
        const turned: ArtifactInput = {
          ...input,
          findings: input.findings.map((f) => ({ ...f, changes: f.changes.toReversed() })).toReversed(),
          labels: {
            genes: labels.genes,
            set: labels.set.map((set) => last - set),
            sets: labels.sets.toReversed().map((set) => ({ ...set, families: set.families.toReversed() })),
          },
        };
        assert.deepEqual(judgeArtifact(turned), judgeArtifact(input));
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order of blocks', () => {
    fc.assert(
      fc.property(someParts, (parts) => {
        const plain = { ...parts, findings: [], whole: [] };
        const { evidence, verdict } = judgeArtifact(caseOf(plain));
        const turned = judgeArtifact(caseOf({ ...plain, blocks: plain.blocks.toReversed() }));
        assert.equal(turned.verdict, verdict);
        assert.deepEqual(turned.evidence, evidence);
      }),
    );
  });
});
