import type { IncomingMessage } from 'node:http';
import { AppError } from '@genehound/contract';
import type { FastifyInstance } from 'fastify';

/** Null: no limit. */
export interface Rates {
  readonly requestsPerMinute: number | null;
  readonly bytesPerHour: number | null;
}

/** Who asks: a key or a user, of an organisation. `holder` null: this machine's own programs, which are not limited. */
export interface Asker {
  readonly organisation: string;
  readonly holder: string | null;
  readonly keyId: string | null;
}

export type ReadRates = (asker: Asker) => Promise<{ readonly own: Rates; readonly organisation: Rates }>;

const MINUTE = 60;
const HOUR = 3_600;
/** Askers remembered, and who has not asked for longest is forgotten first: a full bucket again. */
const MOST = 20_000;
/** Milliseconds after which changed limits count. */
const RATES_LAST = 10_000;

interface Bucket {
  /** Below 0: bytes that came beyond what was left; what a body takes is known at its end. */
  tokens: number;
  at: number;
}

/** A map of bounded size in the order of last use. */
class Recent<T> {
  readonly #items = new Map<string, T>();
  get(key: string): T | undefined {
    const found = this.#items.get(key);
    if (found === undefined) return undefined;
    this.#items.delete(key);
    this.#items.set(key, found);
    return found;
  }
  set(key: string, value: T): void {
    this.#items.delete(key);
    this.#items.set(key, value);
    const oldest = this.#items.keys().next();
    if (this.#items.size > MOST && !oldest.done) this.#items.delete(oldest.value);
  }
}

/** One limit of one asker: so many in a window of seconds, filled up again evenly. */
interface Meter {
  readonly bucket: Bucket;
  readonly limit: number;
  readonly window: number;
}

/** Seconds until there is something, or so much, left; 0 where there is. */
function wait({ bucket, limit, window }: Meter, needed: number): number {
  return bucket.tokens >= needed ? 0 : Math.max(1, Math.ceil(((needed - bucket.tokens) * window) / limit));
}

export interface RateLimiter {
  /** Counts a request, once however often it is asked. AppError too_many_requests. */
  admit(request: IncomingMessage, asker: Asker): Promise<void>;
  /** Reads and writes the headers of the public contract, and counts bytes. Once, on the root instance. */
  install(app: FastifyInstance): void;
}

/** `now`: milliseconds. Counts in memory, bounded: a restart forgives. */
export function createRateLimiter(read: ReadRates, now: () => number = Date.now): RateLimiter {
  const buckets = new Recent<Bucket>();
  const rates = new Recent<{ readonly found: Awaited<ReturnType<ReadRates>>; readonly until: number }>();
  const admitted = new WeakMap<
    IncomingMessage,
    { readonly meters: readonly Meter[]; readonly bytes: readonly Meter[] }
  >();
  /** Bytes of a connection that are counted already. */
  const counted = new WeakMap<object, number>();

  const ratesOf = async (asker: Asker) => {
    const key = `${asker.organisation} ${asker.holder}`;
    const known = rates.get(key);
    if (known !== undefined && known.until > now()) return known.found;
    const found = await read(asker);
    rates.set(key, { found, until: now() + RATES_LAST });
    return found;
  };

  const meter = (name: string, limit: number | null, window: number): readonly Meter[] => {
    if (limit === null) return [];
    const bucket = buckets.get(name) ?? { tokens: limit, at: now() };
    bucket.tokens = Math.min(limit, bucket.tokens + ((now() - bucket.at) / 1_000) * (limit / window));
    bucket.at = now();
    buckets.set(name, bucket);
    return [{ bucket, limit, window }];
  };

  const charge = (request: IncomingMessage): void => {
    const { socket } = request;
    const bytes = socket.bytesRead - (counted.get(socket) ?? 0);
    counted.set(socket, socket.bytesRead);
    for (const { bucket } of admitted.get(request)?.bytes ?? []) bucket.tokens -= Math.max(0, bytes);
  };

  return {
    admit: async (request, asker) => {
      const { organisation, holder } = asker;
      if (holder === null || admitted.has(request)) return;
      const { own, organisation: shared } = await ratesOf(asker);
      const meters = [
        ...meter(`requests of ${holder}`, own.requestsPerMinute, MINUTE),
        ...meter(`requests of ${organisation}`, shared.requestsPerMinute, MINUTE),
      ];
      const bytes = [
        ...meter(`bytes of ${holder}`, own.bytesPerHour, HOUR),
        ...meter(`bytes of ${organisation}`, shared.bytesPerHour, HOUR),
      ];
      // What is refused is not counted, so that who waits as long as he was told is let in.
      admitted.set(request, { meters, bytes: [] });
      const seconds = Math.max(0, ...meters.map((one) => wait(one, 1)), ...bytes.map((one) => wait(one, 1)));
      if (seconds > 0) throw new AppError('too_many_requests', { seconds }, seconds);
      for (const { bucket } of meters) bucket.tokens -= 1;
      admitted.set(request, { meters, bytes });
    },
    install: (app) => {
      app.addHook('onSend', async (request, reply) => {
        const { meters = [] } = admitted.get(request.raw) ?? {};
        const [first] = meters.toSorted((a, b) => a.bucket.tokens - b.bucket.tokens);
        if (first === undefined) return;
        const full = now() / 1_000 + ((first.limit - first.bucket.tokens) * first.window) / first.limit;
        reply.headers({
          'x-ratelimit-limit': String(first.limit),
          'x-ratelimit-remaining': String(Math.max(0, Math.floor(first.bucket.tokens))),
          'x-ratelimit-reset': String(Math.ceil(full)),
        });
      });
      app.addHook('onResponse', async (request) => charge(request.raw));
      app.addHook('onRequestAbort', async (request) => charge(request.raw));
    },
  };
}
