import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { parseJson, stringifyJson } from '../json.ts';
import { problem } from './resources.ts';
import { ROUTES, type Route, type RouteName, takesIdempotencyKey } from './routes.table.ts';

type Input<R extends Route, K extends 'params' | 'query'> = R[K] extends z.ZodType ? Record<K, z.input<R[K]>> : object;
type Body<R extends Route> = R['body'] extends z.ZodType
  ? { body: z.input<R['body']> }
  : R['body'] extends 'bytes'
    ? { body: Uint8Array | Readable }
    : object;
export type CallInput<N extends RouteName> = Input<(typeof ROUTES)[N], 'params'> &
  Input<(typeof ROUTES)[N], 'query'> &
  Body<(typeof ROUTES)[N]>;
/** Of a route that answers with bytes: as they come. */
export type Answer<N extends RouteName> = (typeof ROUTES)[N]['answer'] extends infer A
  ? A extends z.ZodType
    ? z.output<A>
    : AsyncIterable<Uint8Array>
  : never;

/** A refusal of the server, or an answer that is none of ours. `status` 0: the server was not reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** `idempotencyKey`: a write that is sent again with it, since its answer was lost, is done once. */
export interface CallOptions {
  readonly idempotencyKey?: string;
}

export interface Client {
  call<N extends RouteName>(name: N, input: CallInput<N>, options?: CallOptions): Promise<Answer<N>>;
}

interface LooseInput {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

function address(base: string, route: Route, input: LooseInput): string {
  const path = route.path.replaceAll(/:(\w+)/g, (_whole, name: string) =>
    encodeURIComponent(String(input.params?.[name] ?? '')),
  );
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
  }
  return url.href;
}

function requestOf(route: Route, input: LooseInput, key: string | undefined, options: CallOptions): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (key !== undefined) headers['authorization'] = `Bearer ${key}`;
  if (options.idempotencyKey !== undefined && takesIdempotencyKey(route))
    headers['idempotency-key'] = options.idempotencyKey;
  const init: RequestInit & { duplex?: 'half' } = { method: route.method, headers, credentials: 'same-origin' };
  if (route.body === 'bytes') {
    headers['content-type'] = 'application/octet-stream';
    init.body = input.body as NonNullable<RequestInit['body']>;
    init.duplex = 'half';
  } else if (route.body !== undefined) {
    headers['content-type'] = 'application/json';
    init.body = stringifyJson(input.body);
  }
  return init;
}

async function answerOf(route: Route, response: Response): Promise<unknown> {
  if ((route.answer === 'bytes' || route.answer === 'events') && response.ok) return response.body ?? [];
  const text = await response.text();
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw new ApiError(
      response.status,
      'not_json',
      `The server answered ${response.status} without JSON; is this address a Genehound server?`,
    );
  }
  if (!response.ok) {
    const refusal = problem.partial().safeParse(value);
    const data = refusal.success ? refusal.data : {};
    throw new ApiError(
      response.status,
      data.code ?? 'unknown',
      data.detail ?? data.error ?? `The server answered ${response.status}`,
    );
  }
  if (route.answer === 'bytes' || route.answer === 'events')
    throw new ApiError(response.status, 'not_bytes', 'The server answered without bytes');
  return route.answer.parse(value);
}

/**
 * The typed client of /api/v1, the only way in for the command line and the console.
 * `base`: host root. `key`: API key; without it the browser's session cookie speaks.
 */
export function createClient(base: string, key?: string): Client {
  return {
    async call<N extends RouteName>(name: N, input: CallInput<N>, options: CallOptions = {}): Promise<Answer<N>> {
      const route: Route = ROUTES[name];
      const parts: LooseInput = input as LooseInput;
      let response: Response;
      try {
        response = await fetch(address(base, route, parts), requestOf(route, parts, key, options));
      } catch (error) {
        const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
        throw new ApiError(0, 'unreachable', `The server at ${base} cannot be reached: ${reason}`);
      }
      return (await answerOf(route, response)) as Answer<N>;
    },
  };
}
