import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parseImage } from '@genehound/binary';
import { distinctGenes, extractGenome, findGene, type GeneSet } from '@genehound/genes';
import { buildPayload, FAMILIES, type FamilyName, type PayloadForm, VARIANTS, type VariantName } from './families.ts';

async function genomeOf(
  family: FamilyName,
  variant: VariantName,
  form: PayloadForm,
): Promise<{ fuzzy: GeneSet; functions: number }> {
  const bytes = await readFile(await buildPayload(family, variant, form));
  const genome = extractGenome(bytes, parseImage(bytes, form === 'flat' ? 'raw' : 'file'));
  return { fuzzy: distinctGenes(genome.fuzzyHigh, genome.fuzzyLow), functions: genome.functionRva.length };
}

function inCommon(one: GeneSet, other: GeneSet): number {
  let count = 0;
  for (let i = 0; i < one.high.length; i++) {
    if (findGene(other, one.high[i] ?? 0, one.low[i] ?? 0) >= 0) count += 1;
  }
  return count;
}

test('a labelled family has at least 200 genes in at least 60 functions, and shares none with the other', async () => {
  const [amber, basalt] = await Promise.all([
    genomeOf('amber', 'labelled', 'library'),
    genomeOf('basalt', 'labelled', 'library'),
  ]);
  for (const family of [amber, basalt]) {
    assert.ok(family.fuzzy.high.length >= 200, `${family.fuzzy.high.length} genes`);
    assert.ok(family.functions >= 60, `${family.functions} functions`);
  }
  assert.equal(inCommon(amber.fuzzy, basalt.fuzzy), 0);
});

test('every variant keeps genes of its own family only', async () => {
  for (const family of FAMILIES) {
    const labelled = await genomeOf(family, 'labelled', 'library');
    const other = await genomeOf(family === 'amber' ? 'basalt' : 'amber', 'labelled', 'library');
    for (const variant of Object.keys(VARIANTS) as VariantName[]) {
      const planted = await genomeOf(family, variant, 'flat');
      const kept = inCommon(planted.fuzzy, labelled.fuzzy);
      assert.ok(kept >= 50, `${family} ${variant} keeps ${kept} genes`);
      assert.equal(inCommon(planted.fuzzy, other.fuzzy), 0);
    }
  }
});
