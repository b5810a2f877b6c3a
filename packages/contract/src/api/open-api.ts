import { z } from 'zod';
import { ERRORS } from '../errors.table.ts';
import { problem } from './resources.ts';
import { ROUTES, type Route, rolesFor, takesIdempotencyKey } from './routes.table.ts';

export type Json = Record<string, unknown>;

/** JSON Schema of a schema of ours. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // JSON has one kind of integer; only JavaScript needs two.
      if (zodSchema._zod.def.type === 'bigint') Object.assign(jsonSchema, { type: 'integer', minimum: 0 });
    },
  });
  return rest;
}

function parametersOf(place: 'path' | 'query', schema: z.ZodType | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties, required } = schemaOf(schema, 'input');
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || needed.includes(name),
    schema: property,
  }));
}

function bodyOf(body: Route['body']): Json {
  if (body === undefined) return {};
  const content =
    body === 'bytes'
      ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
      : { 'application/json': { schema: schemaOf(body, 'input') } };
  return { requestBody: { required: true, content } };
}

function answerOf(answer: Route['answer']): Json {
  if (answer === 'events') return { 'text/event-stream': { schema: { type: 'string' } } };
  return answer === 'bytes'
    ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
    : { 'application/json': { schema: schemaOf(answer, 'output') } };
}

function securityOf({ permission }: Route): Json[] {
  if (permission === 'none') return [];
  return permission === 'user' ? [{ session: [] }] : [{ key: [] }, { session: [] }];
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Chosen by the client, a UUID for example. The same request with the same key within a day gets the first answer, with Idempotency-Replayed: true, and does nothing.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

function operationOf(name: string, route: Route): Json {
  return {
    operationId: name,
    parameters: [
      ...parametersOf('path', route.params),
      ...parametersOf('query', route.query),
      ...(takesIdempotencyKey(route) ? [IDEMPOTENCY_KEY] : []),
    ],
    ...bodyOf(route.body),
    security: securityOf(route),
    'x-permission': route.permission,
    ...(route.permission === 'none' ? {} : { 'x-roles': rolesFor(route) }),
    responses: {
      200: { description: 'Done', content: answerOf(route.answer) },
      default: {
        description: 'Refused',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

/** OpenAPI 3.1 of /api/v1. */
export function openApi(): Json {
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries(ROUTES)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Genehound', version: '1', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      schemas: { Problem: schemaOf(problem, 'output') },
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key, or a token got with one' },
        session: { type: 'apiKey', in: 'cookie', name: 'genehound_session' },
      },
    },
    'x-errors': ERRORS,
  };
}
