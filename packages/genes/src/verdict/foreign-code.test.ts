import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Block, caseOf, LIBRARY, type SetName } from './case-builder.ts';
import { type ForeignCode, findForeignCode } from './foreign-code.ts';
import { THRESHOLDS } from './thresholds.ts';

/** Functions one after the other, each of blocks of these sets. */
function search(functions: readonly (readonly SetName[])[]): ForeignCode | null {
  const blocks: Block[] = functions.flatMap((sets, func) => sets.map((set) => ({ set, func })));
  const { genome, labels } = caseOf({ blocks });
  assert.ok(genome !== null && labels !== null);
  return findForeignCode(genome, labels);
}

const known = (count: number, set: SetName = 'library'): SetName[][] =>
  Array.from({ length: count }, () => [set, set, set]);
const FOREIGN = known(4, 'none');

describe('findForeignCode', () => {
  it('finds functions that lie together in a library that is known else', () => {
    const found = search([...known(150), ...FOREIGN, ...known(50)]);
    assert.equal(found?.family, LIBRARY);
    assert.equal(found?.groups.length, 1);
    const [group] = found?.groups ?? [];
    assert.deepEqual(group?.functions, [150, 151, 152, 153]);
    assert.equal(group?.rva, 150);
    assert.equal(group?.foreignBlocks, 12);
    assert.equal(group?.ownBlocks, 0);
    assert.equal(group?.concentration, 1);
  });

  it('bears known blocks in foreign functions, and short functions without genes between them', () => {
    const found = search([
      ...known(100),
      ['none', 'none', 'none', 'library'],
      [],
      ['none', 'none', 'none'],
      ...known(9),
    ]);
    assert.deepEqual(found?.groups[0]?.functions, [100, 102]);
    assert.equal(found?.groups[0]?.ownBlocks, 1);
  });

  it('takes code that only malware has for foreign, and code that anybody has for known', () => {
    assert.equal(search([...known(100), ...known(4, 'malware'), ...known(9)])?.groups.length, 1);
    assert.equal(search([...known(100), ...known(4, 'common'), ...known(9)]), null);
    assert.equal(search([...known(100), ...known(4, 'application'), ...known(9)]), null);
  });

  it('is not hidden by what the organisation alone acquitted, nor in software that it alone knows', () => {
    assert.equal(search([...known(100), ...known(4, 'acquitted'), ...known(9)])?.groups.length, 1);
    assert.equal(search([...known(100, 'acquitted'), ...FOREIGN, ...known(9, 'acquitted')])?.groups.length, 1);
  });

  it('says nothing of an upgrade, whose new code lies all over it', () => {
    const changed: SetName[][] = Array.from({ length: 200 }, (_, i) =>
      i % 7 === 0 ? ['none', 'none', 'library'] : ['library', 'library', 'library'],
    );
    assert.equal(search(changed), null);
    assert.equal(search([...changed, ...FOREIGN]), null);
  });

  it('says nothing of software that is not known, and of malware', () => {
    assert.equal(search([...known(10), ...known(40, 'none')]), null);
    assert.equal(search([...known(100, 'malware'), ...FOREIGN]), null);
    assert.equal(search([]), null);
  });

  it('ranks code that keeps to itself above code that the software calls', () => {
    const blocks: Block[] = [...known(50), ...FOREIGN].flatMap((sets, func) => sets.map((set) => ({ set, func })));
    const { genome, labels } = caseOf({ blocks });
    assert.ok(genome !== null && labels !== null);
    const rank = (callCaller: number[], callCallee: number[]): readonly [number, number] => {
      const calls = { callCaller: Uint32Array.from(callCaller), callCallee: Uint32Array.from(callCallee) };
      const group = findForeignCode({ ...genome, ...calls }, labels)?.groups[0];
      return [group?.isolation ?? 0, group?.score ?? 0];
    };
    assert.deepEqual(rank([], []), [1, 12]);
    assert.deepEqual(rank([1, 50, 51], [2, 51, 52]), [1, 12]);
    assert.deepEqual(rank([1, 7, 50], [50, 53, 2]), [0.25, 7.5]);
  });

  it('does not vanish where malware stands elsewhere in the artifact', () => {
    const found = search([
      ...known(50),
      ...FOREIGN,
      ...known(50),
      ...known(9, 'malware').flatMap((sets) => [sets, ...known(3)]),
    ]);
    assert.equal(found?.groups[0]?.rva, 50);
  });

  it('says where it lies when little else is new', () => {
    const found = search([...known(50), ...FOREIGN, ...known(50), ...FOREIGN, ...FOREIGN, ...known(50)]);
    assert.deepEqual(
      found?.groups.map(({ rva, foreignBlocks }) => [rva, foreignBlocks]),
      [[104, 24]],
    );
    assert.ok((found?.groups[0]?.score ?? 0) < 24);
  });

  it('gives groups that do not overlap and add up, whatever the functions hold', () => {
    const someSet = fc.constantFrom<SetName>('none', 'library', 'library', 'common', 'malware', 'application');
    fc.assert(
      fc.property(fc.array(fc.array(someSet, { maxLength: 5 }), { maxLength: 60 }), (functions) => {
        const found = search([...known(60), ...functions]);
        if (found === null) return;
        const nobodys = functions.flat().filter((set) => set === 'none').length;
        let last = -1;
        for (const group of [...found.groups].sort((a, b) => a.rva - b.rva)) {
          assert.ok((group.functions[0] ?? 0) > last);
          last = group.functions.at(-1) ?? 0;
          assert.ok(group.foreignBlocks > THRESHOLDS.foreignOwnWeight * group.ownBlocks);
          // What malware has counts where it is part of the group, so the share never exceeds the whole.
          assert.ok(group.concentration <= 1);
          assert.ok(group.concentration >= group.foreignBlocks / (nobodys + group.foreignBlocks));
          assert.ok(group.concentration >= THRESHOLDS.foreignConcentration);
        }
      }),
      { numRuns: 500 },
    );
  });
});
