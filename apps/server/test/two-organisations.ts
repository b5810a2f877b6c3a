import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PERMISSIONS, type Permission, ROLES, type Role } from '@genehound/contract';
import { hashPassword } from '../src/features/accounts/password.ts';
import { secretHash } from '../src/platform/ids.ts';
import { query } from './query.ts';
import type { KnownIds } from './route-inputs.ts';
import { deliver, field, PROGRAM, reportOf } from './scan-client.ts';
import type { TestServer } from './test-server.ts';

/** Organisations with one of everything and everybody, for tests of what each may. */

/** In every name that the first organisation gives to anything. */
export const MARKER = 'marker-of-the-first';

/** One who asks, and who he is by the rules. */
export interface Asker {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly role?: Role;
  readonly permission?: Permission;
}

export interface Organisation {
  readonly id: string;
  readonly askers: readonly Asker[];
}

const noPassword = hashPassword(randomUUID());

/** One user for each role and one key for each permission, made as the tables hold them. */
export async function organisation(data: string, id: string, prefix: string): Promise<Organisation> {
  const askers: Asker[] = [];
  for (const role of ROLES) {
    const user = randomUUID();
    const token = randomBytes(32).toString('base64url');
    await query(
      data,
      'insert into user_account (organisation, id, name, password_hash, roles) values ($1, $2, $3, $4, $5)',
      [id, user, `${prefix}-${role}`, await noPassword, [role]],
    );
    await query(
      data,
      "insert into session (token_hash, organisation, user_id, expires_at) values ($1, $2, $3, now() + interval '1 hour')",
      [createHash('sha256').update(token).digest(), id, user],
    );
    askers.push({ name: `${role}`, role, headers: { cookie: `genehound_session=${token}` } });
  }
  for (const permission of PERMISSIONS) {
    const secret = randomUUID();
    await query(
      data,
      `insert into api_key (organisation, id, key_hash, name, permission, created_by, last_used_at)
       values ($1, $2, $3, $4, $5, $6, now() - interval '1 hour')`,
      [id, randomUUID(), secretHash(secret), `${prefix}-${permission}`, permission, 'test'],
    );
    askers.push({ name: `${permission} key`, permission, headers: { authorization: `Bearer ${secret}` } });
  }
  return { id, askers };
}

export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    const value = await ask();
    if (value !== undefined) return value;
  }
  throw new Error(`${what} did not come within a minute`);
}

export const idOf = async (data: string, sql: string): Promise<string> =>
  await until(sql, async () => {
    const { rows } = await query(data, `select id::text as id from ${sql}`);
    const id = field(rows[0], 'id');
    return id === undefined ? undefined : String(id);
  });

/** Something of everything, in the first organisation. */
export async function fill({ client, url, data }: TestServer, first: Organisation): Promise<KnownIds> {
  const hunt = await client.call('createHunt', { body: { name: `${MARKER} hunt`, targets: [{ name: MARKER }] } });
  const key = await client.call('createKey', { body: { name: `${MARKER} key`, permission: 'scan', huntId: hunt.id } });
  const scan = await deliver(url, key.secret, { name: MARKER, programs: [PROGRAM] });
  await reportOf(client, scan.id);
  const { rows } = await query(data, "select encode(sha256, 'hex') as sha256 from artifact where organisation = $1", [
    first.id,
  ]);
  const sha256 = String(field(rows[0], 'sha256'));
  const cluster = await idOf(data, `unknown_cluster where organisation = '${first.id}'`);
  const { decision } = await client.call('decide', {
    body: { kind: 'convict', artifacts: [{ sha256, layout: 'file' }], family: `${MARKER} family`, reason: MARKER },
  });
  await until('the convicted scan', async () => {
    const { verdict } = await client.call('getScan', { params: { id: scan.id } });
    return verdict === 'malicious' ? true : undefined;
  });
  const channel = await client.call('addChannel', {
    body: { name: `${MARKER} channel`, to: { kind: 'webhook', url: 'http://192.0.2.1/' }, events: ['test'] },
  });
  const source = await client.call('addSource', {
    body: { kind: 'hashes', name: `${MARKER} source`, licence: 'x', tlp: 'red', scope: 'organisation' },
  });
  const search = await client.call('saveSearch', { body: { name: `${MARKER} search`, filter: { search: MARKER } } });
  const { id: searched } = await client.call('searchCode', { body: { by: 'family', family: MARKER } });
  const receipt = await client.call('getScanReceipt', { params: { id: scan.id } });
  const user = await client.call('createUser', { body: { name: `${MARKER} user`, roles: ['viewer'] } });
  const endpoint = await idOf(data, `endpoint where organisation = '${first.id}'`);
  const { id: opened } = await client.call('changeCase', { body: { endpointId: endpoint, comment: MARKER } });
  const hold = await client.call('addHold', { body: { kind: 'endpoint', subject: endpoint, reason: MARKER } });
  const session = randomUUID();
  await query(
    data,
    "insert into session (token_hash, id, organisation, user_id, expires_at) values ($1, $2, $3, $4, now() + interval '1 hour')",
    [randomBytes(32), session, first.id, user.id],
  );
  const publisher = randomUUID();
  await query(
    data,
    "insert into publisher (organisation, id, subject, certificates, reason, created_by, generation) values ($1, $2, $3, '{}', $3, 'test', 1)",
    [first.id, publisher, MARKER],
  );
  const catalog = randomUUID();
  await query(
    data,
    `insert into catalog (organisation, id, sha256, name, members, weak_members, reason, created_by, generation)
     values ($1, $2, $4, $3, 0, 0, $3, 'test', 1)`,
    [first.id, catalog, MARKER, randomBytes(32)],
  );
  const failed = randomUUID();
  await query(
    data,
    "insert into failed_job (organisation, id, queue, data, tries, reason, failed_at) values ($1, $2, 'x', $3, 1, $4, now())",
    [first.id, failed, JSON.stringify({ organisation: first.id, scanId: scan.id }), MARKER],
  );
  return {
    id: scan.id,
    'failed-jobs': failed,
    holds: hold.id,
    // An operator may change any that is there: one that nobody has.
    organisations: randomUUID(),
    publishers: publisher,
    catalogs: catalog,
    scans: scan.id,
    analyses: scan.id,
    scanId: scan.id,
    endpointId: endpoint,
    cases: opened,
    comment: 'probe',
    endpoints: endpoint,
    families: await idOf(data, `family where organisation = '${first.id}'`),
    platform: 'linux-amd64',
    q: MARKER,
    scanner: 'download',
    hunts: hunt.id,
    huntId: hunt.id,
    keys: key.id,
    labels: await idOf(data, `label where organisation = '${first.id}'`),
    decisions: decision.id,
    'retro-hunts': await idOf(data, `retro_hunt where organisation = '${first.id}'`),
    sources: source.id,
    sourceId: source.id,
    unknown: cluster,
    channels: channel.id,
    channelId: channel.id,
    users: user.id,
    'me/sessions': session,
    sha256,
    'scans/sha256': receipt.parts[0]?.sha256 ?? '',
    layout: 'file',
    number: '0',
    scope: 'organisation',
    limit: '1',
    publicKey: randomBytes(32).toString('hex'),
    roles: '["viewer"]',
    searches: search.id,
    'code-searches': searched,
    genes: '["0123456789abcdef"]',
    filter: '{"search":"probe"}',
  };
}
