import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { downloadFile, type Internet } from './download-file.ts';
import { isPublicAddress } from './public-address.ts';

const BODY = Buffer.from('a rule');
const LIMITS = { bytes: 1_000, milliseconds: 5_000 };
let folder = '';
let server: Server;
let here: Internet;
let port = 0;
let files = 0;
const next = (): string => {
  files += 1;
  return join(folder, String(files));
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-download-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert, ...name], { stdio: 'pipe' });
  const ca = readFileSync(cert, 'utf8');
  here = { ca, allows: (address) => address === '127.0.0.1' || address === '::1' };
  server = createServer({ key: readFileSync(key), cert: ca }, (request, response) => {
    const path = request.url ?? '';
    if (path === '/file') response.end(BODY);
    else if (path === '/large') response.end(Buffer.alloc(5_000));
    else if (path === '/slow') response.write('never ends');
    else if (path === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else if (path.startsWith('/to/')) response.writeHead(302, { location: decodeURIComponent(path.slice(4)) }).end();
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (path: string): string => `https://localhost:${port}${path}`;

test('a file is downloaded with its hash, redirects are followed', async () => {
  const hash = createHash('sha256').update(BODY).digest('hex');
  for (const url of [at('/file'), at('/to/file'.replace('/to/', '/to/%2F'))]) {
    const path = next();
    assert.equal(await downloadFile(url, path, LIMITS, here), hash);
    assert.deepEqual(readFileSync(path), BODY);
  }
});

test('what is too large, too slow, elsewhere or not there is refused in one sentence', async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [at('/large'), /more than 1000 bytes/],
    [at('/loop'), /on and on/],
    [at('/nothing'), /status 404/],
    [at('/to/http%3A%2F%2Flocalhost%2F'), /only https/],
    [at('/to/https%3A%2F%2F169.254.169.254%2F'), /169\.254\.169\.254 is not on the Internet/],
    ['https://user:word@example.org/', /password/],
    ['file:///etc/passwd', /only https/],
    ['nonsense', /no address/],
  ];
  for (const [url, words] of cases) await assert.rejects(downloadFile(url, next(), LIMITS, here), words, url);
  await assert.rejects(downloadFile(at('/slow'), next(), { ...LIMITS, milliseconds: 300 }, here), /longer than 0.3 s/);
});

test("one's own network is never asked, by address or by name", async () => {
  for (const url of [
    at('/file'),
    `https://127.0.0.1:${port}/file`,
    'https://[::1]/',
    'https://2130706433/',
    'https://0x7f.1/',
  ])
    await assert.rejects(downloadFile(url, next(), LIMITS), /is not on the Internet/, url);
});

test('addresses of the Internet and others', () => {
  for (const address of ['1.1.1.1', '8.8.8.8', '172.32.0.1', '192.169.0.1', '2606:4700::1111', '2a00:1450::1'])
    assert.ok(isPublicAddress(address), address);
  const own = ['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.1.1.1', '169.254.169.254', '172.31.255.255', '192.168.0.1'];
  const other = [
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'fd00::1',
    'ff02::1',
    '2001:db8::1',
  ];
  const within = ['::ffff:10.0.0.1', '::ffff:8.8.8.8', '64:ff9b::a00:1', '2002:a00:1::', '2001::1', 'nonsense', ''];
  for (const address of [...own, ...other, ...within]) assert.ok(!isPublicAddress(address), address);
});
