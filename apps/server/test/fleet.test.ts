import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, ApiError } from '@genehound/contract';
import { query } from './query.ts';
import { deliver, OTHER_PROGRAM, PROGRAM, reportOf, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer({ GENEHOUND_SCANNERS: import.meta.dirname });
});
after(async () => {
  await server.close();
});

async function scan(name: string, programs: readonly string[]): Promise<string> {
  const { id } = await deliver(server.url, server.localKey, { name, programs });
  await reportOf(server.client, id);
  return id;
}

const found = async (q: string) =>
  (await server.client.call('search', { query: { q } })).items.map(({ kind, id, name }) => [kind, id, name]);

async function convictShell(): Promise<void> {
  const decided = await server.client.call('decide', {
    body: {
      kind: 'convict',
      family: 'Bad % Shell',
      artifacts: [{ sha256: sha256(await readFile(OTHER_PROGRAM)), layout: 'file' }],
    },
  });
  assert.equal(decided.decision.labels, 1);
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const { endpoints } = await server.client.call('getOverview', {});
    if (endpoints.malicious === 1) return;
    assert.ok(Date.now() < end, JSON.stringify(endpoints));
  }
}

test('where every endpoint stands, what changed on it, what needs a decision, and finding all of it', async () => {
  const first = await scan('alpha_1', [PROGRAM]);
  const second = await scan('alpha_1', [PROGRAM, OTHER_PROGRAM]);
  await scan('beta', [PROGRAM]);
  const none = await server.client.call('getScanChanges', { params: { id: first } });
  assert.deepEqual([none.since, none.appeared], [null, 0]);
  const changes = await server.client.call('getScanChanges', { params: { id: second } });
  assert.deepEqual([changes.since?.id, changes.appeared, changes.gone], [first, 1, 0]);
  assert.deepEqual([changes.appearedItems[0]?.path, changes.appearedItems[0]?.pid], [OTHER_PROGRAM, 101]);

  await convictShell();
  const { items, total } = await server.client.call('listEndpoints', { query: { sort: 'standing' } });
  assert.equal(total, 2);
  assert.deepEqual(
    items.map(({ name, standing, families, scan: of }) => [name, standing, families, of?.id === second]),
    [
      ['alpha_1', 'malicious', ['Bad % Shell'], true],
      ['beta', 'no_threats', [], false],
    ],
  );
  const overview = await server.client.call('getOverview', {});
  const [threat] = overview.threats;
  assert.deepEqual([threat?.name, threat?.place?.pid, threat?.place?.path], ['alpha_1', 101, OTHER_PROGRAM]);
  assert.ok((threat?.place?.why ?? '').length > 0);
  assert.equal(overview.days.length, 14);
  assert.equal(overview.days.at(-1)?.scans, 3);
  assert.equal(overview.days.at(-1)?.accusing, 1);

  const endpoint = await server.client.call('getEndpoint', { params: { id: items[0]?.id ?? '' } });
  assert.equal(endpoint.scans, 2);
  assert.ok(endpoint.identities.some(({ kind, value }) => kind === 'host_name' && value === 'alpha_1'));
  await assert.rejects(server.client.call('getEndpoint', { params: { id: second } }), ApiError);

  const { items: families } = await server.client.call('listFamilies', {});
  const bad = families.find(({ name }) => name === 'Bad % Shell');
  const family = await server.client.call('getFamily', { params: { id: bad?.id ?? '' } });
  assert.deepEqual([family.samples, family.members.length, family.endpoints, family.artifacts.length], [1, 1, 1, 1]);
  assert.ok((family.members[0]?.genes ?? 0) > 0);

  const hash = sha256(await readFile(OTHER_PROGRAM));
  const seen = await server.client.call('listArtifactSightings', { params: { sha256: hash, layout: 'file' } });
  assert.deepEqual([seen.endpoints, seen.fleet, seen.items.length], [1, 2, 1]);
  assert.deepEqual([seen.items[0]?.scanId, seen.items[0]?.pid, seen.items[0]?.path], [second, 101, OTHER_PROGRAM]);
  const judged = await server.client.call('listVerdictHistory', { params: { sha256: hash, layout: 'file' } });
  assert.deepEqual(
    judged.items.map(({ verdict, because }) => [verdict, because]),
    [
      ['malicious', 'own_knowledge'],
      ['unknown', 'first'],
    ],
  );
  assert.ok(judged.items.every(({ reasons }) => reasons.length > 0));
  assert.deepEqual((await found(hash.slice(0, 9).toUpperCase()))[0], ['artifact', hash, OTHER_PROGRAM]);
  assert.deepEqual(await found('ALPHA_'), [['endpoint', items[0]?.id, 'alpha_1']]);
  assert.deepEqual(await found('%'.repeat(3)), []);
  assert.deepEqual((await found('d % sh'))[0], ['family', bad?.id, 'Bad % Shell']);
  assert.ok((await found('bin/sh')).some(([kind, id]) => kind === 'artifact' && id === hash));
  assert.deepEqual((await found(second))[0]?.slice(0, 2), ['scan', second]);
  assert.ok((await found('127.0.0.')).some(([kind, id]) => kind === 'endpoint' && id === items[0]?.id));
  assert.deepEqual(await server.client.call('listForeign', { query: {} }), { items: [], nextCursor: null });
  const idle = await server.client.call('getActivity', {});
  assert.deepEqual([idle.receiving, idle.analysing], [0, 0]);
});

test('an incomplete scan clears nobody', async () => {
  const { items } = await server.client.call('listEndpoints', { query: { standing: 'malicious' } });
  const accused = items[0]?.scan?.id ?? '';
  const third = await scan('alpha_1', [PROGRAM]);
  await query(server.data, `update scan set verdict = 'incomplete' where id = $1`, [third]);
  const still = await server.client.call('listEndpoints', { query: { standing: ['malicious', 'suspicious'] } });
  assert.deepEqual(
    still.items.map(({ name, scan: of, families }) => [name, of?.id, families]),
    [['alpha_1', accused, ['Bad % Shell']]],
  );
  await query(server.data, `update scan set verdict = 'no_threats' where id = $1`, [third]);
  assert.equal((await server.client.call('listEndpoints', { query: { standing: 'malicious' } })).total, 0);
});

test('builds that are not there are said to be not there', async () => {
  const { items } = await server.client.call('listScanners', {});
  assert.deepEqual(
    items.map(({ platform, build }) => [platform, build]),
    [
      ['windows-amd64', null],
      ['linux-amd64', null],
      ['linux-arm64', null],
    ],
  );
  await assert.rejects(server.client.call('downloadScanner', { params: { platform: 'linux-amd64' } }), /not built/);
});

test('fifty thousand endpoints and twenty thousand scans: pages, filters and the overview stay quick', async (context) => {
  const [{ organisation }] = (await query(server.data, 'select organisation from endpoint limit 1')).rows;
  await query(
    server.data,
    `insert into endpoint (organisation, id, name, identity)
     select $1, gen_random_uuid(), 'host-' || lpad(n::text, 5, '0'), 'confirmed' from generate_series(1, 50000) n`,
    [organisation],
  );
  await query(
    server.data,
    `insert into scan (organisation, id, upload_id, endpoint_id, state, verdict, families, created_at)
     select $1, gen_random_uuid(), gen_random_uuid(), e.id, 'done',
       case when n % 200 = 0 then 'infected' when n % 10 = 0 then 'incomplete' else 'no_threats' end,
       case when n % 200 = 0 then array['mirai'] else '{}' end, now() - n * interval '1 minute'
     from (select id, row_number() over (order by name) as n from endpoint where name like 'host-%') e where n <= 20000`,
    [organisation],
  );
  await query(server.data, 'analyze endpoint, scan');
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const begin = performance.now();
    const result = await work();
    const took = performance.now() - begin;
    context.diagnostic(`${what}: ${took.toFixed(0)} ms`);
    assert.ok(took < 5_000, `${what} took ${took} ms`);
    return result;
  };
  const call = (name: string, more: object) =>
    timed(name, () => server.client.call('listEndpoints', { query: { limit: 500, ...more } }));
  const far = await call('a far page', { offset: 40_000 });
  assert.equal(far.total, 50_002);
  assert.equal(far.items.length, 500);
  assert.equal(far.items[0]?.name, 'host-39999');
  const accused = await call('the accused', { standing: ['malicious'], sort: 'standing' });
  assert.deepEqual([accused.total, accused.items[0]?.name], [100, 'host-00200']);
  assert.equal((await call('a family', { family: 'mirai' })).total, 100);
  assert.equal((await call('a part of the name', { search: 'ST-0000' })).total, 9);
  assert.equal((await call('not judged', { standing: 'not_judged' })).total, 30_000);
  const { endpoints } = await timed('overview', () => server.client.call('getOverview', {}));
  assert.deepEqual(endpoints, {
    malicious: 100,
    suspicious: 0,
    incomplete: 1_900,
    no_threats: 18_002,
    not_judged: 30_000,
  });
  await timed('search', () => server.client.call('search', { query: { q: 'host-31' } }));
});

test('foreign code comes page by page, each once, though much was judged at the same moment', async () => {
  await query(
    server.data,
    `with made as (insert into artifact (organisation, sha256, layout, size, stored, state)
      select o.id, sha256(convert_to('foreign ' || n, 'UTF8')), 'file', 1, false, 'done'
      from (select id from organisation where id <> $1 order by id limit 1) o, generate_series(1, 7) n
      returning organisation, sha256, layout)
    insert into verdict (organisation, sha256, layout, scheme, verdict, sub_verdict, evidence, global_generation,
      organisation_generation, judged_at)
    select organisation, sha256, layout, 1, 'suspicious', 'suspicious',
      '{"findings": ["foreign-code"], "families": [], "reasons": ["x"]}', 0, 0, now() from made`,
    ['00000000-0000-0000-0000-000000000000'],
  );
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Answer<'listForeign'> = await server.client.call('listForeign', {
      query: { limit: 3, ...(cursor === '' ? {} : { cursor }) },
    });
    seen.push(...page.items.map((one) => one.sha256));
    cursor = page.nextCursor;
  }
  assert.deepEqual([seen.length, new Set(seen).size], [7, 7]);
  const odd = await server.client.call('listForeign', { query: { limit: 7, cursor: 'no place' } });
  assert.deepEqual([odd.items.length, odd.nextCursor], [7, null]);
});
