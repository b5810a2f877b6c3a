import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** `genehound doctor` on healthy and on broken installations. */

const report = z.object({
  findings: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['ok', 'warning', 'failed']),
      what: z.string(),
      next: z.string().nullable(),
    }),
  ),
});

let server: RunningServer;
let folder = '';
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-doctor-'));
  server = await startServer();
});
after(async () => {
  await server.clean();
  rmSync(folder, { recursive: true, force: true });
});

/** States by name; what is to be done is said where something is to be done. */
async function examined(data: string, environment?: Readonly<Record<string, string>>) {
  const ended = await genehound(data, ['doctor', '--json'], environment);
  const { findings } = report.parse(documentOf(ended));
  for (const one of findings) assert.equal(one.next === null, one.state === 'ok', JSON.stringify(one));
  assert.equal(ended.exit, findings.some((one) => one.state === 'failed') ? 1 : 0);
  return new Map(findings.map((one) => [one.name, one]));
}

test('a server that runs well', async () => {
  let found = await examined(server.data);
  // The test threat is labelled at the first start; its genes follow.
  for (let left = 20; left > 0 && found.get('genome')?.state !== 'ok'; left -= 1) found = await examined(server.data);
  for (const name of ['data', 'server', 'genome'])
    assert.equal(found.get(name)?.state, 'ok', JSON.stringify(found.get(name)));
  assert.match(found.get('server')?.what ?? '', /its own PostgreSQL, schema \d+/);
  const text = await genehound(server.data, ['doctor']);
  assert.match(text.stdout, /^ok {7}server {6}http/m);
});

test('nothing runs yet, and a port that is taken', async () => {
  const data = join(folder, 'absent', 'data');
  const found = await examined(data);
  assert.deepEqual([found.get('data')?.state, found.get('server')?.state], ['ok', 'warning']);
  const taken = await examined(data, { GENEHOUND_PORT: new URL(server.url).port });
  assert.equal(taken.get('port')?.state, 'warning');
  assert.match(taken.get('port')?.next ?? '', /--port or GENEHOUND_PORT/);
});

test('a server that is said to run and is not there; a key of another one', async () => {
  const data = join(folder, 'stale');
  mkdirSync(join(data, 'run'), { recursive: true });
  chmodSync(data, 0o755);
  const write = (url: string, key: string): void =>
    writeFileSync(join(data, 'run', 'server.json'), JSON.stringify({ url, pid: process.pid, key }));
  write('http://127.0.0.1:9', 'x');
  const gone = await examined(data);
  assert.deepEqual([gone.get('server')?.state, gone.get('data')?.state], ['failed', 'warning']);
  write(server.url, '00000000-0000-4000-8000-000000000000');
  const foreign = await examined(data);
  assert.match(foreign.get('server')?.next ?? '', /is of another server/);
});

test('no room, and a data directory that is none', async () => {
  const full = await examined(join(folder, 'full'), { GENEHOUND_MINIMUM_FREE_BYTES: String(2 ** 52) });
  assert.equal(full.get('disk')?.state, 'failed');
  const file = join(folder, 'file');
  writeFileSync(file, readFileSync('/etc/hostname'));
  assert.equal((await examined(file)).get('data')?.state, 'failed');
});
