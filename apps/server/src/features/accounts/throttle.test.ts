import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError } from '@genehound/contract';
import { sql } from 'kysely';
import { openTestDatabase, type TestDatabase } from '../../platform/test-database.ts';
import { createThrottle, type Guessed, nobodys, passwordsOf, type Throttle } from './throttle.ts';

let open: TestDatabase;
let throttle: Throttle;
before(async () => {
  open = await openTestDatabase();
  throttle = createThrottle(open.connection.db);
});
after(async () => await open.close());

/** Seconds that a guess has to wait; null where it was counted. */
async function waits(name: string | Guessed): Promise<number | null> {
  try {
    await throttle.guess(typeof name === 'string' ? nobodys(name) : name);
    return null;
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'too_many_requests');
    return error.retryAfter ?? null;
  }
}

/** As if so many seconds had passed. */
async function pass(name: string, seconds: number): Promise<void> {
  await sql`update sign_in_guess set until_at = until_at - make_interval(secs => ${seconds}),
    last_at = last_at - make_interval(secs => ${seconds}) where subject = ${nobodys(name).subject}`.execute(
    open.connection.db,
  );
}

test('five guesses are free, then each wait is twice the last, up to five minutes; success forgives', async () => {
  for (let n = 0; n < 5; n += 1) assert.equal(await waits('a'), null);
  for (const expected of [2, 4, 256, 300]) {
    if (expected === 256)
      await sql`update sign_in_guess set count = 12, until_at = now() + interval '256 seconds'`.execute(
        open.connection.db,
      );
    assert.equal(await waits('a'), expected);
    assert.equal(await waits('a'), expected, 'a guess that is refused does not count');
    await pass('a', expected);
    assert.equal(await waits('a'), null, 'the next is let through');
  }
  assert.equal(await waits('b'), null, 'others do not wait');
  await throttle.succeeded(nobodys('a'));
  assert.equal(await waits('a'), null);
});

test('of many guesses at once no more are let through, and another server counts the same', async () => {
  const other = createThrottle(open.connection.db);
  const all = await Promise.allSettled(
    Array.from({ length: 40 }, async (_, n) => await (n % 2 === 0 ? throttle : other).guess(nobodys('crowd'))),
  );
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 5);
});

test('a day later the count begins anew', async () => {
  for (let n = 0; n < 5; n += 1) await waits('c');
  await pass('c', 86_401);
  assert.equal(await waits('c'), null);
  assert.equal(await waits('c'), null);
});

test('what is remembered is bounded, by age and number, and is no text', async () => {
  await sql`insert into sign_in_guess (subject, count, last_at) select sha256(n::text::bytea), 9, now() - make_interval(mins => n)
    from generate_series(1, 12000) as n`.execute(open.connection.db);
  await waits('one more');
  const { rows } = await sql<{ count: number; oldest: boolean }>`select count(*) as count,
    min(last_at) > now() - interval '24 hours' as oldest from sign_in_guess`.execute(open.connection.db);
  assert.ok((rows[0]?.count ?? 0) <= 10_000 && rows[0]?.oldest === true, JSON.stringify(rows));
});

test('names that nobody has, however many, make no account forgotten', async () => {
  const account = passwordsOf('0196f0a0-0000-7000-8000-000000000000');
  assert.equal(await waits(account), null);
  await sql`update sign_in_guess set until_at = now() + interval '5 minutes' where subject = ${account.subject}`.execute(
    open.connection.db,
  );
  await sql`insert into sign_in_guess (subject, count, last_at) select sha256(('later ' || n)::bytea), 1, now() + interval '1 second'
    from generate_series(1, 12000) as n`.execute(open.connection.db);
  assert.equal(await waits('yet another'), null);
  assert.ok((await waits(account)) !== null);
  assert.equal(await waits('0196f0a0-0000-7000-8000-000000000000'), null, 'nor does a name count for an account');
});
