import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Migration } from './migrations.ts';
import { MIGRATIONS_DIRECTORY, migrate, readMigrations } from './migrations.ts';
import { dumpSchema, readColumns, tablesModule } from './schema-dump.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
before(async () => {
  database = await openTestDatabase();
});
after(async () => await database.close());

const step = (version: number, sql: string): Migration => ({
  version,
  name: `000${version}-x.sql`,
  sql,
  digest: `${version}:${sql}`,
});

test('the migrations make exactly the committed schema', async () => {
  const { pool } = database.connection;
  const again = 'run: node apps/server/sql/generate.ts';
  assert.equal(await dumpSchema(pool), await readFile(join(MIGRATIONS_DIRECTORY, 'schema.sql'), 'utf8'), again);
  const tables = join(import.meta.dirname, 'tables.gen.ts');
  assert.equal(tablesModule(await readColumns(pool)), await readFile(tables, 'utf8'), again);
});

test('migrating again changes nothing; a failing step leaves the steps before it and nothing of itself', async () => {
  const { pool } = database.connection;
  const known = await readMigrations();
  assert.equal(await migrate(pool, known), known.length);
  const good = step(known.length + 1, 'create table extra (id integer)');
  const bad = step(known.length + 2, 'create table half (id integer); select 1 / 0');
  await assert.rejects(migrate(pool, [...known, good, bad]), /division by zero/);
  const { rows } = await pool.query<{ extra: string | null; half: string | null }>(
    "select to_regclass('extra')::text as extra, to_regclass('half')::text as half",
  );
  assert.deepEqual(rows[0], { extra: 'extra', half: null });
});

test('a database of a newer program and a changed migration are refused in a sentence', async () => {
  const { pool } = database.connection;
  const known = await readMigrations();
  await assert.rejects(
    migrate(pool, known),
    new RegExp(`has schema ${known.length + 1}, this program knows ${known.length}.*newer Genehound`),
  );
  await assert.rejects(
    migrate(pool, [...known.map((one) => ({ ...one, digest: 'other' })), step(known.length + 1, 'select 1')]),
    /was changed after this database applied it/,
  );
});

test('two programs that start at once apply each step once', async () => {
  const { pool } = database.connection;
  const known = await readMigrations();
  const steps = [
    ...known,
    step(known.length + 1, 'create table extra (id integer)'),
    step(known.length + 2, 'create table later (id integer)'),
  ];
  await Promise.all([migrate(pool, steps), migrate(pool, steps), migrate(pool, steps)]);
  const { rows } = await pool.query<{ count: number }>('select count(*) as count from schema_migration');
  assert.equal(rows[0]?.count, known.length + 2);
});
