import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** `genehound notify` and `genehound hunts` as an operator types them. */

let server: RunningServer;
before(async () => {
  server = await startServer(undefined, { GENEHOUND_NOTIFY_NETWORKS: '127.0.0.1' });
});
after(async () => await server.clean());

const own = async (...args: readonly string[]) => await genehound(server.data, args);

test('a channel is added, tried, listed and removed; the log tells', async (context) => {
  const receiver = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200).end());
  }).listen(0, '127.0.0.1');
  context.after(() => receiver.close());
  await once(receiver, 'listening');
  const address = receiver.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const added = await own(
    'notify',
    'add',
    'webhook',
    'soc',
    `http://127.0.0.1:${port}/x`,
    '--severity',
    'warning',
    '--json',
  );
  const { id, secret } = z.object({ id: z.uuid(), secret: z.string() }).parse(documentOf(added));
  assert.match(secret, /^whsec_/);
  const tried = await own('notify', 'test', id);
  assert.deepEqual([tried.exit, tried.stdout], [0, 'It was taken.\n']);
  assert.match((await own('notify', 'list')).stdout, /soc +webhook +warning +threat\.found/);
  assert.match((await own('notify', 'log')).stdout, /soc +sent +This is a test/);
  assert.equal((await own('notify', 'remove', id)).exit, 0);
  const gone = await own('notify', 'test', id);
  assert.deepEqual([gone.exit, /notify list/.test(gone.stderr)], [1, true]);
  const bad = await own('notify', 'add', 'syslog', 'siem', 'nowhere');
  assert.deepEqual([bad.exit, /is no HOST:PORT/.test(bad.stderr)], [2, true], bad.stderr);
  const hook = await own('notify', 'add', 'webhook', 'x', 'ftp://example.org/');
  assert.deepEqual([hook.exit, /cannot be used: to\.url/.test(hook.stderr)], [2, true], hook.stderr);
});

test('a hunt is created, shown and closed', async () => {
  const made = await own('hunts', 'create', 'Q4', '--target', 'alpha', '--target', 'beta', '--json');
  const { id } = z.object({ id: z.uuid() }).parse(documentOf(made));
  assert.match((await own('hunts', 'list')).stdout, /Q4 +2 +0 +1, waiting for your deployment tool/);
  const shown = await own('hunts', 'show', id);
  assert.match(shown.stdout, /coverage +0 %/);
  assert.match(shown.stdout, /targets +2 expected/);
  assert.equal((await own('hunts', 'targets', id, '--names')).stdout, 'alpha\nbeta\n');
  assert.match((await own('hunts', 'add', id, '--target', 'gamma')).stdout, /targets +3/);
  assert.match((await own('hunts', 'close', id)).stdout, /round +closed/);
  assert.match((await own('hunts', 'targets', id, '--state', 'missing')).stdout, /gamma +missing/);
  const none = await own('hunts', 'show', '00000000-0000-4000-8000-000000000000');
  assert.deepEqual([none.exit, /hunts list/.test(none.stderr)], [1, true]);
});
