import assert from 'node:assert/strict';
import { test } from 'node:test';
import { positionOf } from './read.ts';

const ID = '01932f6e-7f00-7000-8000-0123456789ab';
const cursorOf = (at: string, id = ID): string => Buffer.from(`${at}|${id}`).toString('base64url');

test('a cursor is a time that there is and an id; anything else is none', () => {
  assert.deepEqual(positionOf(cursorOf('2026-11-24 05:48:13.123456+00')), {
    at: '2026-11-24 05:48:13.123456+00',
    id: ID,
  });
  assert.notEqual(positionOf(cursorOf('2024-02-29 00:00:00+00')), null);
  for (const at of ['2026-02-30 00:00:00+00', '9999-99-99 99:99:99+00', '2026-11-24 24:00:00+00', 'now', '']) {
    assert.equal(positionOf(cursorOf(at)), null, at);
  }
  assert.equal(positionOf(cursorOf('2026-11-24 05:48:13+00', '-'.repeat(36))), null);
  assert.equal(positionOf('%%%'), null);
});
