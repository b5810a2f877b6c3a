import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
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

test('a database that takes too long to answer is one, too', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { db, close } = connect({ url: `postgres://nobody@127.0.0.1:${port}/none` }, 1, () => undefined, 200);
  try {
    await assert.rejects(sql`select 1`.execute(db), { code: 'unavailable', status: 503, retryAfter: 5 });
  } finally {
    await close();
    silent.close();
  }
});
