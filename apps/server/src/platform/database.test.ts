import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { connect } from './database.ts';

test('a database that cannot be reached is a reason to come again, not an accident', async () => {
  const { db, close } = connect({ host: '/nonexistent', user: 'nobody', database: 'none' }, 1, () => undefined);
  try {
    await assert.rejects(sql`select 1`.execute(db), { code: 'unavailable', status: 503, retryAfter: 5 });
  } finally {
    await close();
  }
});
