import type { Log } from '@genehound/intake';
import { fromKysely, type Job, type JobResult, PgBoss } from 'pg-boss';
import type { z } from 'zod';
import { type Connection, onCommit, type Tx } from './database.ts';

/**
 * A kind of background work. Its data are keys alone, never content; its handler is idempotent, since a job may run
 * again after a crash or beside a twin.
 */
export interface Queue<T> {
  readonly name: string;
  readonly data: z.ZodType<T>;
  /** Tries beyond the first, two seconds apart and doubling. */
  readonly retries: number;
  /** A run longer than this counts as failed. */
  readonly seconds: number;
  /**
   * Where one run stands for many orders: of items with the same key at most one waits, and it runs this many seconds
   * after it was ordered. What an order is about must be committed before the transaction that enqueues it.
   */
  readonly coalesce?: { readonly key: (item: T) => string; readonly seconds: number };
}

interface WorkOptions<T> {
  /** Handlers at the same time. */
  readonly concurrency: number;
  /** Items that one call of the handler may get. */
  readonly batch: number;
  /** Told of an item whose last try failed, so that what waits for it is not left waiting. */
  readonly onGivenUp?: (item: T, error: unknown) => Promise<void>;
  /** Told, with the transaction, of an item that was given up and is ordered again: undoes what onGivenUp did. */
  readonly onAgain?: (tx: Tx, item: T) => Promise<void>;
}

/** `signal` aborts when the jobs are asked to stop: what would take longer than the stop waits ends then by itself. */
type Handler<T> = (items: readonly T[], signal: AbortSignal) => Promise<void>;

/** A job whose last try failed. */
export interface FailedInQueue {
  readonly id: string;
  readonly queue: string;
  readonly data: unknown;
  readonly tries: number;
  readonly reason: string;
  readonly failed_at: string;
}

export interface Jobs {
  /** Enqueues with the transaction: the jobs are there when it commits, and not when it does not. */
  enqueue<T extends object>(tx: Tx, queue: Queue<T>, items: readonly T[], priority?: number): Promise<void>;
  /** Before start: who works on a queue. When the handler throws for several items, each is tried alone. */
  work<T extends object>(queue: Queue<T>, options: WorkOptions<T>, handler: Handler<T>): void;
  /** Orders what a failed job was about once more; false where this version has no such work or cannot read it. */
  again(tx: Tx, queue: string, data: unknown): Promise<boolean>;
  /**
   * The jobs that failed for good within the last hour, which is how long the queue keeps them. Who was cut off by its
   * time limit is given up here.
   */
  failed(): Promise<readonly FailedInQueue[]>;
  /** Where it throws, nothing runs. */
  start(): Promise<void>;
  /** Waits for running handlers, `milliseconds` at most; what is cut off runs again at the next start. */
  stop(milliseconds: number): Promise<void>;
}

const SCHEMA = 'pgboss';
const UNREADABLE = 'Its data are those of another version';
/** Failed jobs that are looked at in one go. */
const MOST_FAILED = 1_000;
/** Safety net only: enqueuing wakes the workers of this process at once. */
const POLL_SECONDS = 2;

/** What creating and draining a queue needs, whatever its items are. */
type QueueSettings = Pick<Queue<never>, 'name' | 'retries' | 'seconds'> & { readonly coalesces: boolean };

interface Registration {
  readonly queue: QueueSettings;
  readonly concurrency: number;
  readonly batch: number;
  readonly run: (jobs: readonly RunningJob[]) => Promise<JobResult[]>;
  readonly giveUp: (data: unknown, reason: string) => Promise<void>;
  readonly again: (tx: Tx, data: unknown) => Promise<boolean>;
}

interface Surroundings extends Pick<Jobs, 'enqueue'> {
  readonly log: Log;
  /** Aborts when the jobs are asked to stop. */
  readonly stopping: AbortSignal;
}

type RunningJob = Job<unknown> & { readonly retryCount: number; readonly retryLimit: number };

function runnerOf<T extends object>(
  queue: Queue<T>,
  options: WorkOptions<T>,
  handler: Handler<T>,
  { log, stopping }: Pick<Surroundings, 'log' | 'stopping'>,
): Registration['run'] {
  const alone = async (job: RunningJob, item: T): Promise<JobResult> => {
    try {
      await handler([item], stopping);
      return { id: job.id, status: 'completed' };
    } catch (error) {
      const last = job.retryCount >= job.retryLimit;
      log.error({ err: error, queue: queue.name, job: job.id, tries: job.retryCount + 1, last }, 'job failed');
      if (last) await options.onGivenUp?.(item, error);
      return {
        id: job.id,
        status: 'failed',
        output: { message: error instanceof Error ? error.message : String(error), givenUp: last },
      };
    }
  };
  return async (jobs) => {
    const results: JobResult[] = [];
    const good: { job: RunningJob; item: T }[] = [];
    for (const job of jobs) {
      const parsed = queue.data.safeParse(job.data);
      if (parsed.success) good.push({ job, item: parsed.data });
      else {
        // Of another version of the program; trying again would not change it.
        log.error({ queue: queue.name, job: job.id }, 'job with unreadable data dropped');
        results.push({ id: job.id, status: 'deadletter', output: { message: UNREADABLE, givenUp: true } });
      }
    }
    if (good.length > 1) {
      try {
        await handler(
          good.map(({ item }) => item),
          stopping,
        );
        return [...results, ...good.map(({ job }): JobResult => ({ id: job.id, status: 'completed' }))];
      } catch (error) {
        log.warn({ err: error, queue: queue.name, items: good.length }, 'batch failed, trying each alone');
      }
    }
    for (const { job, item } of good) results.push(await alone(job, item));
    return results;
  };
}

async function createQueue(boss: PgBoss, queue: QueueSettings): Promise<void> {
  const options = {
    retryLimit: queue.retries,
    retryDelay: 2,
    retryBackoff: true,
    expireInSeconds: queue.seconds,
    deleteAfterSeconds: 3_600,
    retentionSeconds: 90 * 86_400,
  };
  await boss.createQueue(queue.name, { ...options, policy: queue.coalesces ? 'short' : 'standard' });
  await boss.updateQueue(queue.name, options);
}

/**
 * Jobs that were running when the last process was killed run again now rather than when they expire. The data
 * directory's lock says that nobody else runs them.
 */
async function releaseAbandoned(boss: PgBoss, connection: Connection, queue: string): Promise<number> {
  const { rows } = await connection.pool.query<{ id: string }>(
    `select id from ${SCHEMA}.job where name = $1 and state = 'active'`,
    [queue],
  );
  const ids = rows.map((row) => row.id);
  for (const id of ids) {
    await boss.cancel(queue, id);
    try {
      await boss.resume(queue, id);
    } catch (error) {
      // A twin with its key waits already and stands for it.
      if (!(error instanceof Error && 'code' in error && error.code === '23505')) throw error;
    }
  }
  return ids.length;
}

interface FailedRow extends FailedInQueue {
  /** The handler failed by itself, and whoever waits was told. */
  readonly told: boolean;
}

async function readFailed({ pool }: Connection): Promise<readonly FailedRow[]> {
  const { rows } = await pool.query<FailedRow>(
    `select id, name as queue, data, retry_count + 1 as tries, completed_on::text as failed_at,
       coalesce(output ->> 'message', output -> 'value' ->> 'message', 'No reason is known') as reason,
       coalesce((output ->> 'givenUp')::boolean, false) as told
     from ${SCHEMA}.job where state = 'failed' order by completed_on desc limit ${MOST_FAILED}`,
  );
  return rows;
}

function registrationOf<T extends object>(
  queue: Queue<T>,
  options: WorkOptions<T>,
  handler: Handler<T>,
  surroundings: Surroundings,
): Registration {
  const { enqueue } = surroundings;
  const { name, retries, seconds } = queue;
  return {
    queue: { name, retries, seconds, coalesces: queue.coalesce !== undefined },
    concurrency: options.concurrency,
    batch: options.batch,
    run: runnerOf(queue, options, handler, surroundings),
    giveUp: async (data, reason) => {
      const parsed = queue.data.safeParse(data);
      if (parsed.success) await options.onGivenUp?.(parsed.data, new Error(reason));
    },
    again: async (tx, data) => {
      const parsed = queue.data.safeParse(data);
      if (!parsed.success) return false;
      await options.onAgain?.(tx, parsed.data);
      await enqueue(tx, queue, [parsed.data]);
      return true;
    },
  };
}

/** Ids of the workers of one queue, under way. */
async function startWorkers(boss: PgBoss, { queue, concurrency, batch, run }: Registration): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < concurrency; index += 1) {
    const options = {
      batchSize: batch,
      includeMetadata: true,
      perJobResults: true,
      pollingIntervalSeconds: POLL_SECONDS,
    } as const;
    const id: string = await boss.work<unknown, unknown, typeof options>(queue.name, options, async (jobs) => {
      const results = await run(jobs);
      // A queue with work is drained without waiting between fetches.
      boss.notifyWorker(id);
      return results;
    });
    ids.push(id);
  }
  return ids;
}

/** pg-boss in the same database as our rows: polling and SKIP LOCKED, no LISTEN/NOTIFY. */
export function createJobs(connection: Connection, log: Log): Jobs {
  const boss = new PgBoss({
    schema: SCHEMA,
    db: { executeSql: (sql, values) => connection.pool.query(sql, values) },
    schedule: false,
    registerInstance: false,
    monitorVacuum: false,
  });
  boss.on('error', (error) => log.error({ err: error }, 'job queue error'));
  const registrations = new Map<string, Registration>();
  const workers = new Map<string, string[]>();
  const stopping = new AbortController();
  /** Jobs that were cut off, and whoever waits was told. */
  const toldHere = new Set<string>();
  const wake = (queue: string): void => {
    for (const worker of workers.get(queue) ?? []) boss.notifyWorker(worker);
  };

  const enqueue: Jobs['enqueue'] = async (tx, queue, items, priority = 0) => {
    if (items.length === 0) return;
    const { coalesce } = queue;
    const later = (item: (typeof items)[number]) =>
      coalesce === undefined ? {} : { singletonKey: coalesce.key(item), startAfter: coalesce.seconds };
    const orders = items.map((data) => ({ data, priority, ...later(data) }));
    await boss.insert(queue.name, orders, { db: fromKysely(tx) });
    onCommit(tx, () => wake(queue.name));
  };

  return {
    enqueue,
    again: async (tx, name, data) => (await registrations.get(name)?.again(tx, data)) ?? false,
    failed: async () => {
      const rows = await readFailed(connection);
      for (const { id, queue, data, reason, told } of rows) {
        if (told || toldHere.has(id)) continue;
        await registrations.get(queue)?.giveUp(data, reason);
        toldHere.add(id);
      }
      const standing = new Set(rows.map(({ id }) => id));
      for (const id of toldHere) if (!standing.has(id)) toldHere.delete(id);
      return rows.map(({ told: _told, ...row }) => row);
    },
    work: (queue, options, handler) => {
      if (registrations.has(queue.name)) throw new Error(`The queue ${queue.name} has a worker already`);
      registrations.set(
        queue.name,
        registrationOf(queue, options, handler, { log, enqueue, stopping: stopping.signal }),
      );
    },
    start: async () => {
      await boss.start();
      try {
        for (const { queue } of registrations.values()) {
          await createQueue(boss, queue);
          const released = await releaseAbandoned(boss, connection, queue.name);
          if (released > 0) log.info({ queue: queue.name, released }, 'jobs of the last run continue');
        }
        for (const [name, registration] of registrations) workers.set(name, await startWorkers(boss, registration));
      } catch (error) {
        // Whoever hears of it closes the database, which would be polled on.
        await boss.stop({ graceful: false, close: false });
        throw error;
      }
    },
    stop: async (milliseconds) => {
      stopping.abort();
      await boss.stop({ graceful: true, timeout: milliseconds, close: false });
    },
  };
}
