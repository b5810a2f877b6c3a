import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Permission, ROUTES, type Route, type RouteName } from '@genehound/contract';
import { readServerConfig, resetPassword, run } from '@genehound/server';
import { secretHash } from '../src/platform/ids.ts';
import { query as queryOf } from './query.ts';
import { deliver, field, PROGRAM, reportOf, ScanClient, send, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
/** An organisation beside the first, with its own keys. */
const OTHER = randomUUID();
const keys = new Map<string, string>();
let scanId = '';

const query = (sql: string, values: readonly unknown[] = []) => queryOf(server.data, sql, values);

async function addForeignKey(permission: Permission): Promise<string> {
  const secret = randomUUID();
  await query(
    'insert into api_key (organisation, id, key_hash, name, permission, created_by) values ($1, $2, $3, $4, $5, $6)',
    [OTHER, randomUUID(), secretHash(secret), permission, permission, 'test'],
  );
  return secret;
}

before(async () => {
  server = await startTestServer();
  for (const permission of ['scan', 'read', 'full'] as const) {
    const key = await server.client.call('createKey', { body: { name: permission, permission } });
    keys.set(permission, key.secret);
  }
  await query('insert into organisation (id, name) values ($1, $2)', [OTHER, 'other']);
  await query('insert into generation (organisation) values ($1)', [OTHER]);
  keys.set('foreign', await addForeignKey('full'));
  keys.set('foreign-scan', await addForeignKey('scan'));
  const { id } = await deliver(server.url, keys.get('scan') ?? '', { name: 'owned', programs: [PROGRAM] });
  scanId = id;
  await reportOf(server.client, id);
});
after(async () => await server.close());

function pathOf(route: Route): string {
  const hash = 'b'.repeat(64);
  return route.path.replace(':id', scanId).replace(':sha256', hash).replace(':layout', 'file');
}

async function callAs(name: RouteName, who: string | null): Promise<number> {
  const route: Route = ROUTES[name];
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (who !== null) headers['authorization'] = `Bearer ${keys.get(who) ?? who}`;
  const query = route.query === undefined ? '' : '?limit=1';
  if (route.answer === 'events') {
    // It never ends by itself.
    const answer = await fetch(server.url + pathOf(route), { headers });
    await answer.body?.cancel();
    return answer.status;
  }
  return (
    await send(server.url + pathOf(route) + query, {
      method: route.method,
      headers,
      body: route.method === 'GET' ? '' : '{}',
    })
  ).status;
}

const RANK = { scan: 0, read: 1, full: 2, user: 3 } as const;

test('every route asks for its permission, whoever comes', async () => {
  for (const [name, route] of Object.entries(ROUTES)) {
    const routeName = name as RouteName;
    if (route.permission === 'none') {
      assert.notEqual(await callAs(routeName, null), 403, name);
      continue;
    }
    assert.equal(await callAs(routeName, null), 401, `${name} without a key`);
    assert.equal(await callAs(routeName, randomUUID()), 401, `${name} with a wrong key`);
    for (const permission of ['scan', 'read', 'full'] as const) {
      const status = await callAs(routeName, permission);
      const allowed = RANK[permission] >= RANK[route.permission];
      if (allowed) assert.ok(status !== 401 && status !== 403, `${name} as ${permission}: ${status}`);
      else assert.equal(status, 403, `${name} as ${permission}`);
    }
  }
});

test("another organisation's scans, keys and artifacts are not there", async () => {
  for (const name of ['getScan', 'getScanReport', 'listScanProcesses', 'getScanSurroundings', 'getArtifact'] as const) {
    assert.equal(await callAs(name, 'foreign'), 404, name);
  }
  for (const path of ['/api/v1/scans', '/api/v1/keys', '/api/v1/hunts']) {
    const own = await send(server.url + path, { headers: { authorization: `Bearer ${keys.get('foreign')}` } });
    const ids = JSON.stringify(own.body);
    assert.equal(ids.includes(scanId), false, path);
  }
  const { items } = await server.client.call('listKeys', {});
  const foreign = await send(`${server.url}/api/v1/keys`, {
    headers: { authorization: `Bearer ${keys.get('foreign')}` },
  });
  assert.ok(items.length > 0 && items.every(({ id }) => !foreign.text.includes(id)));
  const vendor = await send(`${server.url}/api/v2-0/endpoint-analyses/${scanId}`, {
    headers: { authorization: `Bearer ${keys.get('foreign')}` },
  });
  assert.deepEqual([vendor.status, field(vendor.body, 'error')], [404, 'Analysis was not found']);
  const twin = await deliver(server.url, keys.get('foreign-scan') ?? '', { name: 'owned', programs: [PROGRAM] });
  assert.equal(twin.wanted.length, 1, 'what the other organisation has tells nothing');
});

test('a message named by its hash counts as sent where its own organisation has it, whatever else has that hash', async () => {
  const autoruns = JSON.stringify({
    autoruns_info: [{ category: 'cron', entry_path: '/etc/crontab', entry_value: 'x' }],
  });
  const host = JSON.stringify({ host_info: { computer_name: 'named' } });
  const begin = async (who: string) => {
    const scan = new ScanClient(server.url, keys.get(who) ?? '');
    await scan.create();
    await scan.post('host-info', host);
    const knows = async (message: string, text: string) => {
      const reply = await scan.post('known-message', { message, sha256: sha256(Buffer.from(text)) });
      return reply.status === 200 ? field(reply.body, 'result', 'known') : reply.status;
    };
    return { scan, knows };
  };
  const first = await begin('scan');
  assert.equal(await first.knows('autoruns_info', autoruns), false, 'nobody sent it yet');
  assert.equal((await first.scan.post('autoruns-info', autoruns)).status, 200);
  const second = await begin('scan');
  assert.equal(await second.knows('autoruns_info', autoruns), true);
  assert.equal(await second.knows('autoruns_info', autoruns), true, 'a question that is asked again');
  assert.equal(await second.knows('scheduled_tasks_info', autoruns), false, 'it is no such message');
  assert.equal(await second.knows('autoruns_info', host), false, 'nor is this');
  assert.equal(await second.knows('host_info', host), 400, 'others are not asked for by their hash');
  await second.scan.post('processes-info', { processes_info: [] });
  await second.scan.post('end', { reason: 'done' });
  await reportOf(server.client, second.scan.analysisId);
  const told = await server.client.call('getScanSurroundings', { params: { id: second.scan.analysisId } });
  assert.deepEqual(
    told.autoruns?.map(({ entry }) => entry),
    ['/etc/crontab'],
  );
  const foreign = await begin('foreign-scan');
  assert.equal(await foreign.knows('autoruns_info', autoruns), false, 'another organisation has it');
  assert.equal(await second.knows('autoruns_info', autoruns), 409, 'the scan is over');
});

test('public clients read a scan: 202 while it runs, then its report with RFC 1123 dates, and its parts', async () => {
  const ask = (path: string, body = '{}') =>
    send(`${server.url}/api/v2-0/endpoint-analyses/${path}`, {
      headers: { authorization: `Bearer ${keys.get('read')}`, 'content-type': 'application/json' },
      body,
    });
  const open = new ScanClient(server.url, keys.get('scan') ?? '');
  await open.create();
  const running = await ask(open.analysisId);
  assert.equal(running.status, 202);
  assert.deepEqual(running.body, { status: 'in_progress', result_url: `/endpoint-analyses/${open.analysisId}` });

  const done = await ask(scanId);
  assert.deepEqual([done.status, field(done.body, 'status')], [200, 'succeeded']);
  const result = (name: string) => field(done.body, 'result', name);
  assert.deepEqual(
    [result('verdict'), result('computer_name'), result('scan_status')],
    ['no_threats', 'owned', 'done'],
  );
  assert.equal(result('families'), null);
  assert.equal(result('scan_start_time'), 'Tue, 14 Nov 2023 22:13:20 GMT');
  for (const name of ['analysis_time', 'scan_end_time']) {
    assert.match(String(result(name)), /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/, name);
  }
  const all = await ask(`${scanId}/sub-analyses`, '{"verdicts":[]}');
  const subs = Object.values(Object(field(all.body, 'sub_analyses')));
  assert.equal(subs.length, 1);
  assert.deepEqual([field(subs[0], 'source'), field(subs[0], 'verdict')], ['endpoint', 'unknown']);
  const none = await ask(`${scanId}/sub-analyses`, '{"verdicts":["malicious"]}');
  assert.equal(none.text, '{"sub_analyses":[]}');
  for (const missing of ['00000000-0000-4000-8000-000000000000', 'not-an-id']) {
    const reply = await ask(missing);
    assert.deepEqual([reply.status, reply.text], [404, '{"error":"Analysis was not found"}']);
  }
});

test('a key that is revoked or has expired ends at once, its tokens with it', async () => {
  const { id, secret } = await server.client.call('createKey', { body: { name: 'short', permission: 'read' } });
  const exchange = await send(`${server.url}/api/v2-0/get-access-token`, {
    method: 'POST',
    body: JSON.stringify({ api_key: secret }),
  });
  const token = String(field(exchange.body, 'result'));
  const ask = (bearer: string) => send(`${server.url}/api/v1/me`, { headers: { authorization: `Bearer ${bearer}` } });
  assert.deepEqual([(await ask(secret)).status, (await ask(token)).status], [200, 200]);
  const revoked = await server.client.call('revokeKey', { params: { id } });
  assert.notEqual(revoked.revokedAt, null);
  assert.deepEqual([(await ask(secret)).status, (await ask(token)).status], [401, 401]);
  const brief = await server.client.call('createKey', { body: { name: 'brief', permission: 'read', expiresIn: 3600 } });
  assert.equal((await ask(brief.secret)).status, 200);
  await query("update api_key set expires_at = now() - interval '1 second' where id = $1", [brief.id]);
  assert.equal((await ask(brief.secret)).status, 401);
  const listed = await server.client.call('listKeys', {});
  assert.equal(JSON.stringify(listed).includes(secret), false, 'a secret is shown once');
});

async function signIn(password: string, headers: Readonly<Record<string, string>> = {}) {
  const body = JSON.stringify({ name: 'admin', password });
  return await send(`${server.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

test('the first password signs in by a cookie that scripts and other sites cannot use; sign-out ends it', async () => {
  const reply = await signIn(server.firstPassword ?? '');
  assert.equal(reply.status, 200);
  assert.deepEqual(field(reply.body, 'roles'), ['operator', 'administrator']);
  const cookie = String(reply.headers['set-cookie']);
  assert.match(cookie, /HttpOnly/);
  assert.match(cookie, /SameSite=Strict/);
  const headers = { cookie: cookie.split(';')[0] ?? '' };
  const me = () => send(`${server.url}/api/v1/me`, { headers });
  assert.equal((await me()).status, 200);
  const forged = { ...headers, origin: 'https://evil.example', 'content-type': 'application/json' };
  const create = { method: 'POST', headers: forged, body: '{"name":"x","permission":"full"}' };
  assert.equal((await send(`${server.url}/api/v1/keys`, create)).status, 403, 'another site');
  assert.equal((await send(`${server.url}/api/v1/session`, { method: 'DELETE', headers })).status, 200);
  assert.equal((await me()).status, 401);
});

test('wrong passwords are answered alike, and after some of them the name has to wait', async () => {
  const wrong = await signIn('wrong');
  assert.equal(wrong.status, 401);
  const nobody = await send(`${server.url}/api/v1/session`, {
    method: 'POST',
    body: '{"name":"nobody","password":"x"}',
  });
  assert.equal(nobody.text, wrong.text);
  const statuses = await Promise.all(Array.from({ length: 8 }, () => signIn('wrong')));
  assert.ok(statuses.some(({ status, headers }) => status === 429 && Number(headers['retry-after']) >= 1));
});

test('a password is reset beside the running server; the old one is out', async () => {
  const config = readServerConfig({ GENEHOUND_DATA: server.data, GENEHOUND_LOG_LEVEL: 'fatal' });
  const password = await resetPassword(config, 'ADMIN');
  assert.notEqual(password, server.firstPassword);
  const { rows } = await query('select count(*)::int as count from session');
  assert.deepEqual(rows[0], { count: 0 });
  await assert.rejects(resetPassword(config, 'nobody'), /was not found/);
});

test('a second server on the data directory is refused in one sentence and harms nothing', async () => {
  const config = readServerConfig({ GENEHOUND_DATA: server.data, GENEHOUND_PORT: '0', GENEHOUND_LOG_LEVEL: 'fatal' });
  await assert.rejects(run(config), /Another Genehound server \(process \d+\) uses the data directory/);
  assert.equal((await server.client.call('getStatus', {})).ready, true);
});

test('a port that is in use is refused in one sentence, with everything closed again', async () => {
  const port = new URL(server.url).port;
  await assert.rejects(
    startTestServer({ GENEHOUND_PORT: port }),
    /is in use; choose another by --port or GENEHOUND_PORT/,
  );
});

test('errors of our own API are problems with a code; unknown routes are 404 in the public form', async () => {
  const headers = { authorization: `Bearer ${server.localKey}`, 'content-type': 'application/json' };
  const bad = await send(`${server.url}/api/v1/keys`, { method: 'POST', headers, body: '{"name":1}' });
  assert.match(String(bad.headers['content-type']), /^application\/problem\+json/);
  assert.deepEqual(
    [field(bad.body, 'status'), field(bad.body, 'code'), typeof field(bad.body, 'error')],
    [400, 'bad_request', 'string'],
  );
  const unknown = await send(`${server.url}/api/v2-0/alerts/get-by-id`, { method: 'POST', headers, body: '{}' });
  assert.deepEqual([unknown.status, unknown.text], [404, '{"error":"Not supported"}']);
  const policy = String(unknown.headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.equal(policy.includes('unsafe'), false);
});

test('the contract is served as OpenAPI, and as a page with every route and no script', async () => {
  const document = await send(`${server.url}/api/v1/openapi.json`, { method: 'GET', headers: {} });
  assert.equal(field(document.body, 'openapi'), '3.1.0');
  const page = await send(`${server.url}/api/v1/docs`, { method: 'GET', headers: {} });
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  for (const [name, { path }] of Object.entries(ROUTES)) {
    assert.ok(page.text.includes(`id="${name}"`), name);
    assert.ok(page.text.includes(path.replaceAll(/:(\w+)/g, '{$1}')), path);
  }
  assert.equal(/<script|<[^>]* (style|on\w+)=/.test(page.text), false);
  const style = await send(`${server.url}/api/v1/docs.css`, { method: 'GET', headers: {} });
  assert.equal(style.headers['content-type'], 'text/css; charset=utf-8');
});

test('a body beyond what a route takes is refused', async () => {
  const headers = { authorization: `Bearer ${server.localKey}`, 'content-type': 'application/json' };
  const reply = await send(`${server.url}/api/v1/keys`, {
    method: 'POST',
    headers,
    body: Buffer.alloc(3_000_000, 0x20),
  });
  assert.equal(reply.status, 413);
});
