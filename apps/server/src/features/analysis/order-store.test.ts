import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLog } from '@genehound/intake';
import { sql } from 'kysely';
import { digest, inTransaction } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { createJobs, type Jobs } from '../../platform/jobs.ts';
import { openTestDatabase, type TestDatabase } from '../../platform/test-database.ts';
import { ANALYSE } from './jobs.ts';
import { orderByRarity } from './order-store.ts';
import { enqueueArtifacts, promote } from './read.ts';

const ORGANISATION = newId();
const BACKLOG = 300;
let database: TestDatabase;
let jobs: Jobs;
before(async () => {
  database = await openTestDatabase();
  const { db } = database.connection;
  await db.insertInto('organisation').values({ id: ORGANISATION, name: 'one' }).execute();
  jobs = createJobs(database.connection, createLog('silent'));
  // Nobody works: what waits is looked at.
  jobs.work(ANALYSE, { concurrency: 0, batch: 1 }, async () => undefined);
  await jobs.start();
});
after(async () => {
  await jobs.stop(1_000);
  await database.close();
});

const file = (number: number): string => number.toString(16).padStart(64, '0');
const MEMORY = 'f'.repeat(64);
const ASKED = 'e'.repeat(64);

/** What a worker would take next, and so on. */
async function order(): Promise<readonly string[]> {
  const { rows } = await sql<{ sha256: string }>`select data ->> 'sha256' as sha256 from pgboss.job
    where name = ${ANALYSE.name} and state = 'created' order by priority desc, created_on, id`.execute(
    database.connection.db,
  );
  return rows.map((row) => row.sha256);
}

test('while many wait: findings and memory first, then what was asked for, then files, the rarest first', async () => {
  const { db } = database.connection;
  const files = Array.from({ length: BACKLOG }, (_unused, number) => ({
    sha256: file(number),
    layout: 'file' as const,
  }));
  const artifacts = files.map(({ sha256, layout }) => ({
    organisation: ORGANISATION,
    sha256: digest(sha256),
    layout,
    size: 1,
    stored: true,
  }));
  await db.insertInto('artifact').values(artifacts).execute();
  // Forty endpoints have file 0, twenty have file 1, each of the others one has.
  for (let endpoint = 0; endpoint < 40; endpoint += 1) {
    const scan = { organisation: ORGANISATION, id: newId() };
    await db
      .insertInto('scan')
      .values({ ...scan, upload_id: newId() })
      .execute();
    const has = files.filter(
      (_one, number) => number === 0 || (number === 1 ? endpoint < 20 : number % 40 === endpoint),
    );
    const rows = has.map(({ sha256, layout }) => ({
      organisation: ORGANISATION,
      scan_id: scan.id,
      sha256: digest(sha256),
      layout,
      wanted: true,
    }));
    await db.insertInto('scan_artifact').values(rows).execute();
  }
  await inTransaction(db, async (tx) => {
    await enqueueArtifacts({ jobs }, tx, ORGANISATION, files, 'by a scan');
    await enqueueArtifacts({ jobs }, tx, ORGANISATION, [{ sha256: ASKED, layout: 'file' }], 'by hand');
    await enqueueArtifacts({ jobs }, tx, ORGANISATION, [{ sha256: MEMORY, layout: 'raw' }], 'by a scan');
  });
  assert.deepEqual((await order()).slice(0, 2), [MEMORY, ASKED]);
  assert.equal(await orderByRarity(db), 2, 'the two that many have');
  assert.deepEqual((await order()).slice(-2), [file(1), file(0)], 'the commonest last');
  assert.equal(await orderByRarity(db), 0, 'no row is written twice');

  await inTransaction(db, (tx) => promote(tx, newId(), [{ sha256: file(0), layout: 'file' }]));
  assert.equal((await order()).at(-1), file(0), "another organisation's findings move nothing");
  await inTransaction(db, (tx) => promote(tx, ORGANISATION, [{ sha256: file(0), layout: 'file' }, {}]));
  assert.deepEqual(new Set((await order()).slice(0, 2)), new Set([MEMORY, file(0)]));
  assert.equal(await orderByRarity(db), 0, 'a finding keeps its place');
});
