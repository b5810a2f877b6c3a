import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ApiError, createClient, GLOBAL_ORGANISATION } from '@genehound/contract';
import { createFileStore } from '@genehound/intake';
import pg from 'pg';
import { query as queryOf } from './query.ts';
import { deliver, field, PROGRAM, reportOf, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';
import { idOf, organisation, until } from './two-organisations.ts';

/** What leaves by retention, what a hold keeps, and an organisation that leaves as a whole. */

const METRICS = 'a token of Prometheus alone';
let server: TestServer;
let first = '';
const query = (sql: string, values: readonly unknown[] = []) => queryOf(server.data, sql, values);
before(async () => {
  server = await startTestServer({ GENEHOUND_METRICS_TOKEN: METRICS });
  first = (await server.client.call('listOrganisations', {})).items[0]?.id ?? '';
});
after(async () => await server.close());

async function scan(name: string, key: string): Promise<string> {
  const { id } = await deliver(server.url, key, { name, programs: [PROGRAM] });
  await reportOf(server.client, id);
  return id;
}

const count = async (sql: string, values: readonly unknown[] = []): Promise<number> =>
  Number(field((await query(`select count(*) as n from ${sql}`, values)).rows[0], 'n'));

test('what is over goes, and what a hold names, an endpoint has newest, or somebody may prove stays', async () => {
  const { client } = server;
  const { secret } = await client.call('createKey', { body: { name: 'scan', permission: 'scan' } });
  const [old, held] = [await scan('gone', secret), await scan('kept', secret)];
  const newest = await scan('gone', secret);
  await scan('kept', secret);
  await query("update scan set finished_at = now() - interval '40 days', created_at = created_at - interval '40 days'");
  await query("update artifact set received_at = now() - interval '40 days'");
  const hold = await client.call('addHold', { body: { kind: 'scan', subject: held, reason: 'a case at court' } });
  const parts = await count('scan_part where scan_id = $1', [old]);
  assert.ok(parts > 0);
  const sent = { organisation: first, sha256: sha256(await readFile(PROGRAM)) };
  const blobs = createFileStore({ directory: join(server.data, 'blobs'), minimumFree: 0 });

  const before = await client.call('changeRetention', { body: { scanDays: 30, codeDays: 30 } });
  assert.equal(before.due.scans, 1, 'neither the held one nor the newest of each endpoint');
  assert.equal(before.due.artifacts, 0, 'the held endpoint has the code, too');
  await until('the scan to be over', async () =>
    (await count('scan where removed_at is not null')) > 0 ? true : undefined,
  );
  const { rows } = await query('select id::text as id, verdict from scan where removed_at is not null');
  assert.deepEqual(
    rows.map((row) => String(field(row, 'id'))),
    [old],
  );
  assert.equal(await count('scan_part where scan_id = $1', [old]), 0);
  assert.equal(await count('content c where not exists (select from scan_part p where p.content = c.sha256)'), 0);
  assert.equal((await client.call('getScan', { params: { id: old } })).verdict, 'no_threats', 'its verdict stays');
  assert.ok((await client.call('getScanReceipt', { params: { id: old } })).signature, 'and its receipt');
  await assert.rejects(client.call('getScanReport', { params: { id: old } }), /removed by retention/);
  for (const id of [held, newest]) assert.ok(await client.call('getScanReport', { params: { id } }));
  assert.ok(await blobs.has(sent));

  await client.call('liftHold', { params: { id: hold.id } });
  await assert.rejects(client.call('liftHold', { params: { id: hold.id } }), /lifted before/);
  const after = await client.call('changeRetention', { body: {} });
  assert.ok(after.due.artifacts >= 1 && after.due.bytes > 0, 'what is left out stays as it was');
  await until('the code to be over', async () => ((await blobs.has(sent)) ? undefined : true));
  const again = await deliver(server.url, secret, { name: 'gone', programs: [PROGRAM] });
  assert.deepEqual(again.wanted, [], 'what was removed is not asked for again');
  assert.equal((await reportOf(client, again.id)).verdict, 'no_threats', 'its genes still speak');
  const { items } = await client.call('listAudit', { query: { limit: 500 } });
  const text = JSON.stringify(items);
  for (const action of ['retention.change', 'hold.add', 'hold.lift', 'retention.apply'])
    assert.match(text, new RegExp(action));
});

test('while a backup copies, no blob goes, be it marked before', async () => {
  const key = { organisation: first, sha256: 'ab'.repeat(32) };
  const directory = join(server.data, 'blobs', first, 'ab', 'ab');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, key.sha256), 'bytes');
  await query(
    `insert into artifact (organisation, sha256, layout, size, state, stored, removed_at)
     values ($1, decode($2, 'hex'), 'file', 5, 'done', true, now())`,
    [first, key.sha256],
  );
  const blobs = createFileStore({ directory: join(server.data, 'blobs'), minimumFree: 0 });
  const applied = () => count("pgboss.job where name = 'apply-retention' and state = 'completed'");
  const backup = new pg.Client({
    host: join(server.data, 'postgres', 'socket'),
    user: 'genehound',
    database: 'genehound',
  });
  await backup.connect();
  try {
    await backup.query("select pg_advisory_lock_shared(hashtextextended('genehound blobs', 0))");
    const before = await applied();
    await server.client.call('changeRetention', { body: {} });
    await until('retention to have run', async () => ((await applied()) > before ? true : undefined));
    assert.ok(await blobs.has(key));
  } finally {
    await backup.end();
  }
  await server.client.call('changeRetention', { body: {} });
  await until('the bytes to go', async () => ((await blobs.has(key)) ? undefined : true));
});

test('an organisation that is deleted leaves nothing, and nobody else loses anything', async () => {
  const { client } = server;
  const made = await client.call('createOrganisation', { body: { name: 'leaving', administrator: 'leaving' } });
  const { id } = made.organisation;
  const second = await organisation(server.data, id, 'leaving');
  const bearer = (permission: string): string =>
    (second.askers.find((one) => one.permission === permission)?.headers['authorization'] ?? '').replace('Bearer ', '');
  const own = createClient(server.url, bearer('full'));
  const delivered = await deliver(server.url, bearer('scan'), { name: 'leaving', programs: [PROGRAM] });
  await reportOf(own, delivered.id);
  const hold = await own.call('addHold', { body: { kind: 'organisation', reason: 'a case at court' } });
  const others = await count('audit where organisation not in ($1, $2)', [id, first]);
  const mine = await count('scan where organisation = $1', [first]);

  const ask = (name: string) =>
    client.call('deleteOrganisation', { params: { id }, body: { name, reason: 'they left' } });
  await assert.rejects(ask('other'), /not that of this organisation/);
  await assert.rejects(ask('leaving'), /legal hold stands/);
  await own.call('liftHold', { params: { id: hold.id } });
  await assert.rejects(
    client.call('deleteOrganisation', { params: { id: GLOBAL_ORGANISATION }, body: { name: 'global', reason: 'x' } }),
    /not found/,
  );
  await ask('leaving');
  await assert.rejects(own.call('getMe', {}), (error) => error instanceof ApiError && error.status === 401);
  await until('the end', async () =>
    (await count('organisation_deletion where erased_at is not null')) > 0 ? true : undefined,
  );
  const { rows } = await query(
    "select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'organisation'",
  );
  assert.ok(rows.length > 40);
  for (const row of rows) {
    const table = String(field(row, 'name'));
    assert.equal(await count(`${table} where organisation = $1`, [id]), 0, table);
  }
  assert.equal(
    await count("pgboss.job where name <> 'erase-organisation' and data::text like '%' || $1 || '%'", [id]),
    0,
  );
  const blobs = createFileStore({ directory: join(server.data, 'blobs'), minimumFree: 0 });
  assert.equal(await blobs.has({ organisation: id, sha256: sha256(await readFile(PROGRAM)) }), false);
  // A body that was arriving leaves its bytes after the end; the orders of the next two days find them.
  const late = join(server.data, 'blobs', id, 'late');
  await mkdir(join(late, '..'), { recursive: true });
  await writeFile(late, 'late');
  const erased = async () =>
    (await query('select erased_at as at from organisation_deletion where id = $1', [id])).rows;
  const at = await erased();
  await query("insert into pgboss.job (name, data) values ('erase-organisation', $1)", [{ organisation: id }]);
  await until('the late bytes to go', async () => (existsSync(late) ? undefined : true));
  assert.deepEqual(await erased(), at, 'or it would be erased for ever');
  assert.equal(await count('audit where organisation not in ($1, $2)', [id, first]), others);
  assert.equal(await count('scan where organisation = $1', [first]), mine);
  await assert.rejects(query('delete from audit where organisation = $1', [first]), /only appended/);
  const { items } = await client.call('listAudit', { query: { limit: 500 } });
  assert.match(JSON.stringify(items), /organisation\.delete.*auditDigest/);
  assert.ok(await idOf(server.data, `organisation where id = '${first}'`));
});

test('metrics are for who has their token, and name nobody', async () => {
  const ask = (headers: Readonly<Record<string, string>>) => fetch(`${server.url}/metrics`, { headers });
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Bearer ${server.localKey}` }])
    assert.equal((await ask(headers)).status, 401);
  const reply = await ask({ authorization: `Bearer ${METRICS}` });
  const text = await reply.text();
  assert.equal(reply.status, 200);
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{[\w="',-]+\})? \d[\d.e+-]*)$/);
  assert.match(text, /^genehound_http_answers_total\{status="401"\} [1-9]/m);
  assert.match(text, /^genehound_scans_open\{state="analysing"\} 0$/m);
  assert.match(text, /^genehound_failed_jobs_open 0$/m);
  assert.doesNotMatch(text, /gone|leaving|[0-9a-f]{8}-[0-9a-f]{4}/);
});
