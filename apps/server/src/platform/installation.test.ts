import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Connection, connect } from './database.ts';
import { bindInstallation } from './installation.ts';
import { migrate, readMigrations } from './migrations.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
let other: Connection;
before(async () => {
  database = await openTestDatabase();
  await database.connection.pool.query('create database other');
  assert.ok('host' in database.where);
  other = connect({ ...database.where, database: 'other' }, 2, () => undefined);
  await migrate(other.pool, await readMigrations());
});
after(async () => {
  await other.close();
  await database.close();
});

test('a data directory and a database that do not belong together are refused in a sentence', async () => {
  const [one, two] = [join(database.data, 'one'), join(database.data, 'two')];
  await mkdir(one);
  await mkdir(two);
  const id = await bindInstallation(database.connection.db, one);
  assert.equal(await bindInstallation(database.connection.db, one), id);
  await bindInstallation(other.db, two);
  await assert.rejects(bindInstallation(other.db, one), /belongs to another database/);
  await assert.rejects(bindInstallation(database.connection.db, two), /belongs to another database/);
  assert.equal(await bindInstallation(database.connection.db, one), id);
});
