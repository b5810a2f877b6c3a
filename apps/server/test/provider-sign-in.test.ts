import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CallInput, ROUTES, type RouteName, stringifyJson } from '@genehound/contract';
import { field, type Reply, send } from './scan-client.ts';
import { type Person, startProvider, type TestProvider, visit } from './sign-in-provider.ts';
import { startTestServer, type TestServer, temporaryData } from './test-server.ts';

const CONSOLE = 'https://console.example.org';
const CLIENT = { id: 'genehound', secret: 'between the two of us', consoleUrl: CONSOLE };
const RULES = [
  { claim: 'groups', value: 'hunters', organisation: 'default', roles: ['analyst'] },
  { claim: 'groups', value: 'leads', organisation: 'default', roles: ['administrator'] },
  { claim: 'groups', value: 'north', organisation: 'north', roles: ['viewer'] },
  { claim: 'groups', value: 'nowhere', organisation: 'global', roles: ['viewer'] },
];

let server: TestServer;
let provider: TestProvider;
before(async () => {
  provider = await startProvider(CLIENT);
  const data = await temporaryData();
  const file = join(data, 'provider.json');
  await writeFile(join(data, 'client-secret'), `${CLIENT.secret}\n`);
  const { id: clientId, consoleUrl } = CLIENT;
  const config = {
    name: 'Example',
    issuer: provider.issuer,
    clientId,
    clientSecretFile: 'client-secret',
    consoleUrl,
    rules: RULES,
  };
  await writeFile(file, JSON.stringify(config));
  server = await startTestServer({ GENEHOUND_DATA: data, GENEHOUND_SIGN_IN_PROVIDER: file });
});
after(async () => {
  await server.close();
  provider.close();
});

async function ask<N extends RouteName>(cookie: string, name: N, input: Partial<CallInput<N>> = {}): Promise<Reply> {
  const { body }: { body?: unknown } = input;
  return await send(server.url + ROUTES[name].path, {
    method: ROUTES[name].method,
    headers: { cookie, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: stringifyJson(body) }),
  });
}

function cookieOf(reply: Reply, name: string): string {
  const lines = [reply.headers['set-cookie'] ?? []].flat();
  return lines.find((line) => line.startsWith(`${name}=`))?.split(';')[0] ?? '';
}

interface Come {
  readonly reply: Reply;
  readonly cookie: string;
  readonly flow: string;
  readonly query: string;
}

/** All of a sign-in; `change`: what became of the provider's answer on its way. */
async function come(person: Person | null, change: (query: string) => string = (query) => query): Promise<Come> {
  provider.person = person;
  const begun = await ask('', 'beginProviderSignIn');
  assert.equal(begun.status, 200, begun.text);
  const url = String(field(begun.body, 'url'));
  assert.match(url, /code_challenge_method=S256/);
  const flow = cookieOf(begun, 'genehound_flow');
  const query = change(await visit(url, CONSOLE));
  const reply = await ask(flow, 'endProviderSignIn', { body: { query } });
  return { reply, cookie: cookieOf(reply, 'genehound_session'), flow, query };
}

const person = (subject: string, groups: unknown, claims: object = {}): Person => ({
  subject,
  claims: { preferred_username: subject, groups, ...claims },
});
const code = ({ reply }: Come): string => `${reply.status} ${String(field(reply.body, 'code'))}`;

test('who the provider names gets an account where the rules say, with the roles they say, each time anew', async () => {
  assert.equal(field((await ask('', 'getSignInWays')).body, 'provider'), 'Example');
  const first = await come(person('ada', ['hunters', 'others']));
  assert.equal(first.reply.status, 200, first.reply.text);
  assert.deepEqual(field(first.reply.body, 'roles'), ['analyst']);
  const flags = String(first.reply.headers['set-cookie']);
  assert.match(flags, /genehound_flow=;.*genehound_session=[^;]{43};.*HttpOnly; SameSite=Strict/);
  assert.equal((await ask(first.cookie, 'listScans')).status, 200);
  const again = await come(person('ada', ['leads', 'hunters']));
  assert.deepEqual(field(again.reply.body, 'roles'), ['administrator', 'analyst']);
  assert.deepEqual(field((await ask(first.cookie, 'getMe')).body, 'roles'), ['administrator', 'analyst']);
  const { items } = await server.client.call('listUsers', {});
  assert.deepEqual(
    items.filter(({ name }) => name !== 'admin').map(({ name, createdBy }) => [name, createdBy]),
    [['ada', 'provider']],
  );
  const sessions = await ask(again.cookie, 'listSessions');
  assert.match(sessions.text, /"method":"provider"/);
});

test('whom no rule knows stays outside, and so does whom an administrator disabled', async () => {
  for (const groups of [[], ['HUNTERS'], 'huntersx', undefined, ['nowhere']])
    assert.equal(code(await come(person('eve', groups))), '403 provider_refused');
  const { items } = await server.client.call('listUsers', {});
  const ada = items.find(({ name }) => name === 'ada');
  assert.ok(ada !== undefined && items.every(({ name }) => name !== 'eve'));
  await server.client.call('changeUser', { params: { id: ada.id }, body: { disabled: true } });
  const refused = await come(person('ada', ['hunters']));
  assert.equal(code(refused), '403 provider_refused');
  assert.match(refused.reply.text, /disabled/);
});

test('neither a name nor an address opens the account of somebody else', async () => {
  const mallory = await come(
    person('m-1', ['hunters'], { preferred_username: 'admin', email: 'admin', email_verified: true }),
  );
  assert.equal(mallory.reply.status, 200, mallory.reply.text);
  assert.equal(field(mallory.reply.body, 'name'), 'admin @127.0.0.1');
  assert.deepEqual(field(mallory.reply.body, 'roles'), ['analyst']);
  const odd = await come(person('m-2', ['hunters'], { preferred_username: '<b>\u202e' }));
  assert.match(String(field(odd.reply.body, 'name')), /^user-[0-9a-f-]{36}$/);
});

test('each organisation has its own account of one person', async () => {
  assert.equal(
    code(await come(person('nora', ['north']))),
    '403 provider_refused',
    'there is no such organisation yet',
  );
  const made = await server.client.call('createOrganisation', { body: { name: 'north', administrator: 'norman' } });
  const north = await come(person('nora', ['north']));
  assert.equal(field(north.reply.body, 'organisation'), made.organisation.id);
  const moved = await come(person('nora', ['hunters', 'north']));
  assert.notEqual(field(moved.reply.body, 'organisation'), made.organisation.id, 'the first rule that fits says where');
  assert.equal(field((await ask(north.cookie, 'getMe')).body, 'organisation'), made.organisation.id);
});

test("an answer counts once, in the browser that asked, as it came, and an open refusal is in the provider's words", async () => {
  const good = await come(person('cleo', ['hunters']));
  assert.equal(good.reply.status, 200);
  const again = await ask(good.flow, 'endProviderSignIn', { body: { query: good.query } });
  assert.equal(field(again.body, 'code'), 'provider_refused', 'the code is spent');
  const other = await ask('', 'beginProviderSignIn');
  const swapped = await ask(cookieOf(other, 'genehound_flow'), 'endProviderSignIn', { body: { query: good.query } });
  assert.equal(field(swapped.body, 'code'), 'provider_refused', 'of another browser');
  for (const flow of ['', 'genehound_flow=AAAA', `${good.flow}A`, good.flow.replace(/.$/, '')]) {
    const reply = await ask(flow, 'endProviderSignIn', { body: { query: good.query } });
    assert.equal(field(reply.body, 'code'), 'provider_refused', flow);
  }
  const state = await come(person('cleo', ['hunters']), (query) => query.replace(/state=[^&]*/, 'state=x'));
  assert.equal(code(state), '403 provider_refused');
  const spoilt = await come(person('cleo', ['hunters']), (query) => query.replace(/code=[^&]*/, 'code=x'));
  assert.equal(code(spoilt), '403 provider_refused');
  for (const query of ['', '?', '?code=1', '?error=x&state=y', '?%ff=%00'])
    assert.equal(code(await come(person('cleo', ['hunters']), () => query)), '403 provider_refused', query);
  const denied = await come(null);
  assert.equal(code(denied), '403 provider_refused');
  assert.match(denied.reply.text, /nobody sits here/);
  const foreign = await send(`${server.url}${ROUTES.endProviderSignIn.path}`, {
    method: 'POST',
    headers: { cookie: good.flow, 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' },
    body: stringifyJson({ query: good.query }),
  });
  assert.equal(foreign.status, 403, 'another site cannot end it');
});

test('signing out ends the session here and leads to where it ends there; a password session leads nowhere', async () => {
  const { cookie } = await come(person('dora', ['hunters']));
  const out = await ask(cookie, 'signOut');
  const url = new URL(String(field(out.body, 'url')));
  assert.equal(url.origin, provider.issuer);
  assert.equal(url.searchParams.get('post_logout_redirect_uri'), `${CONSOLE}/sign-in`);
  assert.equal((await fetch(url)).status, 200, 'the provider takes it');
  assert.equal((await ask(cookie, 'getMe')).status, 401);
  assert.deepEqual((await ask('', 'signOut')).body, { url: null });
});

test('the log has the accounts that the provider made and changed, and no secret', async () => {
  const { items } = await server.client.call('listAudit', { query: { limit: 1000 } });
  const text = items.map(({ record }) => record).join('\n');
  for (const part of ['account.create', 'account.change', 'session.create', provider.issuer, '"method": ?"provider"'])
    assert.match(text, new RegExp(part), part);
  assert.equal(text.includes(CLIENT.secret), false);
});

test('a provider that does not answer is said, and sign-in by password goes on', async () => {
  const begun = await ask('', 'beginProviderSignIn');
  const query = await visit(String(field(begun.body, 'url')), CONSOLE);
  provider.close();
  const reply = await ask(cookieOf(begun, 'genehound_flow'), 'endProviderSignIn', { body: { query } });
  assert.deepEqual([reply.status, field(reply.body, 'code')], [503, 'unavailable']);
  const admin = await ask('', 'signIn', { body: { name: 'admin', password: server.firstPassword ?? '' } });
  assert.equal(admin.status, 200);
});
