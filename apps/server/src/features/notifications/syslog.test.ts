import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { openCertificate } from '@genehound/intake';
import { parseNetworks } from '../../platform/guarded-address.ts';
import type { Message } from './message.ts';
import { sendSyslog } from './syslog.ts';

const here = parseNetworks(['127.0.0.0/8']);
const message = (text: string): Message => ({
  id: '00000000-0000-7000-8000-000000000000',
  event: 'test',
  severity: 'warning',
  text,
  at: new Date('2026-05-01T00:00:00Z'),
  details: {},
});

async function listen(context: TestContext, hear: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    hear(socket);
  }).listen(0, '127.0.0.1');
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a long message is cut by octets, between characters', async (context) => {
  const parts: Buffer[] = [];
  const port = await listen(context, (socket) => {
    socket.on('data', (part) => parts.push(Buffer.from(part))).on('end', () => socket.end());
  });
  for (const pad of ['', 'a', 'ab', 'abc'])
    await sendSyslog({ host: '127.0.0.1', port, tls: false }, message(`${pad}${'\u{1f9ec}'.repeat(900)}`), here);
  for (const bytes of parts) {
    const at = bytes.indexOf(' ');
    const rest = bytes.subarray(at + 1);
    assert.equal(rest.length, Number(bytes.toString('utf8', 0, at)));
    assert.ok(rest.length <= 2_000 && rest.length > 1_990);
    assert.ok(new TextDecoder('utf-8', { fatal: true }).decode(rest).endsWith('\u{1f9ec}'));
  }
  assert.equal(parts.length, 4);
});

test('a receiver that accepts and says nothing is given up after ten seconds', { timeout: 20_000 }, async (context) => {
  const port = await listen(context, () => undefined);
  await assert.rejects(sendSyslog({ host: '127.0.0.1', port, tls: true }, message('x'), here), /no answer within 10 s/);
});

test('by TLS a message reaches whom its authority proves, and nobody else', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'genehound-syslog-'));
  context.after(() => rm(folder, { recursive: true }));
  const [own, other] = [
    await openCertificate({ mode: 'generated', names: [] }, join(folder, 'own')),
    await openCertificate({ mode: 'generated', names: [] }, join(folder, 'other')),
  ];
  assert.ok(own?.authority && other?.authority);
  let heard = '';
  const receiver = createTlsServer({ cert: own.certificate, key: own.key }, (socket) => {
    socket.setEncoding('utf8').on('data', (part: string) => {
      heard += part;
    });
    socket.on('end', () => socket.end()).on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  receiver.on('tlsClientError', () => undefined);
  context.after(() => receiver.close());
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  const to = { host: '127.0.0.1', port, tls: true };
  const untrusted = /self-signed certificate|unable to (?:get|verify)|certificate signature failure/;
  await assert.rejects(sendSyslog(to, message('nobody proves it'), here), untrusted);
  await assert.rejects(sendSyslog({ ...to, ca: other.authority }, message('another proves it'), here), untrusted);
  assert.equal(heard, '');
  await sendSyslog({ ...to, ca: own.authority }, message('proved'), here);
  assert.match(heard, /^\d+ <108>1 .* \ufeffproved$/);
});
