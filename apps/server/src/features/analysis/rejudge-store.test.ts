import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Evidence, GLOBAL_ORGANISATION } from '@genehound/contract';
import { inTransaction } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { openTestDatabase, type TestDatabase } from '../../platform/test-database.ts';
import { putVerdict } from './analysis-store.ts';
import { changedVerdicts } from './rejudge-store.ts';

const ORGANISATION = newId();
let database: TestDatabase;
before(async () => {
  database = await openTestDatabase();
  await database.connection.db.insertInto('organisation').values({ id: ORGANISATION, name: 'one' }).execute();
});
after(async () => await database.close());

const EVIDENCE: Evidence = {
  rule: 'unknown',
  reasons: [],
  geneCount: 0,
  commonGenes: 0,
  uniqueGenes: 0,
  trustedShare: 0,
  families: [],
  findings: [],
  problems: [],
};

/** Stores one verdict after another; `steps`: the word and the global generation that said it. */
async function judged(sha256: string, steps: readonly (readonly ['unknown' | 'malicious', number])[]): Promise<void> {
  for (const [verdict, globalGeneration] of steps) {
    await inTransaction(database.connection.db, async (tx) => {
      const judgement = { verdict, subVerdict: verdict, evidence: EVIDENCE };
      const key = { organisation: ORGANISATION, sha256, layout: 'file' } as const;
      await putVerdict(tx, key, { judgement, globalGeneration, organisationGeneration: 0 });
    });
  }
}

test('changed is what differs from before the range, or from a first verdict in the middle of it', async () => {
  const old = '1'.repeat(64);
  const same = '2'.repeat(64);
  const fresh = '3'.repeat(64);
  const first = '4'.repeat(64);
  await judged(old, [
    ['unknown', 5],
    ['malicious', 8],
  ]);
  await judged(same, [
    ['unknown', 5],
    ['unknown', 8],
  ]);
  // Analysed, and its scans told, after the index had gone beyond the range's start.
  await judged(fresh, [
    ['unknown', 6],
    ['malicious', 8],
  ]);
  await judged(first, [['malicious', 6]]);
  const changed = await inTransaction(database.connection.db, (tx) =>
    changedVerdicts(tx, GLOBAL_ORGANISATION, { after: 5, until: 8 }),
  );
  assert.deepEqual(changed.map((row) => row.sha256).sort(), [old, fresh].sort());
});
