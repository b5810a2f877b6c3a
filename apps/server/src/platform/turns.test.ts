import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from './turns.ts';

test('works of one key run one after another, a failure leaves the next its turn, nothing is kept', async () => {
  const turns = new Turns();
  const told: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', async () => {
    told.push('first begins');
    await gate.promise;
    told.push('first ends');
    throw new Error('first failed');
  });
  const second = turns.take('a', async () => {
    told.push('second');
  });
  await turns.take('b', async () => {
    told.push('other key');
  });
  gate.resolve();
  await assert.rejects(first, /first failed/);
  await second;
  assert.deepEqual(told, ['first begins', 'other key', 'first ends', 'second']);
  assert.equal(turns.size, 0);
});
