import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PERMISSIONS, type Permission, ROLES_OF, ROUTES, type Route, stringifyJson } from '@genehound/contract';
import { query as queryOf } from './query.ts';
import { askRoute, type KnownIds, routeInput } from './route-inputs.ts';
import { deliver, field, PROGRAM, type Reply, send } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';
import { type Asker, fill, idOf, MARKER, type Organisation, organisation, until } from './two-organisations.ts';

let server: TestServer;
let first: Organisation;
let second: Organisation;
let ids: KnownIds = {};

const query = (sql: string, values: readonly unknown[] = []) => queryOf(server.data, sql, values);
const NOBODY: readonly Asker[] = [
  { name: 'nobody', headers: {} },
  { name: 'a wrong key', headers: { authorization: `Bearer ${randomUUID()}` } },
  { name: 'a wrong session', headers: { cookie: 'genehound_session=wrong' } },
];

before(async () => {
  server = await startTestServer();
  const { items } = await server.client.call('listOrganisations', {});
  first = await organisation(server.data, items[0]?.id ?? '', MARKER);
  const made = await server.client.call('createOrganisation', { body: { name: 'second', administrator: 'second' } });
  second = await organisation(server.data, made.organisation.id, 'second');
  ids = await fill(server, first);
});
after(async () => await server.close());

/** The table's rule, read anew: this test and the server must not share a mistake. */
function isAdmitted(route: Route, { role, permission }: Asker): boolean {
  if (route.permission === 'none') return true;
  if (permission !== undefined)
    return route.permission !== 'user' && PERMISSIONS.indexOf(permission) >= PERMISSIONS.indexOf(route.permission);
  const roles = route.permission === 'user' ? route.roles : (route.roles ?? ROLES_OF[route.permission]);
  return role !== undefined && roles.includes(role);
}

/** Ids of rows of the first organisation, and its marker: none of them may reach the second. */
async function markers(): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const table of await tables()) {
    const { rows } = await query(`select t::text as text from ${table} t where organisation = $1`, [first.id]);
    for (const row of rows)
      for (const id of String(field(row, 'text')).matchAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g))
        found.add(id[0]);
  }
  // Of everybody; and what the operator, who is of the first, recorded of making the second.
  found.delete('00000000-0000-0000-0000-000000000000');
  found.delete(second.id);
  const { rows: installations } = await query('select id::text as id from installation');
  for (const row of installations) found.delete(String(field(row, 'id')));
  return [MARKER, ...found];
}

async function tables(): Promise<readonly string[]> {
  const { rows } = await query(
    "select table_name from information_schema.columns where table_schema = 'public' and column_name = 'organisation'",
  );
  return rows.map((row) => String(field(row, 'table_name'))).toSorted();
}

/** Sessions that are used, and what a job derives anew from the organisation's own code whenever it is time. */
const MOVES_BY_ITSELF = /^(session|unknown_(cluster|gene|member|sweep))$/;

/** What the first organisation has. */
async function holdings(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const table of await tables()) {
    if (MOVES_BY_ITSELF.test(table)) continue;
    const { rows } = await query(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, ' ' order by t::text)), '') as sum
       from ${table} t where organisation = $1`,
      [first.id],
    );
    found.set(table, String(field(rows[0], 'sum')));
  }
  return found;
}

async function settledHoldings(): Promise<ReadonlyMap<string, string>> {
  let last = await holdings();
  return await until('rest', async () => {
    await sleep(400);
    const now = await holdings();
    const isStill = stringifyJson([...last]) === stringifyJson([...now]);
    last = now;
    return isStill ? now : undefined;
  });
}

/** The same places with things that nobody has. */
function randomIds(): KnownIds {
  const made = Object.entries(ids).map(([name, value]) => [name, /^[0-9a-f-]{36}$/.test(value) ? randomUUID() : value]);
  return { ...Object.fromEntries(made), sha256: randomBytes(32).toString('hex') };
}

/** 503: what it takes is not there, and the answer says so. */
const isFault = ({ status }: Pick<Reply, 'status'>): boolean => status >= 500 && status !== 503;

/** Why a question of one who has what it names is not answered with it. */
const NOT_HERE: Readonly<Record<string, number>> = {
  // The source of the pack is TLP:RED, which what is asked for is not.
  exportPack: 409,
};

test('what the questions name is there for those who have it', async () => {
  const administrator = first.askers.find(({ role }) => role === 'administrator');
  assert.ok(administrator);
  for (const [name, row] of Object.entries(ROUTES)) {
    const route: Route = row;
    if (route.method !== 'GET' || !isAdmitted(route, administrator)) continue;
    const reply = await askRoute(server.url, route, administrator.headers, routeInput(name, route, ids));
    // Without what the build makes nobody can download a scanner.
    if (name === 'downloadScanner' && reply.status === 503) continue;
    assert.equal(reply.status, NOT_HERE[name] ?? 200, `${name}: ${reply.status} ${reply.text}`);
  }
});

test("the use of a key is recorded for it, and for nobody else's", async () => {
  const used = "select name from api_key where last_used_at > now() - interval '30 minutes' and name like 'second%'";
  assert.deepEqual((await query(used)).rows, []);
  const reader = second.askers.find(({ permission }) => permission === 'read');
  await askRoute(server.url, ROUTES.listScans, reader?.headers ?? {}, { path: '/api/v1/scans', body: '' });
  assert.deepEqual((await query(used)).rows, [{ name: 'second-read' }]);
});

test('no route lets one organisation see or change what another has', async () => {
  const before = await settledHoldings();
  const hidden = await markers();
  assert.ok(hidden.length > 20, `${hidden.length} markers`);
  const askers = second.askers.filter(({ role, permission }) => role === 'administrator' || permission === 'full');
  let asked = 0;
  for (const [name, row] of Object.entries(ROUTES)) {
    const route: Route = row;
    const input = routeInput(name, route, ids);
    for (const asker of [...askers, second.askers.find(({ role }) => role === 'operator') ?? askers[0]]) {
      if (asker === undefined || !isAdmitted(route, asker) || name === 'signOut') continue;
      const reply = await askRoute(server.url, route, asker.headers, input);
      asked += 1;
      const what = `${name} as ${asker.name} of the second: ${reply.status}`;
      const leaked = hidden.filter((marker) => reply.text.includes(marker) && !input.sent.includes(marker));
      // An operator sees the organisations, and nothing of them.
      if (name !== 'listOrganisations') assert.deepEqual(leaked, [], what);
      assert.ok(!isFault(reply), `${what} ${reply.text}`);
      if (!/:id|:sha256/.test(route.path) || reply.status === 404 || reply.status === 403) continue;
      const nobodys = await askRoute(server.url, route, asker.headers, routeInput(name, route, randomIds()));
      assert.equal(reply.text, nobodys.text, `${what}: as for what nobody has`);
    }
  }
  assert.ok(asked > Object.keys(ROUTES).length, `${asked} questions`);
  const changed = [...(await settledHoldings())].filter(([table, sum]) => before.get(table) !== sum);
  assert.deepEqual(changed, [], 'what the first organisation has is as it was');
});

/** Paths of the public contract as its adapter registers them; `:sub` is found by any id. */
const PUBLIC: readonly (readonly ['GET' | 'POST' | 'DELETE', string])[] = [
  ['POST', '/api/v2-0/analyses/history'],
  ['POST', '/api/v2-0/endpoint-analyses/history'],
  ['POST', '/api/v2-0/url-analyses/history'],
  ['GET', '/api/v2-0/accounts/me'],
  ['GET', '/api/v2-0/accounts'],
  ['GET', '/api/v2-0/accounts/:keys'],
  ['GET', '/api/v2-0/current-quota-usage'],
  ['GET', '/api/v2-0/analyses/:scans/iocs'],
  ['GET', '/api/v2-0/analyses/:scans/dynamic-ttps'],
  ['POST', '/api/v2-0/analyze-by-hash'],
  ['GET', '/api/v2-0/files/:sha256'],
  ['GET', '/api/v2-0/files/:sha256/download'],
  ['POST', '/api/v2-0/files/:sha256/index'],
  ['DELETE', '/api/v2-0/files/:sha256/index'],
  ['POST', '/api/v2-0/files/:sha256/code-reuse-by-code-block'],
  ['GET', '/api/v2-0/analyses/:scans'],
  ['GET', '/api/v2-0/analyses/:scans/sub-analyses'],
  ['GET', '/api/v2-0/analyses/:scans/sub-analyses/:sub/code-reuse'],
  ['GET', '/api/v2-0/analyses/:scans/sub-analyses/:sub/metadata'],
  ['GET', '/api/v2-0/analyses/:scans/sub-analyses/root/code-reuse'],
  ['GET', '/api/v2-0/analyses/:scans/code-reuse-by-code-block'],
  ['GET', '/api/v2-0/endpoint-analyses/:scans'],
  ['GET', '/api/v2-0/endpoint-analyses/:scans/sub-analyses'],
  ['GET', '/api/v2-0/families'],
  ['GET', '/api/v2-0/families/:family/info'],
  ['GET', '/api/v2-0/files/index/:labels'],
  ['POST', '/scans/scans/:scan/host-info'],
  ['POST', '/scans/scans/:scan/end'],
];

test("the public contract answers as if another organisation's scans, files and families were not there", async () => {
  const { rows } = await query('select upload_id::text as scan from scan where organisation = $1', [first.id]);
  const family = await idOf(server.data, `family where organisation = '${first.id}'`);
  const known: KnownIds = { ...ids, family, scan: String(field(rows[0], 'scan')), sub: randomUUID() };
  const before = await settledHoldings();
  const hidden = await markers();
  const full = second.askers.find(({ permission }) => permission === 'full');
  assert.ok(full);
  for (const [method, path] of PUBLIC) {
    const made = path.replaceAll(/:(\w+)/g, (_whole, part: string) => known[part] ?? '');
    const body = stringifyJson({
      hash: ids['sha256'],
      family_name: `${MARKER} family`,
      index_as: 'trusted',
      host_info: {},
      reason: 'done',
      start_date: 0,
      end_date: 4_000_000_000,
    });
    const reply = await send(server.url + made, {
      method,
      headers: { 'content-type': 'application/json', ...full.headers },
      body,
    });
    const what = `${method} ${path}: ${reply.status} ${reply.text}`;
    assert.ok(!isFault(reply), what);
    if (path.includes(':')) assert.equal(reply.status, 404, what);
    const leaked = hidden.filter((marker) => reply.text.includes(marker) && !(made + body).includes(marker));
    assert.deepEqual(leaked, [], what);
  }
  const changed = [...(await settledHoldings())].filter(([table, sum]) => before.get(table) !== sum);
  assert.deepEqual(changed, []);
});

test('what is stored for one organisation, its jobs too, names nothing of another', async () => {
  const twin = await deliver(server.url, bearer(second, 'scan'), { name: 'second', programs: [PROGRAM] });
  assert.deepEqual(twin.wanted, [ids['sha256']], 'what the first has is wanted from the second all the same');
  const hidden = await markers();
  const sent = new Set(Object.values(ids));
  for (const table of await tables()) {
    const { rows } = await query(`select t::text as text from ${table} t where organisation = $1`, [second.id]);
    const text = rows.map((row) => String(field(row, 'text'))).join('\n');
    assert.deepEqual(
      hidden.filter((marker) => marker !== MARKER && !sent.has(marker) && text.includes(marker)),
      [],
      table,
    );
  }
  const { rows } = await query("select data::text as text from pgboss.job where data::text like '%' || $1 || '%'", [
    second.id,
  ]);
  assert.ok(rows.length > 0);
  for (const row of rows) {
    const text = String(field(row, 'text'));
    assert.deepEqual(
      hidden.filter((marker) => text.includes(marker)),
      [],
      text,
    );
  }
});

function bearer({ askers }: Organisation, permission: Permission): string {
  const asker = askers.find((one) => one.permission === permission);
  return (asker?.headers['authorization'] ?? '').replace('Bearer ', '');
}

/** Who gets in by the table is refused by the handler where the scope asked for is not his. */
function isRefusedByScope(name: string, route: Route, asker: Asker): boolean {
  const scoped = /"scope":|[?&]scope=/.test(routeInput(name, route, ids).sent) || /sources\/:id/.test(route.path);
  return scoped && asker.role === 'operator';
}

test('every route lets in whom its rule names and nobody else', async () => {
  let asked = 0;
  for (const [name, row] of Object.entries(ROUTES)) {
    const route: Route = row;
    if (name === 'signOut') continue;
    const input = routeInput(name, route, ids);
    for (const asker of [...first.askers, ...NOBODY]) {
      const reply = await askRoute(server.url, route, asker.headers, input);
      asked += 1;
      const code = String(field(reply.body, 'code'));
      const what = `${name} as ${asker.name}: ${reply.status} ${code}`;
      assert.ok(!isFault(reply), `${what} ${reply.text}`);
      if (route.permission === 'none') assert.notEqual(code, 'forbidden', what);
      else if (NOBODY.includes(asker)) assert.match(code, /^(not_signed_in|bad_key)$/, what);
      else if (isAdmitted(route, asker) && !isRefusedByScope(name, route, asker))
        assert.doesNotMatch(code, /^(not_signed_in|bad_key|forbidden)$/, what);
      else assert.equal(code, 'forbidden', what);
    }
  }
  assert.ok(asked >= (Object.keys(ROUTES).length - 1) * 10, `${asked} questions`);
});

/** Reads a stream of events; `text` grows, and `ended` comes true when the server breaks it off. */
async function listening(headers: Readonly<Record<string, string>>) {
  const heard = { text: '', ended: false, stop: () => leaving.abort() };
  const leaving = new AbortController();
  const response = await fetch(`${server.url}${ROUTES.followEvents.path}`, { headers, signal: leaving.signal });
  assert.equal(response.status, 200);
  const read = async () => {
    for await (const piece of response.body ?? []) heard.text += Buffer.from(piece).toString();
  };
  void read()
    .catch(() => undefined)
    .then(() => {
      heard.ended = true;
    });
  return heard;
}

const named = ({ askers }: Organisation, name: string) => askers.find((one) => one.name === name)?.headers ?? {};

test('live events are of one organisation, and end with the key, session or user they were opened by', async () => {
  const own = await listening(named(first, 'viewer'));
  const kept = await listening(named(second, 'administrator'));
  const ending = await Promise.all(
    ['viewer', 'analyst', 'read key'].map(async (name) => await listening(named(second, name))),
  );
  await server.client.call('changeCase', { body: { endpointId: ids['endpointId'] ?? '', comment: MARKER } });
  await until('the event', async () => (own.text.includes('event: case') ? true : undefined));
  for (const { text } of [kept, ...ending]) assert.doesNotMatch(text, /event:/);

  const user = 'select id from user_account where name = $1 and organisation = $2';
  await query(`delete from session where user_id = (${user})`, ['second-viewer', second.id]);
  await query(`update user_account set roles = '{operator}' where id = (${user})`, ['second-analyst', second.id]);
  const { rows } = await query("select id::text as id from api_key where name = 'second-read'");
  const path = ROUTES.revokeKey.path.replace(':id', String(field(rows[0], 'id')));
  const revoked = await askRoute(server.url, ROUTES.revokeKey, named(second, 'full key'), { path, body: '' });
  assert.equal(revoked.status, 200);
  await until('the end', async () => (ending.every(({ ended }) => ended) ? true : undefined));
  assert.deepEqual([own.ended, kept.ended], [false, false], 'the others stay');
  own.stop();
  kept.stop();
});
