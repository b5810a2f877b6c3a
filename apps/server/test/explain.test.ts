import assert from 'node:assert/strict';
import { readdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '@genehound/contract';
import { deliver, PROGRAM, reportOf, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(async () => await server.close());

/** Half of the stored bytes are lost, as by a bad disk. */
async function truncateBlob(hash: string): Promise<void> {
  const names = await readdir(server.data, { recursive: true });
  const found = names.filter((name) => name.includes(hash));
  assert.equal(
    found.length,
    1,
    names
      .filter((name) => /blob/.test(name))
      .slice(0, 5)
      .join(),
  );
  await truncate(join(server.data, found[0] ?? ''), 1_000);
}

test('why: functions and blocks with their families, each with its place in a sample of the family', async () => {
  const program = await readFile(PROGRAM);
  const sample = Buffer.concat([program, Buffer.from('the sample')]);
  await server.client.call('addSample', {
    query: { family: 'Known Worm', type: 'malware', scope: 'global', source: 'test:sample' },
    body: sample,
  });
  const { id } = await deliver(server.url, server.localKey, { name: 'one', programs: [PROGRAM] });
  for (const end = Date.now() + 60_000; (await reportOf(server.client, id)).verdict !== 'malicious'; await sleep(100))
    assert.ok(Date.now() < end);
  const params = { sha256: sha256(program), layout: 'file' } as const;
  const list = (query: object) => server.client.call('listArtifactFunctions', { params, query });

  const first = await list({ family: 'known worm', limit: 5 });
  assert.equal(first.items.length, 5);
  assert.ok(first.functions > 50 && first.nextCursor !== null);
  assert.deepEqual(first.searched, [{ sha256: sha256(sample), layout: 'file', source: 'test:sample' }]);
  for (const { blocks } of first.items) {
    assert.ok(blocks.length > 0);
    for (const { families, common, match, rva } of blocks) {
      assert.deepEqual([families, common], [['Known Worm'], false]);
      // The sample is the same program: its code lies where it lies here, but for code that is there twice.
      assert.equal(match?.form, 'exact');
      assert.ok(match.sha256 === sha256(sample) && /^0x/.test(rva));
    }
  }
  assert.ok(
    first.items.some(({ families }) => families.includes('Known Worm')),
    'whole functions, too',
  );
  const numbers = new Set(first.items.map(({ number }) => number));
  const second = await list({ family: 'known worm', limit: 5, cursor: first.nextCursor });
  assert.ok(second.items.every(({ number }) => !numbers.has(number)));
  assert.deepEqual((await list({ family: 'nobody' })).items, []);
  const [func] = first.items;
  assert.ok(func !== undefined);
  assert.deepEqual(func.shares, [{ family: 'Known Worm', type: 'malware', blocks: func.blocks.length }]);
  const codeParams = { ...params, number: func.number };
  const code = await server.client.call('getFunctionCode', { params: codeParams, query: { family: 'KNOWN worm' } });
  assert.deepEqual(code.problems, []);
  assert.deepEqual(code.function, func);
  assert.equal(code.lines[0]?.rva, func.rva);
  assert.equal(
    code.lines.reduce((sum, { size }) => sum + size, 0),
    func.size,
  );
  assert.equal(code.matches.length, func.blocks.length);
  code.matches.forEach(({ block, lines, problem, rva, form }) => {
    assert.deepEqual([problem, form, rva], [null, 'exact', func.blocks[block]?.match?.rva]);
    const own = code.lines.filter((line) => line.block === block);
    assert.ok(own.length >= 6);
    // The same instructions; branches may lead elsewhere where the code is there twice.
    assert.deepEqual(
      lines.map(({ text }) => text.split(' ')[0]),
      own.map(({ text }) => text.split(' ')[0]),
    );
  });
  const alone = await server.client.call('getFunctionCode', { params: codeParams, query: { family: 'nobody' } });
  assert.deepEqual([alone.matches, alone.lines.length], [[], code.lines.length]);
  assert.match(alone.problems.join(), /No sample of nobody is here/);
  await assert.rejects(
    server.client.call('getFunctionCode', { params: { ...params, number: first.functions }, query: {} }),
    (error) => error instanceof ApiError && error.code === 'not_found',
  );
  const many = await Promise.allSettled(
    Array.from({ length: 30 }, () => server.client.call('listRelatedArtifacts', { params, query: {} })),
  );
  const refused = many.filter((one) => one.status === 'rejected');
  assert.ok(refused.length > 0 && refused.length < many.length, 'what waits is bounded');
  for (const { reason } of refused) assert.ok(reason instanceof ApiError && reason.code === 'too_many_requests');
  const related = await server.client.call('listRelatedArtifacts', { params, query: {} });
  assert.ok(related.genes > 100);
  assert.deepEqual(related.items, [], 'a global sample is no artifact of the organisation');
  const strings = await server.client.call('listArtifactStrings', { params });
  assert.deepEqual(strings.problems, []);
  assert.deepEqual(
    strings.searched.map(({ family, sha256: searched }) => [family, searched]),
    [['Known Worm', sha256(sample)]],
  );
  assert.ok(strings.items.length > 50);
  assert.ok(strings.items.filter(({ families }) => families[0] === 'Known Worm').length >= strings.items.length - 1);
  await truncateBlob(sha256(sample));
  const broken = await server.client.call('listArtifactStrings', { params });
  assert.match(
    broken.problems.join(),
    new RegExp(`^Strings of ${sha256(sample)} \\(Known Worm\\) could not be read: `),
  );
  await assert.rejects(
    server.client.call('listArtifactStrings', { params: { ...params, layout: 'raw' } }),
    (error) => error instanceof ApiError && error.code === 'bad_request',
  );
  const all = await list({ limit: 200 });
  assert.ok(
    all.items.every(({ blocks }) => blocks.every(({ match }) => match === null)),
    'no family was asked for',
  );
  await assert.rejects(
    server.client.call('listArtifactFunctions', { params: { sha256: '0'.repeat(64), layout: 'file' }, query: {} }),
    (error) => error instanceof ApiError && error.code === 'not_found',
  );
});
