import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { APPLICATION, familyRef, LIBRARY, MALWARE, OTHER_MALWARE, TOOL } from './case-builder.ts';
import type { FamilyRef } from './family.ts';
import { COMMON, combineLabelSets, type LabelSet, NO_LABELS, onlyFamily, standingOf } from './label-set.ts';

const set = (...families: FamilyRef[]): LabelSet => ({ common: false, families });
const own = (family: FamilyRef): FamilyRef => ({ ...family, scope: 'organisation', number: family.number + 100 });

describe('combineLabelSets', () => {
  it('lets an acquittal trust only what no malicious family has', () => {
    assert.deepEqual(combineLabelSets(NO_LABELS, set(own(APPLICATION))), set(own(APPLICATION)));
    assert.deepEqual(combineLabelSets(set(MALWARE), set(own(APPLICATION))), set(MALWARE));
    assert.equal(standingOf(combineLabelSets(set(TOOL), set(own(APPLICATION)))), 'trusted');
  });

  it('lets a conviction accuse only what no trusted family has', () => {
    assert.deepEqual(combineLabelSets(NO_LABELS, set(own(MALWARE))), set(own(MALWARE)));
    assert.deepEqual(combineLabelSets(set(LIBRARY), set(own(MALWARE))), set(LIBRARY));
    assert.equal(combineLabelSets(COMMON, set(own(MALWARE))), COMMON);
  });

  it('keeps a gene unique to a family that both scopes know', () => {
    const both = combineLabelSets(set(MALWARE), set(own(MALWARE)));
    assert.deepEqual(onlyFamily(both), MALWARE);
    assert.equal(onlyFamily(combineLabelSets(set(MALWARE), set(own(OTHER_MALWARE)))), null);
  });

  it('never makes a gene common, and never turns the global word', () => {
    const pool = [MALWARE, OTHER_MALWARE, LIBRARY, APPLICATION, TOOL, familyRef('x', 'packer')];
    const some = fc.subarray(pool).map((families) => set(...families));
    fc.assert(
      fc.property(some, some, (global, organisation) => {
        const before = standingOf(global);
        const ours = standingOf(organisation);
        fc.pre(ours !== 'common');
        const after = standingOf(combineLabelSets(global, set(...organisation.families.map(own))));
        if (before === 'common' || before === 'malicious' || before === 'trusted') assert.equal(after, before);
        else assert.notEqual(after, 'common');
      }),
    );
  });
});
