import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type PeerCertificate } from 'node:tls';
import { type Certificate, fingerprintOf, openCertificate } from '@genehound/intake';
import { readServerConfig, run } from '@genehound/server';
import { startTestServer, temporaryData } from './test-server.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genehound-tls-'));
});
after(async () => await rm(folder, { recursive: true }));

/** A certificate as a house's own authority signs it: of the authority in that folder, made where there is none. */
async function issued(name: string): Promise<Certificate & { readonly authority: string }> {
  await rm(join(folder, name, 'tls', 'server.pem'), { force: true });
  const made = await openCertificate({ mode: 'generated', names: [] }, join(folder, name));
  assert.ok(made?.authority);
  return { ...made, authority: made.authority };
}

/** The certificate that a server shows to one who trusts `ca`; rejects where TLS does. */
async function shown(url: string, ca: string, servername = 'localhost'): Promise<PeerCertificate> {
  const { hostname: host, port } = new URL(url);
  return await new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ca, servername }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function get(url: string, ca: string): Promise<{ status: number; hsts: string }> {
  return await new Promise((resolve, reject) => {
    request(`${url}/api/v1/status`, { ca, agent: false }, (reply) => {
      reply.resume();
      resolve({
        status: reply.statusCode ?? 0,
        hsts: String(reply.headers['strict-transport-security'] ?? ''),
      });
    })
      .on('error', reject)
      .end();
  });
}

test('a server on the network makes an authority, is trusted by it alone, and keeps it', async () => {
  const data = await temporaryData();
  const environment = { GENEHOUND_DATA: data, GENEHOUND_PORT: '0', GENEHOUND_HOST: '0.0.0.0' };
  const config = readServerConfig({ ...environment, GENEHOUND_LOG_LEVEL: 'error', GENEHOUND_TLS_NAMES: 'hunt.test' });
  assert.deepEqual(config.tls, { mode: 'generated', names: ['hunt.test'] });
  const first = await run(config);
  try {
    assert.match(first.url, /^https:/);
    const authority = await readFile(join(data, 'tls', 'authority.pem'), 'utf8');
    assert.equal(first.fingerprint, fingerprintOf(authority));
    assert.equal((await stat(join(data, 'tls', 'authority.key'))).mode & 0o777, 0o600);
    const { status, hsts } = await get(first.url, authority);
    assert.equal(status, 200);
    assert.match(hsts, /^max-age=\d+$/);
    for (const name of ['localhost', 'hunt.test']) await shown(first.url, authority, name);
    await assert.rejects(shown(first.url, authority, 'other.test'), /does not match/);
    const stranger = await issued('stranger');
    await assert.rejects(shown(first.url, stranger.authority), /certificate/);
    const file = JSON.parse(await readFile(join(data, 'run', 'server.json'), 'utf8'));
    assert.equal(file.authority, authority);
  } finally {
    await first.close();
  }
  const again = await run(config);
  assert.equal(again.fingerprint, first.fingerprint);
  await again.close();
  await rm(data, { recursive: true });
});

test("the operator's own certificate is shown, and a renewed one without a restart", async () => {
  const { authority } = await issued('house');
  const [certificate, key] = [join(folder, 'own.pem'), join(folder, 'own.key')];
  const put = async () => {
    const pair = await issued('house');
    assert.equal(pair.authority, authority);
    await writeFile(key, pair.key);
    await writeFile(certificate, pair.certificate);
    return fingerprintOf(pair.certificate)
      .toUpperCase()
      .replaceAll(/(..)(?=.)/g, '$1:');
  };
  const first = await put();
  const server = await startTestServer({
    GENEHOUND_TLS_CERT: certificate,
    GENEHOUND_TLS_KEY: key,
    GENEHOUND_LOG_LEVEL: 'silent',
  });
  const fingerprint = async () => (await shown(server.url, authority)).fingerprint256;
  try {
    assert.equal(await fingerprint(), first);
    // Half of a renewal: what is there stays in use.
    await writeFile(certificate, 'not yet written');
    await sleep(6_000);
    assert.equal(await fingerprint(), first);
    const second = await put();
    let now = await fingerprint();
    for (const end = Date.now() + 60_000; now !== second && Date.now() < end; now = await fingerprint())
      await sleep(250);
    assert.equal(now, second);
  } finally {
    await server.close();
  }
});

test('options that do not go together, and files that are no certificate, are refused in one sentence', async () => {
  const of = (options: Readonly<Record<string, string>>) => readServerConfig(options).tls;
  assert.deepEqual(of({}), { mode: 'off' });
  assert.deepEqual(of({ GENEHOUND_HOST: '127.0.0.9' }), { mode: 'off' });
  assert.deepEqual(of({ GENEHOUND_HOST: '10.0.0.1', GENEHOUND_TLS: 'off' }), { mode: 'off' });
  assert.deepEqual(of({ GENEHOUND_HOST: '::' }), { mode: 'generated', names: [] });
  assert.throws(() => of({ GENEHOUND_TLS_CERT: 'x' }), /needed together/);
  assert.throws(() => of({ GENEHOUND_TLS: 'files' }), /needed together/);
  assert.throws(() => of({ GENEHOUND_TLS: 'off', GENEHOUND_TLS_CERT: 'x', GENEHOUND_TLS_KEY: 'y' }), /is off/);
  const start = (certificate: string, key: string) =>
    startTestServer({ GENEHOUND_TLS_CERT: certificate, GENEHOUND_TLS_KEY: key, GENEHOUND_LOG_LEVEL: 'silent' });
  await assert.rejects(start(join(folder, 'none.pem'), join(folder, 'none.key')), /cannot be read.*GENEHOUND_TLS_CERT/);
  await writeFile(join(folder, 'one.pem'), (await issued('one')).certificate);
  await writeFile(join(folder, 'other.key'), (await issued('other')).key);
  await assert.rejects(start(join(folder, 'one.pem'), join(folder, 'other.key')), /no certificate with its key/);
});
