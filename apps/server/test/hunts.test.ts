import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, createClient } from '@genehound/contract';
import pg from 'pg';
import { query } from './query.ts';
import { deliver, OTHER_PROGRAM, PROGRAM, reportOf, ScanClient } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

/** Hunts by the API alone: targets, rounds, keys, and who came. */

let server: TestServer;
let scanners = '';
before(async () => {
  scanners = await mkdtemp(join(tmpdir(), 'genehound-scanners-'));
  // What kits carry; it is not run here.
  await writeFile(join(scanners, 'scanner-linux-amd64'), 'x');
  const script = join(scanners, 'runner.sh');
  await writeFile(
    script,
    'cat "$1"; unzip -l "$2" | grep -c genehound.conf; echo "$GENEHOUND_ROUND $3 none$DATABASE_URL"; exit "$3"',
  );
  const kit = { tool: 'ssh', url: 'https://hunt.example.org' };
  const sh = (...args: readonly string[]) => ['/bin/sh', ...args];
  const runners = [
    { name: 'good', command: sh(script, '{targets}', '{kit}', '0'), organisations: ['*'], kit },
    { name: 'bad', command: sh(script, '{targets}', '{kit}', '3'), organisations: ['*'], kit },
    { name: 'endless', command: sh('-c', 'sleep 999 & sleep 999'), organisations: ['*'], minutes: 0.01 },
    { name: 'foreign', command: sh(script), organisations: ['00000000-0000-7000-8000-000000000001'] },
    { name: 'gone', command: ['/no/such/program'], organisations: ['*'] },
    { name: 'long', command: sh('-c', 'echo begun; : > begun; sleep 999 & wait'), organisations: ['*'], kit },
  ];
  await writeFile(join(scanners, 'runners.json'), JSON.stringify({ runners }));
  server = await startTestServer({
    GENEHOUND_SCANNERS: scanners,
    GENEHOUND_RUNNERS: join(scanners, 'runners.json'),
  });
});
after(async () => {
  await server.close();
  await rm(scanners, { recursive: true });
});

type Hunt = Answer<'getHunt'>;

async function keyOf(hunt: Hunt): Promise<string> {
  const key = await server.client.call('createKey', { body: { name: 'kit', permission: 'scan', huntId: hunt.id } });
  return key.secret;
}

async function scanned(key: string, name: string, programs: readonly string[] = [PROGRAM]): Promise<string> {
  const { id } = await deliver(server.url, key, { name, programs, coverage: true });
  await reportOf(server.client, id);
  return id;
}

async function stateOf(hunt: Hunt, round?: number): Promise<Readonly<Record<string, string>>> {
  const query = round === undefined ? {} : { round };
  const { items } = await server.client.call('listTargets', { params: { id: hunt.id }, query });
  return Object.fromEntries(items.map(({ name, state }) => [name, state]));
}

test('four targets, of which one never reports: coverage at every moment', async () => {
  const created = await server.client.call('createHunt', {
    body: {
      name: 'Q4',
      owner: 'blue team',
      targets: ['alpha', { name: 'Beta', group: 'servers' }, 'gamma', 'delta', ' ALPHA '],
    },
  });
  assert.deepEqual(
    [created.targets, created.anyone, created.round?.state, created.round?.number, created.scansPerEndpoint],
    [4, false, 'waiting', 1, 'one'],
  );
  const key = await keyOf(created);
  await scanned(key, 'alpha');
  await scanned(key, 'beta', [PROGRAM, OTHER_PROGRAM]);
  await scanned(key, 'stranger');
  const open = new ScanClient(server.url, key);
  await open.create({ scan_type: 'endpoint_scan' });
  const during = await server.client.call('getCoverage', { params: { id: created.id }, query: {} });
  assert.equal(during.round.state, 'reporting');
  assert.deepEqual(
    [during.counts.done, during.counts.expected, during.counts.unexpected, during.counts.running, during.share],
    [2, 2, 1, 1, 0.5],
  );
  assert.equal(during.timeline.at(-1)?.reported, 3);
  assert.equal(during.verdicts.no_threats, 3);

  await scanned(key, 'alpha');
  assert.equal((await stateOf(created)).alpha, 'conflicting');

  const closed = await server.client.call('closeHunt', { params: { id: created.id } });
  assert.deepEqual([closed.closedAt !== null, closed.round?.state], [true, 'ended']);
  await assert.rejects(createClient(server.url, key).call('listHunts', {}), { status: 401 }, 'its keys end with it');
  const states = await stateOf(created);
  assert.deepEqual(
    [states.alpha, states.Beta, states.gamma, states.delta, states.stranger],
    ['conflicting', 'done', 'missing', 'missing', 'unexpected'],
  );
  const missing = await server.client.call('listTargets', {
    params: { id: created.id },
    query: { state: 'missing', limit: 1 },
  });
  assert.deepEqual([missing.items.map(({ name }) => name), typeof missing.nextCursor], [['delta'], 'string']);
  const rest = await server.client.call('listTargets', {
    params: { id: created.id },
    query: { state: 'missing', limit: 1, cursor: missing.nextCursor ?? '' },
  });
  assert.deepEqual([rest.items.map(({ name }) => name), rest.nextCursor], [['gamma'], null]);
  const group = await server.client.call('listTargets', { params: { id: created.id }, query: { group: 'servers' } });
  assert.deepEqual(
    group.items.map(({ name }) => name),
    ['Beta'],
  );
  await assert.rejects(
    server.client.call('openRound', { params: { id: created.id }, body: {} }),
    { code: 'conflict' },
    'a closed hunt begins no round',
  );
});

test('a new round expects everybody anew; the past one keeps what came', async () => {
  const hunt = await server.client.call('createHunt', { body: { name: 'rounds', targets: ['one', 'two'] } });
  const key = await keyOf(hunt);
  await scanned(key, 'one');
  const second = await server.client.call('openRound', { params: { id: hunt.id }, body: { hours: 2 } });
  assert.deepEqual([second.number, second.state], [2, 'waiting']);
  assert.equal(Date.parse(second.closesAt ?? '') - Date.parse(second.opensAt), 7_200_000);
  assert.deepEqual(await stateOf(hunt), { one: 'expected', two: 'expected' });
  assert.deepEqual(await stateOf(hunt, 1), { one: 'done', two: 'missing' });
  await scanned(key, 'two');
  assert.deepEqual(await stateOf(hunt), { one: 'expected', two: 'done' });
  await server.client.call('changeTargets', { params: { id: hunt.id }, body: { add: ['three'], remove: ['ONE'] } });
  assert.deepEqual(await stateOf(hunt), { three: 'expected', two: 'done' });
  const { items } = await server.client.call('listRounds', { params: { id: hunt.id } });
  assert.deepEqual(
    items.map(({ number, state, scans }) => [number, state, scans]),
    [
      [2, 'reporting', 1],
      [1, 'ended', 1],
    ],
  );
});

test('a scan outside of every round is kept and belongs to none; a scheduled round begins by itself', async () => {
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const later = await server.client.call('createHunt', { body: { name: 'later', targets: ['x'], opensAt: soon } });
  assert.equal(later.round?.state, 'planned');
  const id = await scanned(await keyOf(later), 'x');
  assert.equal((await server.client.call('getScan', { params: { id } })).huntId, later.id);
  assert.deepEqual(await stateOf(later), { x: 'expected' });

  const daily = await server.client.call('createHunt', {
    body: { name: 'minutely', targets: ['y'], schedule: { cron: '* * * * *', timeZone: 'Europe/Berlin', hours: 1 } },
  });
  assert.deepEqual([daily.round, daily.schedule?.hours], [null, 1]);
  const due = Date.parse(daily.nextRoundAt ?? '');
  assert.ok(due > Date.now() && due - Date.now() <= 60_000);
  await query(server.data, `update hunt set next_round_at = now() - interval '1 second' where id = $1`, [daily.id]);
  // Whoever comes first begins it; nobody has to wait for the look at the clock.
  await scanned(await keyOf(daily), 'y');
  const begun = await server.client.call('getHunt', { params: { id: daily.id } });
  assert.ok(
    begun.round !== null && begun.round.number >= 1 && Date.parse(begun.nextRoundAt ?? '') > Date.now() - 1_000,
  );
  const { items } = await server.client.call('listRounds', { params: { id: daily.id } });
  assert.equal(
    items.reduce((sum, { scans }) => sum + scans, 0),
    1,
  );
});

test('a scan that comes while its round is being begun belongs to it', async () => {
  const hunt = await server.client.call('createHunt', {
    body: { name: 'begun', targets: ['z'], schedule: { cron: '0 0 1 1 *', timeZone: 'UTC', hours: 1 } },
  });
  const key = await keyOf(hunt);
  await query(server.data, `update hunt set next_round_at = now() - interval '1 second' where id = $1`, [hunt.id]);
  const other = new pg.Client({
    host: join(server.data, 'postgres', 'socket'),
    user: 'genehound',
    database: 'genehound',
  });
  await other.connect();
  try {
    await other.query('begin');
    await other.query('select from hunt where id = $1 for update', [hunt.id]);
    const coming = scanned(key, 'z');
    await sleep(300);
    await other.query(
      'insert into hunt_round (organisation, hunt_id, number, opens_at, asked) select organisation, id, 1, now(), true from hunt where id = $1',
      [hunt.id],
    );
    await other.query(`update hunt set next_round_at = now() + interval '1 hour' where id = $1`, [hunt.id]);
    await other.query('commit');
    const id = await coming;
    assert.deepEqual((await query(server.data, 'select round from scan where id = $1', [id])).rows, [{ round: 1 }]);
  } finally {
    await other.end();
  }
});

test('what is planned and never began is over, not to come; a closed hunt gets no key', async () => {
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const planned = await server.client.call('createHunt', { body: { name: 'planned', targets: ['x'], opensAt: soon } });
  const byHand = await server.client.call('openRound', { params: { id: planned.id }, body: {} });
  assert.equal(byHand.number, 2);
  const { items } = await server.client.call('listRounds', { params: { id: planned.id } });
  assert.deepEqual(
    items.map(({ state }) => state),
    ['waiting', 'ended'],
  );
  const closed = await server.client.call('closeHunt', { params: { id: planned.id } });
  assert.equal(closed.round?.state, 'ended');
  await assert.rejects(keyOf(planned), { code: 'conflict' });
});

test('the key of a kit ends with the one round, and outlives the first of many', async () => {
  const { client } = server;
  const closesAt = new Date(Date.now() + 7_200_000).toISOString();
  const schedule = { cron: '* * * * *', timeZone: 'UTC', hours: 1 };
  const hours = async (body: { readonly closesAt?: string; readonly schedule?: typeof schedule }, over = false) => {
    const hunt = await client.call('createHunt', { body: { name: 'kits', targets: ['x'], ...body } });
    if (over) await query(server.data, 'update hunt_round set closes_at = now() where hunt_id = $1', [hunt.id]);
    const url = 'https://genehound.example.org';
    for await (const part of await client.call('createKit', { params: { id: hunt.id }, body: { url } }))
      assert.ok(part.length >= 0);
    const key = (await client.call('listKeys', {})).items.find(({ huntId }) => huntId === hunt.id);
    return Math.round((Date.parse(key?.expiresAt ?? '') - Date.now()) / 3_600_000);
  };
  assert.equal(await hours({ closesAt }), 2);
  assert.equal(await hours({ closesAt }, true), 720, 'another round may be begun');
  assert.equal(await hours({ schedule }), 720);
});

test('bad hunts are refused in a sentence; those of nobody are not found', async () => {
  const create = async (body: object) =>
    await server.client.call('createHunt', { body: { name: 'bad', targets: [], ...body } });
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  await assert.rejects(create({ opensAt: at(2), closesAt: at(1) }), /ends before it begins/);
  await assert.rejects(
    create({ schedule: { cron: '0 25 * * *', timeZone: 'UTC', hours: 1 } }),
    /schedule cannot be used/,
  );
  await assert.rejects(
    create({ closesAt: at(0.5), schedule: { cron: '0 0 1 1 *', timeZone: 'UTC', hours: 1 } }),
    /no round of the schedule/,
  );
  const none = '00000000-0000-4000-8000-000000000000';
  for (const call of ['getHunt', 'closeHunt', 'listRounds'] as const)
    await assert.rejects(server.client.call(call, { params: { id: none } }), { code: 'not_found' });
  await assert.rejects(server.client.call('getCoverage', { params: { id: none }, query: {} }), { code: 'not_found' });
  const open = await create({ name: 'open' });
  assert.deepEqual([open.anyone, open.targets], [true, 0]);
  const coverage = await server.client.call('getCoverage', { params: { id: open.id }, query: {} });
  assert.equal(coverage.share, null);
});

async function runOf(runner: string, targets: readonly string[] = ['a']) {
  const hunt = await server.client.call('createHunt', { body: { name: runner, targets: [...targets], runner } });
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const { items } = await server.client.call('listHuntRuns', { params: { id: hunt.id } });
    const [run] = items;
    if (run?.state === 'done' || run?.state === 'failed') return { hunt, run };
    assert.ok(Date.now() < end, JSON.stringify(items));
  }
}

test("the operator's runner starts each round once, with targets that are no arguments, and is bounded", async () => {
  const { items } = await server.client.call('listRunners', {});
  assert.deepEqual(
    items.map(({ name, tool }) => [name, tool]),
    [
      ['good', 'ssh'],
      ['bad', 'ssh'],
      ['endless', null],
      ['gone', null],
      ['long', 'ssh'],
    ],
  );
  const { hunt, run } = await runOf('good', ['b.example.org', 'alpha', '-oProxyCommand=x', 'two words', 'c\nd']);
  assert.deepEqual([run.state, run.exitCode, run.output], ['done', 0, 'alpha\nb.example.org\n1\n1 0 none\n']);
  assert.match(run.problem ?? '', /^3 targets were left out/);
  assert.deepEqual([hunt.runner, hunt.round?.state], ['good', 'waiting'], 'a run is no scan: it still waits');
  const audit = await server.client.call('listAudit', { query: {} });
  assert.ok(JSON.stringify(audit).includes('run-round'));

  const failed = await runOf('bad');
  assert.deepEqual([failed.run.state, failed.run.exitCode], ['failed', 3]);
  const endless = await runOf('endless');
  assert.match(endless.run.problem ?? '', /^It was ended after 0.01 minutes/);
  assert.equal(endless.run.state, 'failed');
  assert.match((await runOf('gone')).run.problem ?? '', /^It could not be started/);
  for (const runner of ['foreign', 'nobody'])
    await assert.rejects(server.client.call('createHunt', { body: { name: 'x', targets: ['a'], runner } }), {
      status: 400,
    });
});

test('a run that the end of the server cut off is not begun again', async () => {
  const { hunt } = await runOf('good');
  await query(server.data, "update hunt_run set state = 'running', finished_at = null where hunt_id = $1", [hunt.id]);
  await query(
    server.data,
    "update pgboss.job set state = 'created', completed_on = null where name = 'run-round' and data ->> 'hunt' = $1",
    [hunt.id],
  );
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const { items } = await server.client.call('listHuntRuns', { params: { id: hunt.id } });
    if (items[0]?.state === 'failed') {
      assert.match(items[0].problem ?? '', /what became of it is not known/);
      break;
    }
    assert.ok(Date.now() < end, JSON.stringify(items));
  }
});

test('a run whose turn comes when its round is over is not begun', async () => {
  const { hunt } = await runOf('good');
  await server.client.call('closeHunt', { params: { id: hunt.id } });
  const params = [hunt.id];
  await query(server.data, "update hunt_run set state = 'queued', finished_at = null where hunt_id = $1", params);
  await query(
    server.data,
    "update pgboss.job set state = 'created', completed_on = null where name = 'run-round' and data ->> 'hunt' = $1",
    params,
  );
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const { items } = await server.client.call('listHuntRuns', { params: { id: hunt.id } });
    if (items[0]?.state === 'failed') return assert.match(items[0].problem ?? '', /round was over/);
    assert.ok(Date.now() < end, JSON.stringify(items));
  }
});

test('the stop of the server ends what runs, and says so; what was left of a killed one goes', async () => {
  const { id } = await server.client.call('createHunt', { body: { name: 'long', targets: ['a'], runner: 'long' } });
  const runs = join(server.data, 'runs');
  const files = () => readdir(runs, { recursive: true }).catch(() => []);
  for (const end = Date.now() + 60_000; !(await files()).some((name) => name.endsWith('begun')); await sleep(100))
    assert.ok(Date.now() < end);
  await server.stop();
  await mkdir(join(runs, 'run-killed'));
  const { data } = server;
  server = await startTestServer({ GENEHOUND_DATA: data, GENEHOUND_RUNNERS: join(scanners, 'runners.json') });
  const { items } = await server.client.call('listHuntRuns', { params: { id } });
  assert.deepEqual(
    items.map(({ state, exitCode, problem, output }) => [state, exitCode, problem, output]),
    [['failed', null, 'The server was stopped while it ran', 'begun\n']],
  );
  assert.deepEqual(await files(), []);
});
