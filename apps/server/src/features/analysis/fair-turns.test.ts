import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@genehound/contract';
import { FairTurns } from './fair-turns.ts';

function question() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, answer: resolve };
}

test('questions take turns: four at a time, two of an organisation, no organisation before its turn', async () => {
  const turns = new FairTurns();
  const begun: string[] = [];
  const open = new Map<string, () => void>();
  const done: Promise<void>[] = [];
  const ask = (organisation: string, number: number): void => {
    const name = `${organisation}${number}`;
    const { promise, answer } = question();
    const taken = turns.take(organisation, async () => {
      begun.push(name);
      open.set(name, answer);
      await promise;
    });
    done.push(taken);
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  for (let i = 1; i <= 5; i++) ask('a', i);
  for (let i = 1; i <= 3; i++) ask('b', i);
  ask('c', 1);
  await settle();
  assert.deepEqual(begun, ['a1', 'a2', 'b1', 'b2']);
  open.get('a1')?.();
  // Asked in the same moment in which a place became free.
  ask('a', 6);
  await settle();
  assert.deepEqual(begun.slice(4), ['a3']);
  open.get('a2')?.();
  await settle();
  assert.deepEqual(begun.slice(5), ['c1'], 'whose turn it is, not who asked first');
  open.get('b1')?.();
  await settle();
  assert.deepEqual(begun.slice(6), ['b3']);
  for (const name of ['a3', 'a4', 'b2', 'c1', 'b3', 'a5', 'a6']) {
    open.get(name)?.();
    await settle();
  }
  await Promise.all(done);
  assert.equal(begun.length, 10);
});

test('what waits is bounded for each organisation, and a question that fails gives its place back', async () => {
  const turns = new FairTurns();
  const { promise, answer } = question();
  const asked = Array.from({ length: 18 }, () => turns.take('a', async () => await promise));
  await assert.rejects(
    turns.take('a', async () => undefined),
    (error) => error instanceof AppError && error.code === 'too_many_requests' && error.retryAfter === 5,
  );
  assert.equal(await turns.take('b', async () => 'another organisation'), 'another organisation');
  answer();
  await Promise.all(asked);
  for (let i = 0; i < 10; i++)
    await assert.rejects(
      turns.take('a', async () => {
        throw new Error('broken');
      }),
      /broken/,
    );
  assert.equal(await turns.take('a', async () => 'free'), 'free');
});
