import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Recalled } from '../src/recalled.ts';

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('messages are recalled to the byte, the oldest are forgotten', async () => {
  const recalled = new Recalled();
  const bodies = Array.from({ length: 10 }, () => randomBytes(1_000_000));
  for (const body of bodies) await recalled.remember(body);
  const found = await Promise.all(bodies.map(async (body) => await recalled.recall(hashOf(body))));
  assert.deepEqual(
    found.map((body) => body !== null),
    [false, false, ...bodies.slice(2).map(() => true)],
  );
  assert.deepEqual(found.at(-1), Buffer.from(bodies.at(-1) ?? ''));
});

test('a great many short messages take no more memory than they should', async () => {
  const recalled = new Recalled();
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 9_000; i++) await recalled.remember(Buffer.from(`message ${i}`));
  assert.equal(await recalled.recall(hashOf(Buffer.from('message 0'))), null);
  assert.notEqual(await recalled.recall(hashOf(Buffer.from('message 8999'))), null);
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 100_000_000, `${grown} bytes`);
});
