import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { openTestDatabase, type TestDatabase } from '../test-database.ts';
import { readTable, rowsAtOnce, writeTable } from './rows.ts';

let database: TestDatabase;
let client: pg.PoolClient;
before(async () => {
  database = await openTestDatabase();
  client = await database.connection.pool.connect();
});
after(async () => {
  client.release();
  await database.close();
});

test('rows of any size are read in parts that fit into memory, and come back as they were', async () => {
  await client.query(`create table sized (id integer, name text, tags text[], body bytea, about jsonb)`);
  assert.equal(await rowsAtOnce(client, 'sized'), 100, 'an empty one');
  await client.query(
    `insert into sized select n, E'"quoted", (line\\n\u2028' || n, array['{', null, n::text], null, '{"a": "\\\\"}'
     from generate_series(1, 250) n`,
  );
  assert.equal(await rowsAtOnce(client, 'sized'), 100);
  const body = Buffer.alloc(1_000_000, 7);
  for (let n = 0; n < 10; n += 1) await client.query('insert into sized (id, body) values ($1, $2)', [1_000 + n, body]);
  assert.equal(await rowsAtOnce(client, 'sized'), 4, 'two million letters each');
  const largest = await client.query('insert into sized (id, body) values (0, $1)', [Buffer.alloc(9_000_000)]);
  assert.equal(largest.rowCount, 1);
  assert.equal(await rowsAtOnce(client, 'sized'), 1);

  const digest = async (): Promise<unknown> =>
    (await client.query(`select md5(string_agg(t::text, '|' order by id)) as all from sized t`)).rows;
  const there = await digest();
  const directory = `${database.data}/backup`;
  await mkdir(`${directory}/tables`, { recursive: true });
  await client.query('begin');
  const table = await writeTable(client, directory, 'sized');
  await client.query('commit');
  assert.equal(table.rows, 261);
  await client.query('truncate sized');
  await readTable(client, directory, table);
  assert.deepEqual(await digest(), there);
});
