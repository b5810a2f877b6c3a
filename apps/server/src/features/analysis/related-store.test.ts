import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { digest } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { openTestDatabase, type TestDatabase } from '../../platform/test-database.ts';
import { firstOwn } from './related-store.ts';

let database: TestDatabase;
before(async () => {
  database = await openTestDatabase();
});
after(async () => await database.close());

test('related artifacts are the own ones, however many others have more of the genes', async () => {
  const { db } = database.connection;
  const [own, other] = [newId(), newId()];
  for (const id of [own, other]) await db.insertInto('organisation').values({ id, name: id }).execute();
  const add = async (organisation: string, sha256: string): Promise<number> => {
    const { rows } = await sql<{ number: number }>`
      insert into artifact (organisation, sha256, layout, size, stored, state)
      values (${organisation}, ${digest(sha256)}, 'file', 1, true, 'done') returning number`.execute(db);
    return Number(rows[0]?.number);
  };
  const key = { organisation: own, sha256: '1'.repeat(64), layout: 'file' } as const;
  const self = await add(own, key.sha256);
  const mine = await add(own, '2'.repeat(64));
  const last = await add(own, '3'.repeat(64));
  const foreign = await add(other, '2'.repeat(64));
  const before = Array.from({ length: 45_000 }, (_, i) => 1_000_000 + i);
  assert.deepEqual(await firstOwn(db, key, [foreign, self, ...before, last, mine], 10), [last, mine]);
  assert.deepEqual(await firstOwn(db, key, [mine, last], 1), [mine]);
});
