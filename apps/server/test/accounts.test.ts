import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, type CallInput, ROUTES, type Route, type RouteName, stringifyJson } from '@genehound/contract';
import { codeOfStep, stepAt } from '../src/features/accounts/totp.ts';
import { query as queryOf } from './query.ts';
import { field, type Reply, send } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(async () => await server.close());

const query = (sql: string, values: readonly unknown[] = []) => queryOf(server.data, sql, values);

/** Asks as a browser does: by the session's cookie. */
async function ask<N extends RouteName>(cookie: string, name: N, input: Partial<CallInput<N>> = {}): Promise<Reply> {
  const route: Route = ROUTES[name];
  const { params = {}, body }: { params?: object; body?: unknown } = input;
  const path = Object.entries(params).reduce(
    (made, [key, value]) => made.replace(`:${key}`, String(value)),
    route.path,
  );
  return await send(server.url + path, {
    method: route.method,
    headers: { cookie, 'content-type': 'application/json', 'user-agent': 'a test' },
    ...(body === undefined ? {} : { body: stringifyJson(body) }),
  });
}

async function signIn(name: string, password: string): Promise<{ readonly cookie: string; readonly reply: Reply }> {
  const reply = await ask('', 'signIn', { body: { name, password } });
  return { reply, cookie: String(reply.headers['set-cookie'] ?? '').split(';')[0] ?? '' };
}

/** As an authenticator reads the secret; written apart from the server's half. */
function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

/** A user who has chosen a password of his own. */
async function settled(created: Answer<'createUser'>, password: string): Promise<string> {
  const first = await signIn(created.name, created.password);
  assert.equal(first.reply.status, 200);
  const changed = await ask(first.cookie, 'changePassword', { body: { current: created.password, password } });
  assert.equal(changed.status, 200, changed.text);
  return first.cookie;
}

test('an initial password opens the account once, to choose another; a weak one is refused', async () => {
  const ada = await server.client.call('createUser', { body: { name: 'ada', roles: ['analyst'] } });
  assert.deepEqual([ada.mustChangePassword, ada.roles, ada.createdBy], [true, ['analyst'], 'local']);
  const { cookie } = await signIn('Ada', ada.password);
  const refused = await ask(cookie, 'listScans');
  assert.deepEqual([refused.status, field(refused.body, 'code')], [403, 'password_change_needed']);
  assert.equal((await ask(cookie, 'getMe')).status, 200);
  for (const password of ['short', 'xxxxxxxxxxxxxxx', 'i am ada, hello there', ada.password]) {
    const weak = await ask(cookie, 'changePassword', { body: { current: ada.password, password } });
    assert.equal(weak.status, 400, password);
  }
  const wrong = await ask(cookie, 'changePassword', { body: { current: 'x', password: 'a long enough password' } });
  assert.equal(wrong.status, 401);
  const other = await signIn('ada', ada.password);
  const done = await ask(cookie, 'changePassword', {
    body: { current: ada.password, password: 'correct horse battery' },
  });
  assert.equal(done.status, 200);
  assert.equal((await ask(cookie, 'listScans')).status, 200, 'the session that changed it stays');
  assert.equal((await ask(other.cookie, 'getMe')).status, 401, 'the others end');
  assert.equal((await signIn('ada', ada.password)).reply.status, 401);
  assert.equal((await signIn('ada', 'correct horse battery')).reply.status, 200);
});

test('names are one list; a disabled user is out at once and cannot come back until enabled', async () => {
  const bob = await server.client.call('createUser', { body: { name: 'bob', roles: ['viewer'] } });
  await assert.rejects(server.client.call('createUser', { body: { name: 'BOB', roles: ['viewer'] } }), /taken/);
  const cookie = await settled(bob, 'rob has a good one');
  const off = await server.client.call('changeUser', { params: { id: bob.id }, body: { disabled: true } });
  assert.notEqual(off.disabledAt, null);
  assert.equal((await ask(cookie, 'getMe')).status, 401);
  const barred = await signIn('bob', 'rob has a good one');
  assert.deepEqual([barred.reply.status, field(barred.reply.body, 'code')], [401, 'bad_credentials']);
  await server.client.call('changeUser', { params: { id: bob.id }, body: { disabled: false } });
  assert.equal((await signIn('bob', 'rob has a good one')).reply.status, 200);
  const reset = await server.client.call('resetUser', { params: { id: bob.id } });
  assert.equal((await signIn('bob', 'rob has a good one')).reply.status, 401);
  assert.equal((await signIn('bob', reset.password)).reply.status, 200);
});

test('there is always an administrator left, and the operator is touched by operators alone', async () => {
  const { items } = await server.client.call('listUsers', {});
  const admin = items.find(({ name }) => name === 'admin');
  assert.ok(admin);
  for (const body of [{ disabled: true }, { roles: ['viewer' as const] }]) {
    await assert.rejects(server.client.call('changeUser', { params: { id: admin.id }, body }), /last administrator/);
  }
  const eve = await server.client.call('createUser', { body: { name: 'eve', roles: ['administrator'] } });
  const cookie = await settled(eve, 'an administrator of it');
  assert.equal((await ask(cookie, 'resetUser', { params: { id: admin.id } })).status, 403);
  assert.equal((await ask(cookie, 'changeUser', { params: { id: admin.id }, body: { disabled: true } })).status, 403);
  assert.equal((await ask(cookie, 'endUserSessions', { params: { id: admin.id } })).status, 403);
  const raised = await ask(cookie, 'changeUser', { params: { id: eve.id }, body: { roles: ['operator'] } });
  assert.equal(raised.status, 403, 'nobody makes himself an operator');
  await assert.rejects(
    server.client.call('changeUser', { params: { id: admin.id }, body: { roles: ['administrator'] } }),
    /last operator/,
  );
});

test('an operator makes an organisation; its administrator sees it alone, and the operator none of it', async () => {
  const made = await server.client.call('createOrganisation', { body: { name: 'north', administrator: 'nora' } });
  assert.deepEqual([made.organisation.name, made.organisation.users], ['north', 1]);
  await assert.rejects(
    server.client.call('createOrganisation', { body: { name: 'north', administrator: 'norman' } }),
    /of this name/,
  );
  await assert.rejects(
    server.client.call('createOrganisation', { body: { name: 'south', administrator: 'nora' } }),
    /taken/,
  );
  const list = await server.client.call('listOrganisations', {});
  assert.deepEqual(
    list.items.map(({ name }) => name),
    ['default', 'north'],
    'the refused one left nothing',
  );
  const nora = await settled(made.administrator, 'it is cold up here');
  assert.equal((await ask(nora, 'listOrganisations')).status, 403);
  const users = await ask(nora, 'listUsers');
  assert.equal(users.text.includes('admin"'), false);
  assert.equal(users.text.includes('"createdBy":"operator"'), true);
  const foreign = await server.client.call('listUsers', {});
  const admin = foreign.items.find(({ name }) => name === 'admin');
  assert.equal((await ask(nora, 'resetUser', { params: { id: admin?.id ?? '' } })).status, 404);

  const otto = await server.client.call('createUser', { body: { name: 'otto', roles: ['operator'] } });
  const cookie = await settled(otto, 'only an operator of it');
  for (const name of ['listScans', 'listUsers', 'listKeys', 'listAudit', 'listHunts', 'listUnknown'] as const)
    assert.equal((await ask(cookie, name)).status, 403, name);
  for (const name of ['listOrganisations', 'getGenome', 'getMe'] as const)
    assert.equal((await ask(cookie, name)).status, 200, name);
  const known = { family: 'x', sha256: [] };
  const global = await ask(cookie, 'findKnownSamples', { body: { ...known, scope: 'global' } });
  const own = await ask(cookie, 'findKnownSamples', { body: { ...known, scope: 'organisation' } });
  assert.deepEqual([global.status, own.status], [200, 403]);
});

test('sessions are listed and ended; an idle one ends, and a long one, however busy', async () => {
  const cleo = await server.client.call('createUser', { body: { name: 'cleo', roles: ['viewer'] } });
  const first = await settled(cleo, 'sessions that do end');
  const second = (await signIn('cleo', 'sessions that do end')).cookie;
  const listed = await ask(first, 'listSessions');
  const items = Object.values(Object(field(listed.body, 'items')));
  assert.equal(items.length, 2);
  assert.ok(items.every((item) => field(item, 'browser') === 'a test' && field(item, 'address') === '127.0.0.1'));
  const other = items.find((item) => field(item, 'current') === false);
  const end = () => ask(first, 'endSession', { params: { id: String(field(other, 'id')) } });
  assert.equal((await end()).status, 200);
  assert.equal((await end()).status, 404);
  assert.equal((await ask(second, 'getMe')).status, 401);

  await query("update session set last_seen_at = now() - interval '59 minutes' where user_id = $1", [cleo.id]);
  assert.equal((await ask(first, 'getMe')).status, 200, 'seen again in time');
  const { rows } = await query(
    "select now() - last_seen_at < interval '1 minute' as seen from session where user_id = $1",
    [cleo.id],
  );
  assert.deepEqual(rows, [{ seen: true }]);
  await query("update session set last_seen_at = now() - interval '61 minutes' where user_id = $1", [cleo.id]);
  assert.equal((await ask(first, 'getMe')).status, 401, 'idle');
  const third = (await signIn('cleo', 'sessions that do end')).cookie;
  await query("update session set expires_at = now() - interval '1 second' where user_id = $1", [cleo.id]);
  assert.equal((await ask(third, 'getMe')).status, 401, 'long');
});

test('a second factor: confirmed by a first code, asked for at the door, each code once, recovery codes beside', async () => {
  const tina = await server.client.call('createUser', { body: { name: 'tina', roles: ['viewer'] } });
  const password = 'two things to know';
  const cookie = await settled(tina, password);
  const other = (await signIn('tina', password)).cookie;
  assert.equal((await ask(cookie, 'offerSecondFactor', { body: { password: 'wrong' } })).status, 401);
  const offer = await ask(cookie, 'offerSecondFactor', { body: { password } });
  const secret = fromBase32(String(field(offer.body, 'secret')));
  assert.match(String(field(offer.body, 'uri')), /^otpauth:\/\/totp\/Genehound:tina\?secret=[A-Z2-7]{32}&/);
  const step = stepAt(Date.now());
  assert.equal((await signIn('tina', password)).reply.status, 200, 'not demanded before it is confirmed');
  assert.equal((await ask(cookie, 'confirmSecondFactor', { body: { code: '12345' } })).status, 401);
  const confirmed = await ask(cookie, 'confirmSecondFactor', { body: { code: codeOfStep(secret, step) } });
  assert.equal(confirmed.status, 200, confirmed.text);
  const codes = Object.values(Object(field(confirmed.body, 'codes'))).map(String);
  assert.equal(new Set(codes).size, 10);
  assert.equal((await ask(other, 'getMe')).status, 401, 'sessions without it end');

  const withCode = async (code?: string) => {
    const reply = await ask('', 'signIn', {
      body: { name: 'tina', password, ...(code === undefined ? {} : { code }) },
    });
    return [reply.status, field(reply.body, 'code')];
  };
  assert.deepEqual(await withCode(), [401, 'second_factor_needed']);
  assert.deepEqual(await withCode(codeOfStep(secret, step)), [401, 'bad_credentials'], 'spent at the confirmation');
  assert.deepEqual(await withCode(codeOfStep(secret, step + 1)), [200, undefined]);
  assert.deepEqual(await withCode(codeOfStep(secret, step + 1)), [401, 'bad_credentials']);
  assert.deepEqual(await withCode((codes[0] ?? '').toUpperCase()), [200, undefined]);
  assert.deepEqual(await withCode(codes[0]), [401, 'bad_credentials']);
  const wrong = await ask('', 'signIn', { body: { name: 'tina', password: 'wrong', code: codes[1] ?? '' } });
  assert.equal(field(wrong.body, 'code'), 'bad_credentials', 'a code alone opens nothing, and is not spent');
  const { rows: kept } = await query('select totp_secret as sealed from user_account where id = $1', [tina.id]);
  const sealed = Object(field(kept[0], 'sealed'));
  assert.ok(sealed instanceof Uint8Array && !Buffer.from(sealed).includes(secret), 'the secret lies sealed');
  const account = await ask(cookie, 'getOwnAccount');
  assert.deepEqual([field(account.body, 'secondFactor'), field(account.body, 'recoveryCodes')], [true, 9]);
  assert.equal((await ask(cookie, 'offerSecondFactor', { body: { password } })).status, 409);
  const removed = await ask(cookie, 'removeSecondFactor', { body: { password, code: codes[1] ?? '' } });
  assert.equal(removed.status, 200, removed.text);
  assert.deepEqual(await withCode(), [200, undefined]);
});

/** Guesses until one has to wait; the last answer's code. */
async function guessed(most: number, guess: (code: string) => Promise<Reply>): Promise<unknown> {
  let last: unknown;
  for (let n = 0; n < most && last !== 'too_many_requests'; n++)
    last = field((await guess(String(100_000 + n))).body, 'code');
  return last;
}

test('codes and passwords are guessed slowly from within a session, too, though the other half of it is known', async () => {
  const gil = await server.client.call('createUser', { body: { name: 'gil', roles: ['viewer'] } });
  const password = 'slow down a little';
  const cookie = await settled(gil, password);
  const offer = await ask(cookie, 'offerSecondFactor', { body: { password } });
  const code = codeOfStep(fromBase32(String(field(offer.body, 'secret'))), stepAt(Date.now()));
  assert.equal((await ask(cookie, 'confirmSecondFactor', { body: { code } })).status, 200);
  const remove = async (wrong: string) =>
    await ask(cookie, 'removeSecondFactor', { body: { password, code: `wrong ${wrong}` } });
  assert.equal(await guessed(8, remove), 'too_many_requests');
  const door = await ask('', 'signIn', { body: { name: 'gil', password, code: '100000' } });
  assert.equal(field(door.body, 'code'), 'too_many_requests', 'the door counts the same guesses');
  const change = async (current: string) =>
    await ask(cookie, 'changePassword', { body: { current, password: 'another long enough one' } });
  assert.equal(await guessed(8, change), 'too_many_requests');
});

test('a restart forgives no guess, and seals the secrets that an older server left open', async () => {
  const ulf = await server.client.call('createUser', { body: { name: 'ulf', roles: ['viewer'] } });
  const password = 'here before the vault';
  const cookie = await settled(ulf, password);
  const offer = await ask(cookie, 'offerSecondFactor', { body: { password } });
  const secret = fromBase32(String(field(offer.body, 'secret')));
  await query('update user_account set totp_secret = $2, totp_confirmed_at = now() where id = $1', [ulf.id, secret]);
  for (let n = 0; n < 5; n += 1) await signIn('vic', 'x');
  await query("update sign_in_guess set until_at = now() + interval '5 minutes' where count >= 5");
  await server.stop();
  server = await startTestServer({ GENEHOUND_DATA: server.data });
  assert.equal(field((await signIn('vic', 'x')).reply.body, 'code'), 'too_many_requests');
  const { rows } = await query('select octet_length(totp_secret) as bytes from user_account where id = $1', [ulf.id]);
  assert.deepEqual(rows, [{ bytes: 49 }]);
  const code = codeOfStep(secret, stepAt(Date.now()));
  const reply = await ask('', 'signIn', { body: { name: 'ulf', password, code } });
  assert.equal(reply.status, 200, reply.text);
});

test('a name in capitals that two languages write small in two ways still opens its account, with one count', async () => {
  const nikos = await server.client.call('createUser', { body: { name: 'ΝΙΚΟΣ', roles: ['viewer'] } });
  await settled(nikos, 'a word ends in sigma');
  assert.equal((await signIn('νικοσ', 'a word ends in sigma')).reply.status, 200);
  await settled(
    await server.client.call('createUser', { body: { name: 'ivi', roles: ['viewer'] } }),
    'dots on capitals',
  );
  for (const name of ['ivi', 'İvi', 'ivİ', 'İvİ', 'IVI']) await signIn(name, 'x');
  const { reply } = await signIn('ivi', 'dots on capitals');
  assert.equal(field(reply.body, 'code'), 'too_many_requests');
});

async function createKey(key: string, body: object, bearer = server.localKey): Promise<Reply> {
  return await send(server.url + ROUTES.createKey.path, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: stringifyJson(body),
  });
}

test('a write that is sent again with its Idempotency-Key is done once, and answered as the first time', async () => {
  const body = { name: 'once', permission: 'full' };
  const made = await Promise.all(Array.from({ length: 4 }, async () => await createKey('a-1', body)));
  const answered = made.filter(({ status }) => status === 200);
  assert.ok(answered.length > 0 && made.every(({ status }) => status === 200 || status === 409));
  const again = await createKey('"a-1"', body);
  assert.deepEqual([again.status, again.headers['idempotency-replayed']], [200, 'true']);
  assert.ok(
    answered.every(({ text }) => text === again.text),
    'the same secret',
  );
  const named = async () => (await server.client.call('listKeys', {})).items.filter(({ name }) => name === 'once');
  assert.equal((await named()).length, 1);
  const secret = String(field(again.body, 'secret'));
  const { rows } = await query('select answer from idempotent_request');
  assert.ok(
    rows.every((row) => !Buffer.from(Object(field(row, 'answer'))).includes(secret)),
    'sealed',
  );

  const other = await createKey('a-1', { ...body, permission: 'read' });
  assert.deepEqual([other.status, field(other.body, 'code')], [422, 'idempotency_reused']);
  assert.equal((await createKey('a-1', body, secret)).status, 200, "another holder's keys are his own");
  assert.equal((await named()).length, 2);
  assert.equal((await createKey('b-1', { ...body, huntId: '0196f0a0-0000-7000-8000-000000000000' })).status, 404);
  assert.equal((await createKey('b-1', body)).status, 200, 'a refusal leaves the key free');
  for (const key of ['', 'two words', 'x'.repeat(256)])
    assert.ok([200, 400].includes((await createKey(key, body)).status), key);
  assert.equal((await createKey('two words', body)).status, 400);

  await query("update idempotent_request set answer = null where holder = 'local'");
  assert.equal(field((await createKey('a-1', body)).body, 'code'), 'idempotency_open', 'cut off before its answer');
  await query("update idempotent_request set created_at = now() - interval '25 hours'");
  assert.equal((await createKey('a-1', body)).headers['idempotency-replayed'], undefined, 'a day later it is new');
});

test('a key, and an organisation, are taken so much of: 429 by rate, 403 by the quota of the month', async () => {
  const body = { name: 'slow', permission: 'full' as const, requestsPerMinute: 3 };
  const slow = await server.client.call('createKey', { body });
  assert.deepEqual([slow.requestsPerMinute, slow.bytesPerHour], [3, null]);
  const headers = { authorization: `Bearer ${slow.secret}`, 'content-type': 'application/json' };
  const create = async () => await send(`${server.url}/api/scans`, { method: 'POST', headers, body: '{}' });
  const [own, theirs, scan, over] = [
    await send(`${server.url}/api/v1/me`, { method: 'GET', headers }),
    await send(`${server.url}/api/v2-0/accounts/me`, { method: 'GET', headers }),
    await create(),
    await create(),
  ];
  assert.deepEqual([own.status, theirs.status, scan.status, over.status], [200, 200, 201, 429]);
  assert.deepEqual([own.headers['x-ratelimit-limit'], own.headers['x-ratelimit-remaining']], ['3', '2']);
  assert.equal(scan.headers['x-ratelimit-remaining'], '0');
  assert.equal(over.headers['retry-after'], '20');
  assert.match(String(over.headers['x-ratelimit-reset']), /^\d{10}$/);

  const { items } = await server.client.call('listOrganisations', {});
  const mine = items.find(({ name }) => name === 'default');
  const change = async (limits: CallInput<'changeOrganisation'>['body']['limits']) =>
    await server.client.call('changeOrganisation', { params: { id: mine?.id ?? '' }, body: { limits } });
  const changed = await change({ scansPerMonth: 2 });
  const rest = { requestsPerMinute: null, bytesPerHour: null, filesPerMonth: null };
  assert.deepEqual(changed.limits, { ...rest, scansPerMonth: 2 });
  headers.authorization = `Bearer ${server.localKey}`;
  assert.equal((await create()).status, 201);
  const used = await create();
  assert.deepEqual([used.status, used.body], [403, { error: 'The quota of this month is used up: 2 scans' }]);
  const usage = await send(`${server.url}/api/v2-0/current-quota-usage`, { method: 'GET', headers });
  assert.deepEqual(field(field(usage.body, 'result'), 'endpoint_scans'), { usage: 2, quota: 2 });
  assert.deepEqual((await change({ scansPerMonth: null, filesPerMonth: 0 })).limits, {
    ...rest,
    scansPerMonth: null,
    filesPerMonth: 0,
  });
  assert.equal((await create()).status, 201);
  const byHash = await send(`${server.url}/api/v2-0/analyze-by-hash`, {
    method: 'POST',
    headers,
    body: stringifyJson({ hash: 'ab'.repeat(32) }),
  });
  assert.equal(byHash.status, 404, 'what is not known is told first');
  await change({ filesPerMonth: null });
});

test('what was done to accounts and keys is in the audit log, without passwords and secrets', async () => {
  const key = await server.client.call('createKey', { body: { name: 'un\0usual \ud800', permission: 'full' } });
  for (let n = 0; n < 2; n++) await server.client.call('revokeKey', { params: { id: key.id } });
  const odd = await server.client.call('createOrganisation', { body: { name: 'odd\0 \ud800', administrator: 'odo' } });
  assert.equal(odd.organisation.name, 'odd\ufffd \ufffd');
  const { items } = await server.client.call('listAudit', { query: { limit: 1000 } });
  const text = items.map(({ record }) => record).join('\n');
  assert.deepEqual(
    items
      .map(({ record }) => String(JSON.parse(record)[4]))
      .filter((action) => action.startsWith('key.'))
      .slice(-2),
    ['key.create', 'key.revoke'],
  );
  assert.equal(text.includes(key.secret), false);
  for (const action of ['account.create', 'account.change', 'account.reset', 'account.change-password'])
    assert.ok(text.includes(action), action);
  assert.ok(text.includes('organisation.create') && text.includes('session.create'));
  const refused = items.map(({ record }) => record).filter((record) => record.includes('session.refused'));
  assert.ok(
    refused.some((record) => /"why": ?"password"/.test(record)),
    refused[0],
  );
  assert.ok(refused.some((record) => /"why": ?"code"/.test(record)));
  assert.ok(
    refused.every((record) => !record.includes('vic')),
    'nothing of names that nobody has',
  );
  assert.equal(/argon2|correct horse/.test(text), false);
});
