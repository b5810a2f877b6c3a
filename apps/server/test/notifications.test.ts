import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createHttp, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '@genehound/contract';
import { SMTPServer } from 'smtp-server';
import { query } from './query.ts';
import { deliver, OTHER_PROGRAM, PROGRAM, reportOf } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

/** Messages to real receivers: a webhook, a mail server, a syslog receiver. */

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: TestServer;
let receiver: HttpServer;
/** What the webhook's receiver answers next; 204 where nothing is planned. */
const answers: number[] = [];
const received: Received[] = [];

const portOf = (one: { address(): AddressInfo | string | null }): number => {
  const address = one.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

before(async () => {
  server = await startTestServer({ GENEHOUND_NOTIFY_NETWORKS: '127.0.0.0/8' });
  receiver = createHttp((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});
after(async () => {
  receiver.close();
  await server.close();
});

async function eventually<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(Date.now() < end, 'it never came');
  }
}

const hook = (path = '/hook') => ({ kind: 'webhook', url: `http://127.0.0.1:${portOf(receiver)}${path}` }) as const;

function assertSigned({ headers, body }: Received, secret: string): void {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
}

test('a threat is told by webhook, signed, once, and again when a past scan turns out to be infected', async () => {
  const { client } = server;
  const channel = await client.call('addChannel', {
    body: { name: 'soc', to: hook('/secret-path'), events: ['threat.found'] },
  });
  assert.match(channel.secret ?? '', /^whsec_/);
  assert.doesNotMatch(JSON.stringify(await client.call('listChannels', {})), /secret-path|whsec_/);
  const past = await deliver(server.url, server.localKey, { name: 'once', programs: [PROGRAM, OTHER_PROGRAM] });
  await reportOf(client, past.id);
  assert.equal(received.length, 0, 'no threat, no message');
  answers.push(503);
  await client.call('addSample', {
    query: { family: 'late worm', type: 'malware', scope: 'organisation', source: 'test', layout: 'file' },
    body: await readFile(PROGRAM),
  });
  const [refused, taken] = await eventually(() => (received.length >= 2 ? received : undefined));
  assert.ok(refused !== undefined && taken !== undefined);
  assertSigned(taken, channel.secret ?? '');
  assert.equal(taken.headers['webhook-id'], refused.headers['webhook-id'], 'a second try is the same message');
  const told = JSON.parse(taken.body);
  assert.deepEqual(
    [told.type, told.data.severity, told.data.endpoint.name, told.data.families, told.data.past, told.data.path],
    ['threat.found', 'critical', 'once', ['late worm'], true, `/scans/${past.id}`],
  );
  assert.match(told.data.text, /^once was infected on 20.*late worm$/);
  const [row] = await eventually(async () => {
    const { items } = await client.call('listNotifications', { query: { channelId: channel.id } });
    return items[0]?.state === 'sent' ? items : undefined;
  });
  assert.deepEqual([row?.tries, row?.problem, row?.event], [2, null, 'threat.found']);
  await client.call('removeChannel', { params: { id: channel.id } });
  assert.deepEqual((await client.call('listChannels', {})).items, []);
  const left = await query(server.data, 'select settings from notification_channel where id = $1', [channel.id]);
  assert.deepEqual(left.rows, [{ settings: {} }], 'its secret is forgotten');
  received.length = 0;
});

test('the operator alone opens inner networks; redirects lead nowhere', async () => {
  const { client } = server;
  const add = async (url: string) =>
    await client.call('addChannel', { body: { name: 'x', to: { kind: 'webhook', url }, events: ['test'] } });
  const tried = async ({ id }: { readonly id: string }): Promise<Answer<'testChannel'>> =>
    await client.call('testChannel', { params: { id } });
  const metadata = await tried(await add('http://169.254.169.254/latest/meta-data'));
  assert.deepEqual([metadata.state, /inner network/.test(metadata.problem ?? '')], ['failed', true]);
  const six = await tried(await add(`http://[::1]:${portOf(receiver)}/`));
  assert.match(six.problem ?? '', /inner network/);
  answers.push(302);
  const redirected = await tried(await add(hook().url));
  assert.match(redirected.problem ?? '', /answered 302/);
  assert.equal((await tried(await add(hook().url))).state, 'sent');
  assert.equal(received.length, 2);
  received.length = 0;
});

test('rounds are told to a mail server; names from endpoints begin no header', async (context) => {
  const mails: string[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      let text = '';
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      stream.on('end', () => {
        mails.push(text);
        done();
      });
    },
  });
  context.after(() => new Promise<void>((done) => smtp.close(() => done())));
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  const mail = {
    kind: 'email' as const,
    host: '127.0.0.1',
    port: portOf(smtp.server),
    from: 'gh@example.org',
    to: ['soc@example.org'],
  };
  const channel = await server.client.call('addChannel', {
    body: { name: 'mail', to: { ...mail, security: 'none' as const }, events: ['round.due', 'round.ended'] },
  });
  const hunt = await server.client.call('createHunt', {
    body: { name: 'weekly\r\nBcc: everyone@example.org', targets: ['a', 'b'] },
  });
  const due = await eventually(() => mails[0]);
  assert.match(due, /^Round 1 of the hunt "weekly Bcc: everyone@example\.org" begins/m);
  assert.doesNotMatch(due, /^Bcc:/m);
  await server.client.call('closeHunt', { params: { id: hunt.id } });
  // The look at the clock comes every fifteen seconds.
  const ended = await eventually(() => mails[1]);
  assert.match(ended.replaceAll(/=\r\n|\r\n /g, ''), /0 % of the targets reported, 0 infected, 2 missing/);
  const strict = await server.client.call('addChannel', {
    body: { name: 'strict', to: { ...mail, security: 'starttls' as const }, events: ['test'] },
  });
  const refused = await server.client.call('testChannel', { params: { id: strict.id } });
  assert.deepEqual([refused.state, mails.length], ['failed', 2], 'nothing is said in the clear where TLS is demanded');
  await server.client.call('removeChannel', { params: { id: channel.id } });
});

test('a test shows its own message; what waits for a channel that is removed has failed', async () => {
  const { client } = server;
  const channel = await client.call('addChannel', { body: { name: 'busy', to: hook() } });
  const newer = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
  await query(
    server.data,
    `insert into notification (organisation, id, channel_id, event, severity, about, text, details)
      select organisation, $1, id, 'threat.found', 'critical', 'later', 'later', '{}' from notification_channel where id = $2`,
    [newer, channel.id],
  );
  const tried = await client.call('testChannel', { params: { id: channel.id } });
  assert.deepEqual([tried.event, tried.state], ['test', 'sent']);
  await client.call('removeChannel', { params: { id: channel.id } });
  const { rows } = await query(server.data, 'select state, problem from notification where id = $1', [newer]);
  assert.deepEqual(rows, [{ state: 'failed', problem: 'the channel was removed before it was sent' }]);
  received.length = 0;
});

test('a round that is planned for later is asked for when it begins; one that never began is no news', async () => {
  const { client } = server;
  const channel = await client.call('addChannel', {
    body: { name: 'rounds', to: hook(), events: ['round.due', 'round.ended'] },
  });
  const told = async (): Promise<readonly string[]> =>
    (await client.call('listNotifications', { query: { channelId: channel.id } })).items.map(({ text }) => text);
  const opensAt = new Date(Date.now() + 3_600_000).toISOString();
  const [later, never] = await Promise.all(
    ['later', 'never'].map((name) => client.call('createHunt', { body: { name, targets: ['a'], opensAt } })),
  );
  await client.call('closeHunt', { params: { id: never?.id ?? '' } });
  assert.deepEqual(await told(), []);
  await query(server.data, 'update hunt_round set opens_at = now() where hunt_id = $1', [later?.id]);
  // The look at the clock comes every fifteen seconds.
  const texts = await eventually(async () => ((await told()).length > 0 ? await told() : undefined));
  assert.equal(texts.length, 1);
  assert.match(texts[0] ?? '', /^Round 1 of the hunt "later" begins/);
  await client.call('removeChannel', { params: { id: channel.id } });
});

test('syslog by RFC 5424, one counted message a connection', async (context) => {
  const texts: string[] = [];
  const syslog = createTcp((socket) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    socket.on('end', () => {
      texts.push(text);
      socket.end();
    });
  }).listen(0, '127.0.0.1');
  context.after(() => syslog.close());
  await once(syslog, 'listening');
  const { id } = await server.client.call('addChannel', {
    body: { name: 'siem', to: { kind: 'syslog', host: '127.0.0.1', port: portOf(syslog), tls: false } },
  });
  const tried = await server.client.call('testChannel', { params: { id } });
  assert.equal(tried.state, 'sent', tried.problem ?? '');
  const text = texts[0] ?? '';
  const [, length = '', rest = ''] = /^(\d+) (.*)$/s.exec(text) ?? [];
  assert.equal(Buffer.byteLength(rest), Number(length));
  assert.match(
    rest,
    /^<110>1 \d{4}-\d\d-\d\dT\S+Z \S+ genehound \d+ test \[genehound@32473 id="[0-9a-f-]+" event="test"\] \ufeffThis is a test/,
  );
});
