import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Answer,
  AppError,
  type Permission,
  ROUTES,
  type Route,
  type RouteName,
  stringifyJson,
  takesIdempotencyKey,
} from '@genehound/contract';
import { bearerOf, bodyStream, InvalidMessage, parseBoundedJson, readBody, takeBodiesRaw } from '@genehound/intake';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { checkAnswer } from './check-answer.ts';
import type { Once } from './idempotency.ts';
import { admits, askerOf, type Principal } from './principal.ts';
import type { RateLimiter } from './rate-limits.ts';

type Part<R extends Route, K extends 'params' | 'query'> = R[K] extends z.ZodType
  ? z.output<R[K]>
  : Record<string, never>;
type BodyOf<R extends Route> = R['body'] extends z.ZodType
  ? z.output<R['body']>
  : R['body'] extends 'bytes'
    ? Readable
    : undefined;
type PrincipalOf<R extends Route> = R['permission'] extends Permission | 'user' ? Principal : Principal | null;

/** A cookie of the browser: what came, and what the answer sets. */
interface CookiePort {
  readonly token: string | null;
  set(token: string, expiresAt: Date): void;
  clear(): void;
}

interface ApiRequest<N extends RouteName> {
  readonly principal: PrincipalOf<(typeof ROUTES)[N]>;
  readonly params: Part<(typeof ROUTES)[N], 'params'>;
  readonly query: Part<(typeof ROUTES)[N], 'query'>;
  readonly body: BodyOf<(typeof ROUTES)[N]>;
  readonly address: string;
  /** As it names itself: a claim, of bounded length. */
  readonly browser: string;
  /** Of the stream of events: the last one that the reader has. */
  readonly lastEventId: string | null;
  readonly session: CookiePort;
  /** Of a sign-in that goes by way of a provider. */
  readonly flow: CookiePort;
}

type Handler<N extends RouteName> = (request: ApiRequest<N>) => Promise<Answer<N>>;
/** One handler a row of the route table: a route without a handler does not compile. */
export type Handlers = { readonly [N in RouteName]: Handler<N> };

/** Who asks, or null for nobody. AppError bad_key for a key that is given and wrong. */
export type Authenticate = (credentials: {
  readonly bearer: string | null;
  readonly session: string | null;
  readonly address: string;
}) => Promise<Principal | null>;

const SESSION_COOKIE = 'genehound_session';
const FLOW_COOKIE = 'genehound_flow';
/** Bodies of JSON; the largest is a list of 10,000 hashes. */
const JSON_LIMIT = 2_097_152;
/** Bodies of bytes: one artifact and the overhead of its transport. */
const BYTES_LIMIT = 157_286_400;
/** Milliseconds in which who listens is asked again for his rights: a stream outlives a key or session by no more. */
const WATCH = 2_000;

function cookiePort(name: string, request: FastifyRequest, reply: FastifyReply): CookiePort {
  const options = { path: '/', httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' } as const;
  return {
    token: request.cookies[name] ?? null,
    set: (token, expires) => void reply.setCookie(name, token, { ...options, expires }),
    clear: () => void reply.clearCookie(name, options),
  };
}

/**
 * The cookie is SameSite=Strict already; a browser that tells where a request comes from must tell this site.
 * Requests with a key cannot be forged by another site, since no browser adds the key.
 */
function refuseForeignSite(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new AppError('forbidden');
  const origin = request.headers.origin;
  if (origin === undefined) return;
  if (URL.parse(origin)?.host !== request.host) throw new AppError('forbidden');
}

async function authorise(
  route: Route,
  request: FastifyRequest,
  session: string | null,
  authenticate: Authenticate,
): Promise<Principal | null> {
  const bearer = request.headers.authorization === undefined ? null : bearerOf(request);
  const principal = await authenticate({ bearer, session: bearer === null ? session : null, address: request.ip });
  if (bearer === null && route.method !== 'GET') refuseForeignSite(request);
  if (route.permission === 'none') return principal;
  if (principal === null) throw new AppError('not_signed_in');
  if (!admits(route, principal)) throw new AppError('forbidden');
  if (principal.session?.mustChangePassword === true && route.duringSetUp !== true)
    throw new AppError('password_change_needed');
  return principal;
}

function check(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InvalidMessage(parsed.error);
  return parsed.data;
}

const NOTHING = new Uint8Array();

/** What came, and what it says. */
async function bodyOf(
  route: Route,
  request: FastifyRequest,
): Promise<{ readonly value: unknown; readonly raw: Uint8Array }> {
  if (route.body === 'bytes') return { value: bodyStream(request.raw, route.bytesLimit ?? BYTES_LIMIT), raw: NOTHING };
  if (route.body === undefined) return { value: undefined, raw: NOTHING };
  const raw = await readBody(request.raw, JSON_LIMIT);
  return { value: check(route.body, parseBoundedJson(raw)), raw };
}

function idempotencyKeyOf(route: Route, request: FastifyRequest): string | null {
  const given = request.headers['idempotency-key'];
  return typeof given === 'string' && takesIdempotencyKey(route) ? given : null;
}

async function sendStream(route: Route, reply: FastifyReply, answer: unknown, authorised: () => Promise<unknown>) {
  if (route.answer === 'events') {
    // Proxies would keep messages back until there are enough of them.
    reply.header('x-accel-buffering', 'no');
    void watch(answer as Readable, authorised);
    await reply.type('text/event-stream').send(answer);
    return;
  }
  // A fault on the way breaks the connection off, so that nobody takes a part for the whole.
  const bytes = Readable.from(answer as AsyncIterable<Uint8Array>, { objectMode: false });
  await reply.type('application/octet-stream').send(bytes);
}

function lastEventOf(request: FastifyRequest): string | null {
  const given = request.headers['last-event-id'];
  return typeof given === 'string' ? given.slice(0, 100) : null;
}

type LooseHandler = (request: {
  readonly principal: Principal | null;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly address: string;
  readonly browser: string;
  readonly lastEventId: string | null;
  readonly session: CookiePort;
  readonly flow: CookiePort;
}) => Promise<unknown>;

/** RFC 9457, with the code of our table and the `error` of the public contract. */
async function problemHandler(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const refusal = error instanceof AppError ? error : null;
  const foreign = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  let status = refusal?.status ?? 500;
  let code: string = refusal?.code ?? 'internal';
  let detail = refusal?.message ?? '';
  if (refusal === null && foreign >= 400 && foreign < 500) {
    status = foreign;
    code = 'bad_request';
    detail = error instanceof Error ? error.message : '';
  } else if (refusal === null) {
    const id = randomUUID();
    request.log.error({ err: error, id, route: request.routeOptions.url }, 'request failed');
    detail = new AppError('internal', { id }).message;
  }
  if (refusal?.retryAfter !== undefined) reply.header('retry-after', String(refusal.retryAfter));
  if (!request.raw.complete) reply.header('connection', 'close');
  const problem = { type: `urn:genehound:error:${code}`, title: code, status, code, detail, error: detail };
  await reply.code(status).type('application/problem+json').send(stringifyJson(problem));
}

/** Breaks a stream without an end off once its reader may not listen any more, or nobody can say whether he may. */
async function watch(stream: Readable, authorised: () => Promise<unknown>): Promise<void> {
  while (!stream.destroyed) {
    await sleep(WATCH, undefined, { ref: false });
    if (!stream.destroyed) await authorised().catch(() => stream.destroy());
  }
}

/** A Fastify plugin: every row of the route table, with its permission checked before anything is read. */
export async function api(
  app: FastifyInstance,
  options: {
    readonly handlers: Handlers;
    readonly authenticate: Authenticate;
    readonly once: Once;
    readonly limiter: RateLimiter;
    readonly checkAnswers: boolean;
  },
): Promise<void> {
  takeBodiesRaw(app);
  app.setErrorHandler(problemHandler);
  for (const [name, row] of Object.entries(ROUTES)) {
    const route: Route = row;
    // The table and the map have the same names by their types, which a loop over names cannot follow.
    const handler = options.handlers[name as RouteName] as LooseHandler;
    app.route({
      method: route.method,
      url: route.path,
      // A stream without a body has nobody who reads it.
      exposeHeadRoute: route.answer !== 'events',
      handler: async (request, reply) => {
        const session = cookiePort(SESSION_COOKIE, request, reply);
        const authorised = () => authorise(route, request, session.token, options.authenticate);
        const principal = await authorised();
        if (principal !== null) await options.limiter.admit(request.raw, askerOf(principal));
        const body = await bodyOf(route, request);
        const asked = {
          principal,
          params: route.params === undefined ? {} : check(route.params, request.params),
          query: route.query === undefined ? {} : check(route.query, request.query),
          body: body.value,
          address: request.ip,
          browser: (request.headers['user-agent'] ?? '').slice(0, 300),
          lastEventId: lastEventOf(request),
          session,
          flow: cookiePort(FLOW_COOKIE, request, reply),
        };
        reply.header('cache-control', 'no-store');
        if (route.answer === 'events' || route.answer === 'bytes')
          return await sendStream(route, reply, await handler(asked), authorised);
        const work = async () => {
          const text = stringifyJson(await handler(asked));
          if (options.checkAnswers) checkAnswer(name, route, text);
          return text;
        };
        const key = idempotencyKeyOf(route, request);
        if (key === null || principal === null) return await reply.type('application/json').send(await work());
        const { method, url } = request;
        const done = await options.once({ principal, key, method, url, body: body.raw }, work);
        if (done.isReplay) reply.header('idempotency-replayed', 'true');
        await reply.type('application/json').send(done.text);
      },
    });
  }
}
