import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type FamilyType, GLOBAL_ORGANISATION } from '@genehound/contract';
import { encodeGeneSet, type GeneSet, leaningOf, SCHEME, sortPairs, standingOf } from '@genehound/genes';
import { createLog } from '@genehound/intake';
import fc from 'fast-check';
import { digest, inTransaction } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { openTestDatabase, type TestDatabase } from '../../platform/test-database.ts';
import { Knowledge } from './knowledge.ts';
import { activateLabels, insertLabel, putFamily, revokeLabels } from './label-store.ts';

/** What acquitting, convicting and undoing do to genes, on the real store and the real index. */

let database: TestDatabase;
let knowledge: Knowledge;
before(async () => {
  database = await openTestDatabase();
  knowledge = new Knowledge(database.data, database.connection.db, createLog('silent'));
});
after(async () => {
  await knowledge.close();
  await database.close();
});

const GENES = 12;
/** Genes by small number, spread over the index as hashes are. */
const setOf = (genes: readonly number[]): GeneSet =>
  sortPairs(Uint32Array.from(genes.flatMap((gene) => [gene + 1, Math.imul(gene + 1, 0x9e3779b1) >>> 0])));
const ALL = setOf(Array.from({ length: GENES }, (_, i) => i));

interface Word {
  readonly family: 'editor' | 'library' | 'wolf' | 'fox' | 'remote';
  readonly genes: readonly number[];
}
const TYPES: Readonly<Record<Word['family'], FamilyType>> = {
  editor: 'application',
  library: 'library',
  wolf: 'malware',
  fox: 'malware',
  remote: 'administration_tool',
};

/** Labels one artifact with these genes, speaking at once. Answers the label's id. */
async function say(organisation: string, word: Word, basis: 'genes' | 'hash' = 'genes'): Promise<string> {
  const sha256 = createHash('sha256').update(newId()).digest('hex');
  const set = setOf(word.genes);
  return await inTransaction(database.connection.db, async (tx) => {
    const key = { organisation, sha256, layout: 'file' } as const;
    const row = { organisation, sha256: digest(sha256), layout: 'file' };
    await tx
      .insertInto('artifact')
      .values({ ...row, size: 1, stored: true, state: 'done' })
      .execute();
    const genes = encodeGeneSet(set, SCHEME);
    await tx
      .insertInto('genome')
      .values({ ...row, scheme: SCHEME, gene_count: 1, code_bytes: 1, genes, body: Buffer.alloc(0) })
      .execute();
    const family = await putFamily(tx, organisation, word.family, TYPES[word.family]);
    const id = await insertLabel(tx, { key, family: family.id, source: 'test', reason: null, actor: 'test', basis });
    await activateLabels(tx, organisation, 100);
    return id;
  });
}

async function newOrganisation(): Promise<string> {
  const id = newId();
  await database.connection.db.insertInto('organisation').values({ id, name: id }).execute();
  return id;
}

async function answers(organisation: string) {
  await knowledge.catchUp(GLOBAL_ORGANISATION);
  await knowledge.catchUp(organisation);
  const { labels } = await knowledge.labelsOf(organisation, ALL);
  return Array.from(labels.set, (at) => {
    const set = labels.sets[at] ?? { common: false, families: [] };
    return { standing: standingOf(set), families: set.families.map(({ name, scope }) => `${scope} ${name}`).sort() };
  });
}

const word = fc.record({
  family: fc.constantFrom(...(Object.keys(TYPES) as Word['family'][])),
  genes: fc.uniqueArray(fc.nat(GENES - 1), { minLength: 1, maxLength: 6 }),
});
const step = fc.record({ word, undone: fc.boolean() });

test('a decision never disarms or overrules the global word, makes no gene common, and undo restores exactly', async () => {
  const globally: readonly Word[] = [
    { family: 'wolf', genes: [0, 1, 2] },
    { family: 'editor', genes: [3, 4, 2] },
  ];
  for (const one of globally) await say(GLOBAL_ORGANISATION, one);
  const nobody = await answers(await newOrganisation());
  assert.deepEqual(nobody.map(({ standing }) => standing).filter((standing) => standing === 'malicious').length, 2);
  assert.deepEqual(nobody.filter(({ standing }) => standing === 'common').length, 1);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      const organisation = await newOrganisation();
      const undone: string[] = [];
      for (const { word: one, undone: isUndone } of steps) {
        const id = await say(organisation, one);
        if (isUndone) undone.push(id);
      }
      const decided = await answers(organisation);
      decided.forEach(({ standing, families }, i) => {
        const was = nobody[i]?.standing;
        if (was === 'malicious' || was === 'trusted' || was === 'common') assert.equal(standing, was);
        else assert.notEqual(standing, 'common');
        const leanings = new Set(families.map((name) => leaningOf(TYPES[name.split(' ')[1] as Word['family']])));
        assert.ok(!(leanings.has('malicious') && leanings.has('trusted')), families.join());
      });
      await inTransaction(database.connection.db, (tx) => revokeLabels(tx, organisation, undone, 'test', null));
      const twin = await newOrganisation();
      for (const { word: one, undone: isUndone } of steps) if (!isUndone) await say(twin, one);
      assert.deepEqual(await answers(organisation), await answers(twin));
    }),
    { numRuns: 12 },
  );
});

test('a label on the hash alone gives no gene to anybody', async () => {
  const organisation = await newOrganisation();
  const before = await answers(organisation);
  await say(organisation, { family: 'fox', genes: [7, 8, 9] }, 'hash');
  assert.deepEqual(await answers(organisation), before);
});
