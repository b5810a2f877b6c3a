import assert from 'node:assert/strict';
import { request as ask } from 'node:http';
import { test } from 'node:test';
import { AppError } from '@genehound/contract';
import { publicErrorHandler } from '@genehound/intake';
import fc from 'fast-check';
import Fastify from 'fastify';
import { createRateLimiter, type Rates } from './rate-limits.ts';

const rates = (requestsPerMinute: number | null, bytesPerHour: number | null = null): Rates => ({
  requestsPerMinute,
  bytesPerHour,
});

/** A server whose clock stands still until it is told; who asks says by headers who he is. */
async function serve(own: Rates, organisation: Rates) {
  const clock = { now: 1_000_000 };
  let reads = 0;
  const limiter = createRateLimiter(
    async () => {
      reads += 1;
      return { own, organisation };
    },
    () => clock.now,
  );
  const app = Fastify();
  limiter.install(app);
  app.setErrorHandler(publicErrorHandler);
  app.post('/', { bodyLimit: 10_000_000 }, async (request) => {
    const holder = String(request.headers['x-holder']);
    await limiter.admit(request.raw, { organisation: 'o', holder: holder === 'local' ? null : holder, keyId: holder });
    return {};
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
  const post = async (holder: string, bytes = 0) =>
    await new Promise<{ status: number; header: (name: string) => number }>((resolve, reject) => {
      const sent = ask({ port, method: 'POST', headers: { 'x-holder': holder, 'content-type': 'a/b' } }, (reply) => {
        reply
          .resume()
          .on('end', () =>
            resolve({ status: reply.statusCode ?? 0, header: (name) => Number(reply.headers[name] ?? Number.NaN) }),
          );
      });
      sent.on('error', reject).end(Buffer.alloc(bytes));
    });
  return { post, clock, reads: () => reads, close: () => app.close() };
}

test('so many requests a minute, filled up evenly, with the headers of the contract', async () => {
  const { post, clock, reads, close } = await serve(rates(3), rates(5));
  try {
    const first = await post('a');
    assert.deepEqual(
      [first.status, first.header('x-ratelimit-limit'), first.header('x-ratelimit-remaining')],
      [200, 3, 2],
    );
    await post('a');
    await post('a');
    const refused = await post('a');
    assert.deepEqual(
      [refused.status, refused.header('retry-after'), refused.header('x-ratelimit-remaining')],
      [429, 20, 0],
    );
    assert.equal(refused.header('x-ratelimit-reset'), 1_000 + 60);
    assert.equal(reads(), 1, 'what is set is not asked for each time');
    clock.now += 20_000;
    assert.equal((await post('a')).status, 200, 'a third of a minute is one of three');
    assert.equal((await post('a')).status, 429);
    assert.equal((await post('b')).status, 200);
    assert.equal((await post('b')).status, 200);
    assert.equal((await post('b')).status, 429, 'the organisation has no more, though its key has');
    for (let n = 0; n < 10; n += 1) assert.equal((await post('local')).status, 200);
  } finally {
    await close();
  }
});

test('so many bytes an hour: what a body was is known at its end, and is waited for', async () => {
  const { post, clock, close } = await serve(rates(null, 100_000), rates(null));
  try {
    assert.equal((await post('a', 10)).status, 200);
    assert.equal((await post('a', 150_000)).status, 200, 'begun within the budget');
    const refused = await post('a', 10);
    assert.equal(refused.status, 429);
    const seconds = refused.header('retry-after');
    assert.ok(seconds > 1_800 && seconds < 1_830, `${seconds}`);
    clock.now += seconds * 1_000;
    assert.equal((await post('a', 10)).status, 200);
    assert.equal((await post('b', 10)).status, 200);
  } finally {
    await close();
  }
});

test('whatever the times, no window lets through more than twice the limit, and nobody waits for ever', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 }),
      async (limit, pauses) => {
        let now = 0;
        const none = { own: rates(limit), organisation: rates(null) };
        const limiter = createRateLimiter(
          async () => none,
          () => now,
        );
        const passed: number[] = [];
        for (const pause of pauses) {
          now += pause;
          try {
            // Each is a request of its own; nothing of it is read.
            await limiter.admit({} as Parameters<typeof limiter.admit>[0], {
              organisation: 'o',
              holder: 'h',
              keyId: 'h',
            });
            passed.push(now);
          } catch (error) {
            assert.ok(error instanceof AppError && (error.retryAfter ?? 0) >= 1 && (error.retryAfter ?? 0) <= 60);
          }
        }
        for (const from of passed)
          assert.ok(passed.filter((at) => at >= from && at < from + 60_000).length <= 2 * limit);
      },
    ),
    { numRuns: 50 },
  );
});
