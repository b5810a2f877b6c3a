import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { ApiError, type Client } from '@genehound/contract';
import { patientClient } from './patient-client.ts';

/** A server that answers by these statuses in turn, and then for ever by the last. */
function answering(statuses: readonly number[]): { client: Client; calls: () => number; waits: number[] } {
  let calls = 0;
  const waits: number[] = [];
  const inner: Client = {
    call: async () => {
      const status = statuses[Math.min(calls, statuses.length - 1)] ?? 200;
      calls += 1;
      if (status !== 200) throw new ApiError(status, 'x', 'y');
      return { items: [] } as never;
    },
  };
  const client = patientClient(inner, 10_000, async (ms) => {
    waits.push(ms);
  });
  return { client, calls: () => calls, waits };
}

test('a busy server is asked again, ever more rarely, and not for ever', async () => {
  const soon = answering([503, 429, 200]);
  await soon.client.call('listHunts', {});
  assert.deepEqual(soon.waits, [500, 1000]);
  const never = answering([503]);
  await assert.rejects(never.client.call('listHunts', {}), { status: 503 });
  assert.deepEqual(never.waits, [500, 1000, 2000, 4000, 5000]);
});

test('any other refusal stands, and a stream is sent once', async () => {
  for (const status of [0, 400, 401, 404, 500]) {
    const refusing = answering([status, 200]);
    await assert.rejects(refusing.client.call('listHunts', {}), { status });
    assert.equal(refusing.calls(), 1);
  }
  const streaming = answering([503, 200]);
  const body = Readable.from([Buffer.from('x')]);
  await assert.rejects(streaming.client.call('analyseArtifact', { query: {}, body }), { status: 503 });
});
