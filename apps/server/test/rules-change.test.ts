import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Client, GLOBAL_ORGANISATION } from '@genehound/contract';
import { RULES } from '@genehound/genes';
import { query } from './query.ts';
import { deliver, OTHER_PROGRAM, PROGRAM, reportOf, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer, temporaryData } from './test-server.ts';

type Hunt = Answer<'getRetroHunt'>;

async function huntWhere(client: Client, isIt: (hunt: Hunt) => boolean): Promise<Hunt> {
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const { items } = await client.call('listRetroHunts', { query: {} });
    const found = items.find(isIt);
    if (found !== undefined) return found;
    assert.ok(Date.now() < end, JSON.stringify(items));
  }
}

/** A scan with a program of a family that was learnt later, as this release judges it. */
async function fill(server: TestServer): Promise<string> {
  const scan = await deliver(server.url, server.localKey, { name: 'once', programs: [PROGRAM, OTHER_PROGRAM] });
  await reportOf(server.client, scan.id);
  await server.client.call('addSample', {
    query: { family: 'late worm', type: 'malware', scope: 'organisation', source: 'test' },
    body: Buffer.concat([await readFile(PROGRAM), Buffer.from('another build')]),
  });
  await huntWhere(server.client, (hunt) => hunt.state === 'done' && hunt.changedScans > 0);
  return scan.id;
}

/** Puts what is stored back to what rules without that number would have said: nothing was malicious. */
async function forget(data: string): Promise<void> {
  const evidence = `evidence || '{"rule": "unknown", "reasons": ["By older rules"], "families": []}'::jsonb`;
  await query(data, 'delete from verdict_history');
  await query(
    data,
    `update verdict set rules = 0, verdict = 'unknown', sub_verdict = 'unique', evidence = ${evidence}`,
  );
  // Cut off for ever when this release took the place of that one.
  await query(
    data,
    `insert into retro_hunt (organisation, id, reason, rules, after_generation, until_generation)
      select organisation, gen_random_uuid(), 'rules', 0, value, value from generation where organisation = $1`,
    [GLOBAL_ORGANISATION],
  );
  await query(data, `delete from scan_change`);
  await query(data, `update scan set rules = 0, verdict = 'no_threats', families = '{}'`);
}

/** A server that dies after so many artifacts were judged again. */
async function dieAfter(data: string, artifacts: number): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts')], {
    env: {
      GENEHOUND_DATA: data,
      GENEHOUND_PORT: '0',
      GENEHOUND_LOG_LEVEL: 'fatal',
      GENEHOUND_FAULT: `analysis:between-rejudged:${artifacts}`,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL', 'the point was passed');
}

let data = '';
let running: TestServer | null = null;
before(async () => {
  data = await temporaryData();
});
after(async () => {
  await running?.stop();
  await rm(data, { recursive: true, force: true });
});

async function start(): Promise<TestServer> {
  running = await startTestServer({ GENEHOUND_DATA: data, GENEHOUND_NOTIFY_NETWORKS: '127.0.0.0/8' });
  return running;
}

async function stop(server: TestServer): Promise<void> {
  running = null;
  await server.stop();
}

const VERDICTS = 'select sha256, verdict, evidence from verdict order by sha256';

/** What the retro-hunt by rules must have done. */
async function assertJudged({ client }: TestServer, scanId: string): Promise<void> {
  const hunt = await huntWhere(client, (one) => one.reason === 'rules' && one.changedScans > 0);
  assert.deepEqual([hunt.scope, hunt.state, hunt.progress, hunt.families], ['global', 'done', 1, []]);
  // The program and the sample; the shell is unknown by these rules, too.
  assert.deepEqual([hunt.changedArtifacts, hunt.changedScans], [2, 1]);
  const changes = await client.call('listRetroHuntChanges', { params: { id: hunt.id } });
  assert.deepEqual(
    changes.artifacts.map((one) => [one.before, one.after]),
    [
      ['unknown', 'malicious'],
      ['unknown', 'malicious'],
    ],
  );
  assert.deepEqual(
    changes.scans.map((one) => [one.scanId, one.before, one.after, one.familiesAfter]),
    [[scanId, 'no_threats', 'malicious', ['late worm']]],
  );
  const report = await client.call('getScanReport', { params: { id: scanId } });
  const hash = sha256(await readFile(PROGRAM));
  assert.equal(report.notTrusted.find((one) => one.sha256 === hash)?.verdict, 'malicious');
}

test('other rules judge the past again, killed or not, and tell of what they find', { timeout: 180_000 }, async () => {
  const first = await start();
  const scanId = await fill(first);
  const { rows: right } = await query(data, VERDICTS);
  await first.client.call('addChannel', {
    body: { name: 'soc', to: { kind: 'webhook', url: 'http://127.0.0.1:9/' }, events: ['threat.found'] },
  });
  await forget(data);
  await stop(first);
  await dieAfter(data, 1);

  const last = await start();
  await assertJudged(last, scanId);
  assert.deepEqual((await query(data, VERDICTS)).rows, right);
  const { rows: history } = await query(data, 'select count(*)::int as n from verdict_history group by sha256');
  assert.ok(history.length >= 2 && history.every(({ n }) => n === 1), 'each was judged once, before the kill or after');
  // Nothing is left to be judged: the next start orders nothing.
  const { rows: judged } = await query(data, 'select rules from verdict union select rules from scan');
  assert.deepEqual(judged, [{ rules: RULES }]);
  const { items } = await last.client.call('listRetroHunts', { query: {} });
  assert.ok(
    items.every(({ state }) => state === 'done'),
    'none is left in the middle',
  );
  const { rows: told } = await query(data, `select severity, details from notification where event = 'threat.found'`);
  assert.deepEqual(
    told.map(({ severity, details }) => [severity, details.past, details.families]),
    [['critical', true, ['late worm']]],
  );
  await stop(last);
});
