import { setTimeout as sleep } from 'node:timers/promises';
import { parseJson, type Route, stringifyJson } from '@genehound/contract';
import { z } from 'zod';
import { type Reply, send } from './scan-client.ts';

/** The least input that a route takes, made from its schemas, with ids of somebody else's things in every place. */

type Json = Readonly<Record<string, unknown>>;
/** By the name of a property, and by the first word of a path for its `:id`, by both where several are called so. */
export type KnownIds = Readonly<Record<string, string>>;

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? { ...value } : {});

/** A known list or object is written as JSON; another known value is none of a list's. */
function listOf(known: string, schema: Json, ids: KnownIds): unknown {
  if (known.startsWith('[')) return JSON.parse(known);
  const length = Number(schema['minItems'] ?? 0);
  return Array.from({ length }, () => sampleOf('', object(schema['items']), ids));
}

function sampleOf(name: string, schema: Json, ids: KnownIds): unknown {
  const known = ids[name];
  if (known?.startsWith('{')) return JSON.parse(known);
  if (known !== undefined) return schema['type'] === 'array' ? listOf(known, schema, ids) : known;
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const [first] = Array.isArray(schema[key]) ? schema[key] : [];
    if (first !== undefined) return sampleOf(name, object(first), ids);
  }
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  if (schema['type'] === 'object' || 'properties' in schema) return objectOf(schema, ids);
  if (schema['type'] === 'array') return listOf('', schema, ids);
  if (schema['type'] === 'integer' || schema['type'] === 'number')
    return Math.max(1, Number(schema['minimum'] ?? 0), Number(schema['exclusiveMinimum'] ?? 0) + 1);
  if (schema['type'] === 'boolean') return false;
  if (schema['format'] === 'uuid') return ids['id'];
  if (schema['format'] === 'date-time') return '2026-01-01T00:00:00.000Z';
  if (schema['format'] === 'email') return 'a@example.org';
  if (schema['format'] === 'uri') return 'http://192.0.2.1/';
  return 'probe'.padEnd(Math.min(Number(schema['minLength'] ?? 0), 2_000), '.');
}

/** What must be there, and what may be and names something that is known. */
function objectOf(schema: Json, ids: KnownIds): Json {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const made: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(object(schema['properties']))) {
    if (required.includes(name) || ids[name] !== undefined) made[name] = sampleOf(name, object(part), ids);
  }
  return made;
}

function inputOf(what: string, schema: z.ZodType, ids: KnownIds): Json {
  const made = object(sampleOf('', z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), ids));
  const parsed = schema.safeParse(made);
  if (parsed.success) return made;
  throw new Error(
    `No input is known for ${what}: ${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}. ` +
      'Name a value for it in the ids of organisations.test.ts, so that this route is asked, too.',
  );
}

export interface RouteInput {
  readonly path: string;
  readonly body: string;
  /** Everything that is sent: what an answer may well repeat. */
  readonly sent: string;
}

/** Throws an Error that says what to add where a route's input cannot be guessed. */
export function routeInput(name: string, route: Route, ids: KnownIds): RouteInput {
  const [, , , first = '', second = ''] = route.path.split('/');
  const id = ids[`${first}/${second}`] ?? ids[first];
  let path = route.path.replaceAll(/:(\w+)/g, (_whole, part: string) => {
    const value = part === 'id' ? id : (ids[`${first}/${part}`] ?? ids[part]);
    if (value === undefined)
      throw new Error(`Name what :${part} of ${route.path} is in the ids of organisations.test.ts (key "${first}").`);
    return encodeURIComponent(value);
  });
  if (route.query !== undefined) {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(inputOf(`the query of ${name}`, route.query, ids)))
      query.set(key, String(value));
    path += `?${query.toString()}`;
  }
  const isJson = route.body !== undefined && route.body !== 'bytes';
  const body = isJson ? stringifyJson(inputOf(`the body of ${name}`, route.body, ids)) : '';
  return { path, body, sent: path + body };
}

type Heard = Pick<Reply, 'status' | 'text' | 'body'>;

/** What a stream without an end says at once. */
async function listen(url: string, headers: Readonly<Record<string, string>>): Promise<Heard> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) });
  if (!response.ok) {
    const text = await response.text();
    return { status: response.status, text, body: parseJson(text) };
  }
  const reader = response.body?.getReader();
  const piece = await Promise.race([reader?.read(), sleep(300)]);
  await reader?.cancel();
  return { status: response.status, text: Buffer.from(piece?.value ?? []).toString(), body: null };
}

export async function askRoute(
  base: string,
  route: Route,
  headers: Readonly<Record<string, string>>,
  input: Pick<RouteInput, 'path' | 'body'>,
): Promise<Heard> {
  if (route.answer === 'events') return await listen(base + input.path, headers);
  const type = route.body === 'bytes' ? 'application/octet-stream' : 'application/json';
  return await send(base + input.path, {
    method: route.method,
    headers: { 'content-type': type, ...headers },
    body: input.body,
  });
}
