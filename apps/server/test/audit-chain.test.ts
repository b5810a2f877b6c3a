import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { query } from './query.ts';
import { startTestServer, type TestServer } from './test-server.ts';

/** The audit log is chained and cannot be edited, not even by the database's own role. */

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.close());

const addSigner = (number: number) =>
  server.client.call('addPackSigner', {
    body: { name: `signer ${number}`, publicKey: number.toString(16).padStart(64, '0'), scope: 'organisation' },
  });

async function chain() {
  const links = [];
  for (let cursor: number | null = 0; cursor !== null; ) {
    const page: Awaited<ReturnType<typeof next>> = await next(cursor);
    links.push(...page.items);
    cursor = page.nextCursor;
  }
  return links;
}
const next = (cursor: number) => server.client.call('listAudit', { query: { limit: 7, cursor } });

/** Positions whose digest does not follow from their record and the digest before. */
function broken(links: Awaited<ReturnType<typeof chain>>): readonly number[] {
  let before = Buffer.alloc(32);
  return links.flatMap(({ position, record, digest }) => {
    const made = createHash('sha256').update(before).update(record).digest();
    before = Buffer.from(digest, 'hex');
    return made.toString('hex') === digest ? [] : [position];
  });
}

test('records made at once are one chain without gaps', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => addSigner(i + 1)));
  const links = await chain();
  assert.deepEqual(
    links.map(({ position }) => position),
    links.map((_, i) => i + 1),
  );
  assert.ok(links.length > 20);
  assert.deepEqual(broken(links), []);
  const [, , , actor, action, subject] = JSON.parse(links.at(-1)?.record ?? '');
  assert.deepEqual([typeof actor, action, subject.length], ['string', 'add-pack-signer', 64]);
});

test('no record is changed or removed; who forces it is found out', async () => {
  for (const statement of [
    `update audit set actor = 'nobody'`,
    'delete from audit',
    'truncate audit cascade',
    'delete from audit_link',
    `update audit_link set digest = digest`,
  ]) {
    await assert.rejects(query(server.data, statement), /only appended to/, statement);
  }
  await query(server.data, 'alter table audit disable trigger audit_stands');
  await query(
    server.data,
    `update audit set actor = 'nobody' where number = (select number from audit_link where position = 3
    order by organisation limit 1) and action = 'add-pack-signer'`,
  );
  await query(server.data, 'alter table audit enable trigger audit_stands');
  const changed = broken(await chain());
  assert.deepEqual(changed, [3]);
});
