import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Prints what it hears until a job is done. */
const READER = `
// Node's waits for its next try without holding the process.
setTimeout(() => process.exit(1), 30_000);
const { followEvents } = await import(process.argv[1]);
const stop = followEvents((event) => {
  console.log(event.kind);
  if (event.kind !== 'job') return;
  stop();
  setTimeout(() => process.exit(0), 300);
}, process.argv[2], 50);
`;

test('who is refused asks again, then takes everything for new; who broke off does not', async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    if (asked <= 2) return void response.writeHead(502).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const event = asked === 3 ? '{"kind":"reset"}' : '{"kind":"job","job":"retro-hunt","state":"done"}';
    response.end(`retry: 10\n\nevent: ${JSON.parse(event).kind}\ndata: ${event}\n\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const module = new URL('./follow-events.ts', import.meta.url).href;
    const flags = ['--experimental-eventsource', '--no-warnings', '--input-type=module', '-e', READER];
    const { stdout } = await run(process.execPath, [...flags, module, `http://127.0.0.1:${port}/`], {
      timeout: 60_000,
    });
    assert.deepEqual(stdout.trim().split('\n'), ['reset', 'reset', 'job'], 'once for the refusals, once as it is told');
    assert.equal(asked, 4, 'who stopped asks no more');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
