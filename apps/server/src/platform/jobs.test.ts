import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '@genehound/intake';
import { z } from 'zod';
import { inTransaction } from './database.ts';
import { createJobs, type Jobs, type Queue } from './jobs.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

interface Item {
  readonly value: number;
}
const queue = (name: string, retries = 0): Queue<Item> => ({
  name,
  data: z.object({ value: z.number() }),
  retries,
  seconds: 60,
});

let database: TestDatabase;
const running: Jobs[] = [];
before(async () => {
  database = await openTestDatabase();
});
after(async () => {
  for (const jobs of running) await jobs.stop(1_000);
  await database.close();
});

function create(): Jobs {
  const jobs = createJobs(database.connection, createLog('silent'));
  running.push(jobs);
  return jobs;
}

/** Resolves once `count` values were handled. */
function counter(count: number) {
  const seen: number[] = [];
  let finish = (_seen: readonly number[]): void => undefined;
  const all = new Promise<readonly number[]>((resolve) => {
    finish = resolve;
  });
  return {
    all,
    add: (value: number) => {
      seen.push(value);
      if (seen.length === count) finish(seen);
    },
  };
}

test('jobs go with their transaction, and a queue is drained without polling between', async () => {
  const jobs = create();
  const seen = counter(300);
  jobs.work(queue('drain'), { concurrency: 2, batch: 1 }, async (items) => {
    for (const { value } of items) seen.add(value);
  });
  await jobs.start();
  const { db } = database.connection;
  await assert.rejects(
    inTransaction(db, async (tx) => {
      await jobs.enqueue(tx, queue('drain'), [{ value: 9_999 }]);
      throw new Error('rolled back');
    }),
    /rolled back/,
  );
  const start = process.hrtime.bigint();
  await inTransaction(db, async (tx) => {
    await jobs.enqueue(
      tx,
      queue('drain'),
      Array.from({ length: 300 }, (_unused, value) => ({ value })),
    );
  });
  const values = await seen.all;
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  assert.deepEqual(
    values.toSorted((a, b) => a - b),
    Array.from({ length: 300 }, (_unused, value) => value),
  );
  assert.ok(seconds < 30, `300 jobs took ${seconds} s: a wait between any two of them would take 300`);
});

test('in a batch, one bad item fails alone, is tried again, and is given up once', async () => {
  const jobs = create();
  const good = counter(3);
  const attempts: number[] = [];
  let giveUp = (_item: Item): void => undefined;
  const givenUp = new Promise<Item>((resolve) => {
    giveUp = resolve;
  });
  const bad = queue('bad', 1);
  jobs.work(bad, { concurrency: 1, batch: 10, onGivenUp: async (item) => giveUp(item) }, async (items) => {
    if (items.some(({ value }) => value === 13)) {
      if (items.length === 1) attempts.push(13);
      throw new Error('thirteen');
    }
    for (const { value } of items) good.add(value);
  });
  await jobs.start();
  await inTransaction(database.connection.db, async (tx) => {
    await jobs.enqueue(tx, bad, [{ value: 1 }, { value: 13 }, { value: 2 }, { value: 3 }]);
  });
  assert.deepEqual((await good.all).toSorted(), [1, 2, 3]);
  assert.deepEqual(await givenUp, { value: 13 });
  assert.deepEqual(attempts, [13, 13]);
});

test('what a killed process was doing runs again at the next start', async () => {
  const first = create();
  const again = queue('again');
  let started = (): void => undefined;
  const isRunning = new Promise<void>((resolve) => {
    started = resolve;
  });
  // The handler of the process that dies never comes back.
  first.work(again, { concurrency: 1, batch: 1 }, async () => {
    started();
    await new Promise(() => undefined);
  });
  await first.start();
  await inTransaction(database.connection.db, async (tx) => await first.enqueue(tx, again, [{ value: 7 }]));
  await isRunning;
  const second = create();
  const seen = counter(1);
  second.work(again, { concurrency: 1, batch: 1 }, async (items) => {
    for (const { value } of items) seen.add(value);
  });
  await second.start();
  assert.deepEqual(await seen.all, [7]);
});

test('orders with one key that wait are one run; one that comes while it runs is another', async () => {
  const jobs = create();
  const merged: Queue<Item> = { ...queue('merged'), coalesce: { key: ({ value }) => String(value), seconds: 1 } };
  const runs = counter(3);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let began = (): void => undefined;
  const isRunning = new Promise<void>((resolve) => {
    began = resolve;
  });
  jobs.work(merged, { concurrency: 1, batch: 1 }, async (items) => {
    began();
    await held;
    for (const { value } of items) runs.add(value);
  });
  await jobs.start();
  const order = async (values: readonly number[]): Promise<void> =>
    await inTransaction(database.connection.db, async (tx) => {
      await jobs.enqueue(
        tx,
        merged,
        values.map((value) => ({ value })),
      );
    });
  for (let times = 0; times < 20; times += 1) await order([1, 1]);
  await isRunning;
  await order([1, 2]);
  await order([1, 2]);
  release();
  assert.deepEqual((await runs.all).toSorted(), [1, 1, 2]);
});

test('a job that failed for good is told with its reason, was given up once, and is ordered again', async () => {
  const jobs = create();
  const given: string[] = [];
  const undone: number[] = [];
  let broken = true;
  const seen = counter(1);
  jobs.work(
    queue('fails'),
    {
      concurrency: 1,
      batch: 2,
      onGivenUp: async (_item, error) => void given.push(String(error)),
      onAgain: async (_tx, { value }) => void undone.push(value),
    },
    async (items) => {
      if (broken) throw new Error('broken as planned');
      for (const { value } of items) seen.add(value);
    },
  );
  await jobs.start();
  const { db, pool } = database.connection;
  await inTransaction(db, (tx) => jobs.enqueue(tx, queue('fails'), [{ value: 7 }]));
  const mine = async () => (await jobs.failed()).filter((one) => one.queue === 'fails');
  let failed = await mine();
  while (failed.length === 0) failed = await mine();
  assert.deepEqual(
    failed.map(({ data, tries, reason }) => ({ data, tries, reason })),
    [{ data: { value: 7 }, tries: 1, reason: 'broken as planned' }],
  );
  assert.deepEqual(given, ['Error: broken as planned']);
  // As the queue leaves one whose time was over: nobody was told yet.
  await pool.query('update pgboss.job set output = \'{"value":{"message":"job timed out"}}\' where name = \'fails\'');
  assert.equal((await mine())[0]?.reason, 'job timed out');
  await mine();
  assert.deepEqual(given, ['Error: broken as planned', 'Error: job timed out']);
  broken = false;
  assert.equal(await inTransaction(db, (tx) => jobs.again(tx, 'fails', failed[0]?.data)), true);
  assert.deepEqual(await seen.all, [7]);
  assert.deepEqual(undone, [7]);
  assert.equal(await inTransaction(db, (tx) => jobs.again(tx, 'fails', { value: 'x' })), false);
  assert.equal(await inTransaction(db, (tx) => jobs.again(tx, 'nobody works on this', {})), false);
});

test('a start that fails leaves nothing that polls; a stop tells what runs', async () => {
  const { connection } = database;
  let asked = 0;
  const pool = Object.create(connection.pool, {
    query: {
      value: (text: string, values: unknown[]) => {
        asked += 1;
        return connection.pool.query(text, values);
      },
    },
  });
  const failing = createJobs({ ...connection, pool }, createLog('silent'));
  failing.work(queue('good'), { concurrency: 1, batch: 1 }, async () => undefined);
  // The queue's library refuses it when the first one has a worker already.
  failing.work(queue('no batch'), { concurrency: 1, batch: 0 }, async () => undefined);
  await assert.rejects(failing.start());
  const before = asked;
  await sleep(3_000);
  assert.equal(asked, before);

  const jobs = create();
  const began = counter(1);
  jobs.work(queue('patient'), { concurrency: 1, batch: 1 }, async ([item], signal) => {
    began.add(item?.value ?? 0);
    await once(signal, 'abort');
  });
  await jobs.start();
  await inTransaction(database.connection.db, (tx) => jobs.enqueue(tx, queue('patient'), [{ value: 1 }]));
  await began.all;
  const stopping = performance.now();
  await jobs.stop(30_000);
  assert.ok(performance.now() - stopping < 20_000);
});
