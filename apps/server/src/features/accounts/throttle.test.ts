import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@genehound/contract';
import { createThrottle } from './throttle.ts';

function waits(check: () => void): number | null {
  try {
    check();
    return null;
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'too_many_requests');
    return error.retryAfter ?? 0;
  }
}

test('a few mistakes are free, then the wait doubles up to five minutes, and success forgives', () => {
  let now = 0;
  const throttle = createThrottle(() => now);
  for (let count = 0; count < 4; count += 1) throttle.failed('a');
  assert.equal(
    waits(() => throttle.check('a')),
    null,
  );
  throttle.failed('a');
  assert.equal(
    waits(() => throttle.check('a')),
    2,
  );
  assert.equal(
    waits(() => throttle.check('b')),
    null,
    'other names do not wait',
  );
  now += 2_000;
  assert.equal(
    waits(() => throttle.check('a')),
    null,
  );
  throttle.failed('a');
  assert.equal(
    waits(() => throttle.check('a')),
    4,
  );
  for (let count = 0; count < 50; count += 1) throttle.failed('a');
  assert.equal(
    waits(() => throttle.check('a')),
    300,
  );
  throttle.succeeded('a');
  assert.equal(
    waits(() => throttle.check('a')),
    null,
  );
});

test('memory is bounded: the oldest names are forgotten', () => {
  const throttle = createThrottle(() => 0);
  for (let count = 0; count < 6; count += 1) throttle.failed('first');
  for (let name = 0; name < 10_000; name += 1) throttle.failed(`name ${name}`);
  assert.equal(
    waits(() => throttle.check('first')),
    null,
  );
});
