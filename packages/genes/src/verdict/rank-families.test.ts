import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { familyRef } from './case-builder.ts';
import { type FamilyCount, rankFamilies } from './rank-families.ts';
import { THRESHOLDS } from './thresholds.ts';

const TYPES = ['application', 'library', 'malware', 'administration_tool'] as const;

const count = (name: string, type: (typeof TYPES)[number], parts: Partial<FamilyCount>): FamilyCount => ({
  ...{ family: familyRef(name, type), reusedGenes: 0, uniqueGenes: 0, functions: 0 },
  ...{ exactFunctions: 0, genesOutsideLibraries: 0 },
  ...parts,
});

const names = (counts: readonly FamilyCount[], geneCount: number, libraryGenes: number): string[] =>
  rankFamilies(counts, { geneCount, libraryGenes }, THRESHOLDS).map(({ family }) => family.name);

const MINGW = count('MinGW runtime', 'library', {
  reusedGenes: 626,
  uniqueGenes: 341,
  functions: 90,
  exactFunctions: 20,
});

const someCounts = fc.array(
  fc.record({
    type: fc.constantFrom(...TYPES),
    parts: fc.record({
      reusedGenes: fc.nat(500),
      uniqueGenes: fc.nat(100),
      functions: fc.nat(9),
      exactFunctions: fc.nat(3),
      genesOutsideLibraries: fc.nat(300),
    }),
  }),
  { maxLength: 8 },
);

describe('rankFamilies', () => {
  it('names a program before the runtime that is most of it', () => {
    const program = count('libassuan', 'application', {
      ...{ reusedGenes: 355, uniqueGenes: 128, functions: 40, exactFunctions: 1, genesOutsideLibraries: 140 },
    });
    assert.deepEqual(names([MINGW, program], 1040, 626), ['libassuan', 'MinGW runtime']);
  });

  it('names a library where it is the whole artifact, and where nobody has enough of the rest', () => {
    const chance = count('shell', 'application', {
      reusedGenes: 9,
      uniqueGenes: 6,
      functions: 3,
      genesOutsideLibraries: 6,
    });
    assert.deepEqual(names([chance, MINGW], 640, 626), ['MinGW runtime', 'shell']);
    assert.deepEqual(names([chance, MINGW], 1040, 626), ['MinGW runtime', 'shell']);
  });

  it('takes much shared code for likelier than a gene or two of its own', () => {
    const release = count('installer stub', 'application', { reusedGenes: 206, genesOutsideLibraries: 206 });
    const stray = count('mshtml', 'application', { reusedGenes: 2, uniqueGenes: 1, functions: 1 });
    assert.deepEqual(names([stray, release], 380, 0), ['installer stub', 'mshtml']);
  });

  it('does not depend on the order, and more of its own code never lowers a family', () => {
    fc.assert(
      fc.property(someCounts, fc.nat(600), fc.nat(400), fc.nat(), (drawn, judged, library, pick) => {
        const counts = drawn.map(({ type, parts }, i) => count(`f${i}`, type, parts));
        const order = names(counts, judged, library);
        assert.deepEqual(names(counts.toReversed(), judged, library), order);
        const chosen = counts[pick % Math.max(1, counts.length)];
        // A library with more code may be the whole artifact, and then others yield to it: not meant here.
        if (chosen === undefined || chosen.family.type === 'library') return;
        const more = {
          ...chosen,
          reusedGenes: chosen.reusedGenes + 1,
          uniqueGenes: chosen.uniqueGenes + 1,
          genesOutsideLibraries: chosen.genesOutsideLibraries + 1,
        };
        const after = names(
          counts.map((one) => (one === chosen ? more : one)),
          judged,
          library,
        );
        assert.ok(after.indexOf(chosen.family.name) <= order.indexOf(chosen.family.name));
      }),
    );
  });
});
