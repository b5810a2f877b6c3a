import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '@genehound/intake';
import pg from 'pg';
import { findPostmaster, isAlive } from './postmaster.ts';
import { type EmbeddedPostgres, startEmbedded } from './supervisor.ts';

const log = createLog('silent');
let base = '';
before(async () => {
  base = await mkdtemp(join(tmpdir(), 'genehound-pg-'));
  await chmod(base, 0o711);
});
after(async () => await rm(base, { recursive: true, force: true }));

async function ask<T>(server: EmbeddedPostgres, sql: string): Promise<T | undefined> {
  const client = new pg.Client({ host: server.host, user: server.user, database: 'postgres' });
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return rows[0];
  } finally {
    await client.end();
  }
}

const PROGRAM = `
  const { startEmbedded } = await import(process.argv[1]);
  const { createLog } = await import(process.argv[2]);
  const server = await startEmbedded(process.argv[3], createLog('silent'));
  process.stdout.write(String(server.pid()));
  process.stdin.resume();
`;

/** A process that started PostgreSQL and was killed; PostgreSQL's pid, which is left behind. */
async function startAndDie(root: string): Promise<number> {
  const urls = [new URL('./supervisor.ts', import.meta.url).href, import.meta.resolve('@genehound/intake')];
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, ...urls, root], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [chunk] = await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return Number(String(chunk));
}

test('it listens on a socket of ours alone, is durable, sorts by code point, and stops clean', async () => {
  const root = join(base, 'plain');
  const server = await startEmbedded(root, log);
  try {
    assert.equal(server.adopted, false);
    const row = await ask<Record<string, string>>(
      server,
      `select current_setting('listen_addresses') as tcp, current_setting('fsync') as fsync, current_setting('jit') as jit,
         current_setting('server_encoding') as encoding, current_setting('data_checksums') as checksums,
         ('a' < 'B')::text as folded, lower('ÄÖ') as lower`,
    );
    assert.deepEqual(row, {
      tcp: '',
      fsync: 'on',
      jit: 'off',
      encoding: 'UTF8',
      checksums: 'on',
      folded: 'false',
      lower: 'äö',
    });
    assert.equal((await stat(server.host)).mode & 0o777, 0o700);
    assert.equal((await stat(join(root, 'cluster'))).mode & 0o777, 0o700);
  } finally {
    await server.stop();
  }
  assert.equal(await isAlive(server.pid()), false);
  assert.equal(await findPostmaster(join(root, 'cluster')), null);
});

test('after kill -9 of its parent it goes on and is taken over with its data', async () => {
  const root = join(base, 'adopt');
  const left = await startAndDie(root);
  assert.equal(await isAlive(left), true);
  const server = await startEmbedded(root, log);
  try {
    assert.deepEqual([server.adopted, server.pid()], [true, left]);
    await ask(server, 'create table kept as select 42 as value');
  } finally {
    await server.stop();
  }
  const next = await startEmbedded(root, log);
  try {
    assert.equal(next.adopted, false);
    assert.deepEqual(await ask(next, 'select value from kept'), { value: 42 });
  } finally {
    await next.stop();
  }
});

test('killed itself, it is started again and has what was committed', async () => {
  const server = await startEmbedded(join(base, 'plain'), log);
  try {
    await ask(server, 'create table committed as select 7 as value');
    const killed = server.pid();
    process.kill(killed, 'SIGKILL');
    let row: unknown;
    for (const end = Date.now() + 60_000; row === undefined && Date.now() < end; await sleep(50)) {
      row = await ask(server, 'select value from committed').catch(() => undefined);
    }
    assert.deepEqual(row, { value: 7 });
    assert.notEqual(server.pid(), killed);
  } finally {
    await server.stop();
  }
});

test('a cluster of another major version is refused in a sentence, untouched', async () => {
  const root = join(base, 'major');
  await mkdir(join(root, 'cluster'), { recursive: true });
  await writeFile(join(root, 'cluster', 'PG_VERSION'), '12\n');
  await assert.rejects(startEmbedded(root, log), /is of PostgreSQL 12, this program brings 18/);
  assert.equal(await readFile(join(root, 'cluster', 'PG_VERSION'), 'utf8'), '12\n');
});

test('a path too long for a socket gets one elsewhere, for this directory alone', async () => {
  const root = join(base, 'x'.repeat(90));
  const server = await startEmbedded(root, log);
  try {
    assert.equal(server.host.startsWith(root), false);
    assert.equal((await stat(server.host)).mode & 0o777, 0o700);
    assert.ok(await ask(server, 'select 1'));
  } finally {
    await server.stop();
    await rm(server.host, { recursive: true, force: true });
  }
});

test('below a directory that other users cannot enter, as root', {
  skip: process.getuid?.() !== 0 && 'only root changes users',
}, async () => {
  const closed = join(base, 'closed');
  await mkdir(closed, { mode: 0o700 });
  const server = await startEmbedded(join(closed, 'data', 'postgres'), log);
  try {
    assert.ok(await ask(server, 'select 1'));
    const status = await readFile(`/proc/${server.pid()}/status`, 'utf8');
    assert.match(status, /^CapEff:\t0{15}4$/m, 'CAP_DAC_READ_SEARCH and nothing else');
    assert.doesNotMatch(status, /^Uid:\t0/m);
  } finally {
    await server.stop();
  }
});
