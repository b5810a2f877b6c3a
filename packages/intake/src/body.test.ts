import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AppError } from '@genehound/contract';
import { openSpool } from './blob/spool.ts';
import { asBodyError, bodyStream } from './body.ts';

const LIMIT = 1 << 20;

/** Posts a gzip body to a real server and returns what `take` makes of the request. */
async function posted<T>(body: Uint8Array<ArrayBuffer>, take: (request: IncomingMessage) => Promise<T>): Promise<T> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const outcome = new Promise<T>((resolve, reject) => {
    server.once('request', (request, response) => {
      take(request)
        .then(resolve, reject)
        .finally(() => response.end());
    });
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  try {
    const answer = fetch(`http://127.0.0.1:${address.port}/`, {
      method: 'POST',
      body,
      headers: { 'content-encoding': 'gzip' },
    });
    return await outcome.finally(() => answer.catch(() => undefined));
  } finally {
    server.close();
  }
}

const broken: readonly [string, Uint8Array<ArrayBuffer>][] = [
  ['bytes that are no gzip', new Uint8Array(8192).fill(7)],
  ['half a gzip stream', new Uint8Array(gzipSync(Buffer.from('x'.repeat(100_000))).subarray(0, 60))],
];

for (const [name, body] of broken) {
  test(`${name}: whoever reads them late gets the error, and nobody else is hit by it`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'genehound-body-'));
    try {
      const spool = await openSpool({ directory, minimumFree: 0 });
      const error = await posted(body, async (request) => {
        const stream = bodyStream(request, LIMIT);
        // As a slow disk would: the stream has failed before anybody listens.
        await new Promise((resolve) => stream.once('close', resolve));
        return spool.receive(stream, LIMIT).then(
          () => null,
          (refusal: unknown) => refusal,
        );
      });
      assert.ok(error instanceof AppError && error.code === 'bad_request', String(error));
      assert.deepEqual(await readdir(directory), []);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  test(`${name}: whoever iterates over them late gets the error, too`, async () => {
    const error = await posted(body, async (request) => {
      const stream = bodyStream(request, LIMIT);
      await new Promise((resolve) => stream.once('close', resolve));
      try {
        for await (const _chunk of stream);
        return null;
      } catch (refusal) {
        return asBodyError(refusal);
      }
    });
    assert.ok(error instanceof AppError && error.code === 'bad_request', String(error));
  });
}
