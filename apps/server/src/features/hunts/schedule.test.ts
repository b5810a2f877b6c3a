import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkSchedule, latestDue, nextRound } from './schedule.ts';

const berlin = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };

test('rounds begin by the clock of their time zone, over the change to summer time and back', () => {
  const next = (after: string): string | undefined => nextRound(berlin, new Date(after))?.toISOString();
  assert.equal(next('2026-01-10T00:00:00Z'), '2026-01-10T01:30:00.000Z');
  assert.equal(next('2026-07-10T00:00:00Z'), '2026-07-10T00:30:00.000Z');
  // 2:30 does not exist on the night of 29 March: the round is not lost.
  const night = next('2026-03-28T23:00:00Z') ?? '';
  assert.ok(night >= '2026-03-29T00:59' && night <= '2026-03-29T01:31', night);
});

test('what cannot be read or never comes is refused in a sentence', () => {
  for (const cron of ['61 * * * *', '* * *', 'every day', '0 0 30 2 *', '* * * * * *'])
    assert.throws(() => checkSchedule({ cron, timeZone: 'UTC' }), { code: 'bad_request' }, cron);
  assert.throws(() => checkSchedule({ cron: '0 2 * * *', timeZone: 'Mars/Olympus' }), { code: 'bad_request' });
  checkSchedule(berlin);
});

test('after a pause one round stands for all that were missed: the latest', () => {
  const first = new Date('2026-05-01T00:30:00Z');
  assert.equal(latestDue(berlin, first, new Date('2026-05-01T00:29:59Z')), null);
  assert.deepEqual(latestDue(berlin, first, new Date('2026-05-01T00:30:00Z')), first);
  assert.deepEqual(latestDue(berlin, first, new Date('2026-05-04T12:00:00Z')), new Date('2026-05-04T00:30:00Z'));
});

test('the latest due is never in the future and never before the first', () => {
  const minute = fc.integer({ min: 0, max: 59 });
  fc.assert(
    fc.property(minute, fc.integer({ min: 0, max: 10_000 }), (at, wait) => {
      const schedule = { cron: `${at} * * * *`, timeZone: 'UTC' };
      const first = nextRound(schedule, new Date('2026-05-01T00:00:00Z'));
      assert.ok(first !== null);
      const now = new Date(first.getTime() + wait * 1_000);
      const due = latestDue(schedule, first, now);
      assert.ok(due !== null && due >= first && due <= now);
      assert.ok(now.getTime() - due.getTime() < 3_600_000);
    }),
    { numRuns: 50 },
  );
});
