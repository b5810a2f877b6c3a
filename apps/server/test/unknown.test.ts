import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '@genehound/contract';
import { query } from './query.ts';
import { deliver, OTHER_PROGRAM, PROGRAM, reportOf, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

type Cluster = Answer<'listUnknown'>['items'][number];

let server: TestServer;
let folder: string;
before(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'genehound-unknown-'));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function scan(name: string, programs: readonly string[]): Promise<string> {
  const { id } = await deliver(server.url, server.localKey, { name, programs });
  await reportOf(server.client, id);
  return id;
}

async function clustersBecome(expected: (items: readonly Cluster[]) => boolean): Promise<readonly Cluster[]> {
  for (const end = Date.now() + 60_000; ; await sleep(200)) {
    const { items } = await server.client.call('listUnknown', { query: {} });
    if (expected(items)) return items;
    assert.ok(Date.now() < end, JSON.stringify(items));
  }
}

test('unknown code over the fleet: clusters by shared genes, rarest first; acquitted and convicted as a whole', async () => {
  // The same program built twice: other bytes, the same code.
  const again = join(folder, 'ls-again');
  await writeFile(again, Buffer.concat([await readFile(PROGRAM), Buffer.from('another build')]));
  await scan('one', [PROGRAM]);
  await scan('two', [PROGRAM, OTHER_PROGRAM]);
  await scan('three', [again]);
  const [rare, common] = await clustersBecome(
    (items) => items.length === 2 && items.reduce((sum, { endpoints }) => sum + endpoints, 0) === 4,
  );
  assert.ok(rare !== undefined && common !== undefined);
  assert.deepEqual([rare.path, rare.members, rare.endpoints, rare.processes], [OTHER_PROGRAM, 1, 1, 1]);
  assert.deepEqual([common.path, common.members, common.endpoints, common.processes], [PROGRAM, 2, 3, 3]);
  assert.ok(common.genes > 100 && common.firstSeenAt !== null && common.findings.length === 0);
  const { fleet } = await server.client.call('listUnknown', { query: { limit: 1 } });
  assert.equal(fleet, 3);

  const details = await server.client.call('getUnknown', { params: { id: common.id } });
  assert.deepEqual(
    details.shownMembers.map((member) => [member.sha256, member.endpoints]).sort(),
    [
      [sha256(await readFile(PROGRAM)), 2],
      [sha256(await readFile(again)), 1],
    ].sort(),
  );
  assert.deepEqual(details.sightings.map(({ endpoint }) => endpoint).sort(), ['one', 'three', 'two']);

  const names = async (query: object) =>
    (await server.client.call('listUnknown', { query })).items.map(({ path }) => path);
  assert.deepEqual(await names({ search: 'BIN/SH' }), [OTHER_PROGRAM]);
  assert.deepEqual(await names({ search: '%' }), []);
  assert.deepEqual(await names({ maxEndpoints: 2 }), [OTHER_PROGRAM]);
  assert.deepEqual(await names({ finding: 'implanted-code' }), []);
  assert.deepEqual(await names({ since: '2000-01-01T00:00:00Z' }), [OTHER_PROGRAM, PROGRAM]);
  assert.deepEqual(await names({ since: '2100-01-01T00:00:00Z' }), []);
  const first = await server.client.call('listUnknown', { query: { limit: 1 } });
  assert.ok(first.nextCursor !== null);
  assert.deepEqual(await names({ cursor: first.nextCursor }), [PROGRAM]);

  const acquitted = await server.client.call('decideUnknown', {
    params: { id: common.id },
    body: { kind: 'acquit', family: 'list tool', reason: 'ours' },
  });
  assert.equal(acquitted.decision.labels, 2);
  await server.client.call('decideUnknown', {
    params: { id: rare.id },
    body: { kind: 'convict', family: 'bad shell' },
  });
  await clustersBecome((items) => items.length === 0);
  const scans = await server.client.call('listScans', { query: {} });
  assert.deepEqual(
    scans.items.map(({ endpoint, verdict }) => [endpoint?.name, verdict]),
    [
      ['three', 'no_threats'],
      ['two', 'malicious'],
      ['one', 'no_threats'],
    ],
  );
  await server.client.call('undoDecision', { params: { id: acquitted.decision.id }, body: {} });
  await clustersBecome((items) => items.length === 1 && items[0]?.members === 2 && items[0].endpoints === 3);
});

test('a saved search tells of what is new, once, and of nothing that was there; who removed it hears no more', async () => {
  const { client } = server;
  const channel = await client.call('addChannel', {
    body: { name: 'nowhere', to: { kind: 'syslog', host: '127.0.0.1', port: 9, tls: false }, events: ['search.hit'] },
  });
  const told = async () => {
    const { items } = await client.call('listNotifications', { query: { channelId: channel.id } });
    return items.map(({ event, text }) => [event, text]);
  };
  const saved = await client.call('saveSearch', {
    body: { name: 'rare', filter: { search: '/BIN/dpkg', maxEndpoints: 1 } },
  });
  const before = saved.hits;
  await scan('searched', ['/usr/bin/dpkg']);
  for (const end = Date.now() + 180_000; (await told()).length === 0; await sleep(200)) assert.ok(Date.now() < end);
  assert.deepEqual(await told(), [['search.hit', 'The search "rare" finds new unknown code: /usr/bin/dpkg']]);
  const [search] = (await client.call('listSearches', {})).items;
  assert.deepEqual([search?.id, search?.hits], [saved.id, before + 1]);
  await client.call('removeSearch', { params: { id: saved.id } });
  const odd = await client.call('saveSearch', { body: { name: 'a\0b', filter: { search: '\0\ud800' } } });
  assert.deepEqual([odd.name, odd.filter.search], ['a\ufffdb', '\ufffd\ufffd']);
  await client.call('removeSearch', { params: { id: odd.id } });
  assert.deepEqual((await client.call('listSearches', {})).items, []);
  await assert.rejects(client.call('saveSearch', { body: { name: 'all', filter: {} } }), /Name what to look for/);
});

test('the digest tells once of the week before, from Monday to Monday, however often the server starts', async () => {
  const digests = async (channelId: string) => {
    const { items } = await server.client.call('listNotifications', { query: { channelId } });
    return items.filter(({ event }) => event === 'digest.weekly').map(({ text }) => text);
  };
  const addChannel = async (name: string, event: 'digest.weekly' | 'threat.found') => {
    const to = { kind: 'syslog', host: '127.0.0.1', port: 9, tls: false } as const;
    return (await server.client.call('addChannel', { body: { name, to, events: [event] } })).id;
  };
  const [asked, other] = [await addChannel('weekly', 'digest.weekly'), await addChannel('threats', 'threat.found')];
  const restart = async () => {
    const { data } = server;
    await server.stop();
    server = await startTestServer({ GENEHOUND_DATA: data });
  };
  // Everything is of this week so far: a week without anything is not told.
  await query(
    server.data,
    `update scan set created_at = date_trunc('week', now() at time zone 'utc') at time zone 'utc'`,
  );
  await query(
    server.data,
    `update endpoint set first_seen_at = now(); update unknown_cluster set first_seen_at = now()`,
  );
  await restart();
  await sleep(1_000);
  assert.deepEqual(await digests(asked), []);

  const last = `date_trunc('week', now() at time zone 'utc') at time zone 'utc' - interval '7 days'`;
  const { rows } = await query(server.data, `select id, endpoint_id from scan order by id limit 2`);
  await query(server.data, `update scan set created_at = ${last} where id = $1`, [rows[0].id]);
  await query(
    server.data,
    `update scan set created_at = ${last} + interval '7 days' - interval '1 microsecond', verdict = 'infected' where id = $1`,
    [rows[1].id],
  );
  await query(server.data, `update endpoint set first_seen_at = ${last} where id = $1`, [rows[0].endpoint_id]);
  for (let starts = 0; starts < 2; starts++) {
    await restart();
    for (const end = Date.now() + 30_000; (await digests(asked)).length === 0; await sleep(100))
      assert.ok(Date.now() < end);
    const [told, ...more] = await digests(asked);
    assert.match(
      told ?? '',
      /^Week \d{4}-W\d\d: 2 scans, 1 new endpoints, 1 infected endpoints, 0 new clusters of unknown code; \d+ cases are open$/,
    );
    assert.deepEqual(more, []);
  }
  assert.deepEqual(await digests(other), []);
});
