import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './key.ts';

test('durations are a number and a unit', () => {
  assert.deepEqual(['90s', '15m', '12h', '30d'].map(parseDuration), [90, 900, 43_200, 2_592_000]);
  for (const text of ['', '12', 'h', '1.5h', '-1h', '12 h', '1w', '1e3s', '9999999999s']) {
    assert.throws(() => parseDuration(text), /such as 12h/, text);
  }
});
