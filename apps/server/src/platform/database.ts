import { AppError } from '@genehound/contract';
import { asDiskFull } from '@genehound/intake';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import type { Tables } from './tables.gen.ts';

export type Database = Kysely<Tables>;
export type Tx = Transaction<Tables>;

const INT8 = 20;
/** What closing waits for the last socket. */
const GOODBYE_MS = 2_000;

/** 64-bit columns hold sizes, counters and pids, all below 2^53; one that is not must not be rounded silently. */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The number ${text} of the database is beyond 2^53`);
  return value;
}

export interface Connection {
  readonly db: Database;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

export type Where =
  | { readonly url: string }
  | { readonly host: string; readonly user: string; readonly database: string };

/** What a query waits for its connection. */
const PATIENCE_MS = 30_000;
/** Seconds after which a database that could not be reached, or had no connection to give, is asked again. */
const BUSY_SECONDS = 5;
/** Of PostgreSQL: too many connections, starting up. Of the system: nobody listens yet, or no longer. */
const BUSY_CODES = ['53300', '57P03', 'ECONNREFUSED', 'ENOENT', 'ECONNRESET'];

/** AppError unavailable where no connection was to be had: whoever asked may ask again. Other errors as they are. */
function asBusy(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  // The pool's own words, when all of its connections were in use for too long, or a new one was not there in time; it
  // has no code for that.
  const isBusy =
    BUSY_CODES.includes(code) ||
    /timeout exceeded when trying to connect|terminated due to connection timeout/.test(error.message);
  return isBusy ? new AppError('unavailable', { details: 'its database is busy' }, BUSY_SECONDS) : error;
}

/** `onError` hears of idle connections that break; queries of their own report to their caller. */
export function connect(
  where: Where,
  connections: number,
  onError: (error: Error) => void,
  patience = PATIENCE_MS,
): Connection {
  const target =
    'url' in where ? { connectionString: where.url } : { host: where.host, user: where.user, database: where.database };
  const pool = new pg.Pool({
    ...target,
    max: connections,
    connectionTimeoutMillis: patience,
    idleTimeoutMillis: 60_000,
    application_name: 'genehound',
    // No statement of ours needs longer; a runaway must not hold a connection for ever.
    options: '-c statement_timeout=300000 -c idle_in_transaction_session_timeout=120000 -c timezone=UTC',
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === INT8 ? safeInteger : pg.types.getTypeParser(oid, format),
    },
  });
  let closing = false;
  pool.on('error', (error) => {
    if (!closing) onError(error);
  });
  const patient = {
    connect: async (): Promise<pg.PoolClient> => {
      try {
        return await pool.connect();
      } catch (error) {
        throw asBusy(error);
      }
    },
    end: () => pool.end(),
    options: pool.options,
  };
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: patient }) });
  return {
    db,
    pool,
    close: async () => {
      closing = true;
      const gone = allGone(pool);
      await db.destroy();
      // Where nothing was asked, Kysely never took the pool over.
      if (!pool.ended) await pool.end();
      await gone;
    },
  };
}

/** The pool counts a connection as gone when it has said goodbye; its socket closes a moment later. */
async function allGone(pool: pg.Pool): Promise<void> {
  let left = pool.totalCount;
  if (left === 0) return;
  await new Promise<void>((resolve) => {
    const limit = setTimeout(resolve, GOODBYE_MS);
    pool.on('remove', () => {
      left -= 1;
      if (left > 0) return;
      clearTimeout(limit);
      resolve();
    });
  });
}

/** PostgreSQL's text holds no NUL and no half of a surrogate pair; endpoints may send both. */
export function text(value: string): string {
  return value.replaceAll('\0', '\u{fffd}').toWellFormed();
}

/** A value as JSON that jsonb takes: its strings and names are made `text`. */
export function jsonText(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'string') return text(part);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([name, one]) => [text(name), one]));
  });
}

/** The bytes of a SHA-256 in hexadecimal. */
export function digest(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

const ATTEMPTS = 3;

/** True for conflicts that the same transaction, run again, may not meet. */
function isTransient(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // 23503: what a row was to name was removed meanwhile, as content that no scan named; the second try stores it anew.
  return code === '40001' || code === '40P01' || code === '23503';
}

const afterCommit = new WeakMap<Tx, (() => void)[]>();

/** Runs `action` once `tx` is committed, not at all when it is rolled back. */
export function onCommit(tx: Tx, action: () => void): void {
  const actions = afterCommit.get(tx);
  if (actions === undefined) throw new Error('This transaction was not begun by inTransaction');
  actions.push(action);
}

/**
 * One transaction; run again, up to three times, after a deadlock or serialisation conflict. AppError disk_full where
 * the database has no room.
 */
export async function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const actions: (() => void)[] = [];
    try {
      const result = await db.transaction().execute(async (tx) => {
        afterCommit.set(tx, actions);
        return await work(tx);
      });
      for (const action of actions) action();
      return result;
    } catch (error) {
      if (!isTransient(error) || attempt >= ATTEMPTS) throw asDiskFull(error);
    }
  }
}
