import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTransaction } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { openTestDatabase, type TestDatabase } from '../../platform/test-database.ts';
import { type ClaimedIdentity, resolveEndpoint } from './read.ts';

const ORGANISATION = newId();
const OTHER = newId();
let database: TestDatabase;
before(async () => {
  database = await openTestDatabase();
  const { db } = database.connection;
  await db
    .insertInto('organisation')
    .values([
      { id: ORGANISATION, name: 'one' },
      { id: OTHER, name: 'two' },
    ])
    .execute();
});
after(async () => await database.close());

const NOTHING: ClaimedIdentity = {
  machineId: null,
  hardwareId: null,
  hostName: null,
  domain: null,
  operatingSystem: null,
  address: null,
};

async function resolve(claimed: Partial<ClaimedIdentity>, organisation = ORGANISATION) {
  return await inTransaction(database.connection.db, (tx) =>
    resolveEndpoint(tx, organisation, { ...NOTHING, ...claimed }),
  );
}

test('the same machine with the same name is one endpoint, whatever its address', async () => {
  const first = await resolve({ machineId: 'M1', hostName: 'Alpha', address: '10.0.0.1' });
  const again = await resolve({ machineId: 'm1', hostName: 'ALPHA', address: '10.0.0.2' });
  assert.equal(again.id, first.id);
  assert.equal(first.identity, 'confirmed');
});

test('a cloned machine id makes two endpoints; a renamed machine with its own hardware stays one', async () => {
  const original = await resolve({ machineId: 'clone', hostName: 'one', hardwareId: 'H1' });
  const clone = await resolve({ machineId: 'clone', hostName: 'two', hardwareId: 'H2' });
  assert.notEqual(clone.id, original.id);
  const renamed = await resolve({ machineId: 'clone', hostName: 'three', hardwareId: 'H1' });
  assert.equal(renamed.id, original.id);
  assert.equal(renamed.name, 'three');
});

test('a name alone never merges into a machine that is known by more, and is marked', async () => {
  const machine = await resolve({ machineId: 'M2', hostName: 'beta' });
  const named = await resolve({ hostName: 'beta' });
  assert.notEqual(named.id, machine.id);
  assert.equal(named.identity, 'name_only');
  assert.equal((await resolve({ hostName: 'BETA' })).id, named.id);
  assert.equal((await resolve({})).id, (await resolve({ hostName: '  ' })).id, 'nameless ones are one');
});

test('organisations never share an endpoint, and hostile names are stored', async () => {
  const here = await resolve({ machineId: 'M3', hostName: 'gamma' });
  const there = await resolve({ machineId: 'M3', hostName: 'gamma' }, OTHER);
  assert.notEqual(here.id, there.id);
  const hostile = await resolve({ machineId: 'M4', hostName: `\0\u202e${'x'.repeat(500)}` });
  assert.equal(hostile.name.includes('\0'), false);
});

test('scans of a new machine that are judged at once make one endpoint', async () => {
  const found = await Promise.all(Array.from({ length: 6 }, () => resolve({ machineId: 'M5', hostName: 'delta' })));
  assert.equal(new Set(found.map(({ id }) => id)).size, 1);
});
