import { z } from 'zod';
import { problem } from '../src/api/resources.ts';
import { ROUTES, type Route, rolesFor, takesIdempotencyKey } from '../src/api/routes.table.ts';
import { ERRORS } from '../src/errors.table.ts';
import { huntReport } from '../src/hunt-report.ts';
import { SCAN_MESSAGES } from '../src/scan/messages.table.ts';

/** The documents that are made from the contract. Each is committed; a test says when one is stale. */

type Json = Record<string, unknown>;

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
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

/** JSON Schema of every message of a scan, by name; the Go scanner is checked against it. */
export function scanMessageSchemas(): Json {
  const messages: Json = {};
  for (const [name, message] of Object.entries(SCAN_MESSAGES)) {
    messages[name] = { ...schemaOf(message.schema, 'input'), 'x-route': message.route, 'x-file': message.file };
  }
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: messages };
}

export function huntReportSchema(): Json {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', ...schemaOf(huntReport, 'output') };
}

const root = new URL('../../../', import.meta.url);

export const DOCUMENTS: readonly { readonly url: URL; readonly make: () => Json }[] = [
  { url: new URL('docs/api/openapi.json', root), make: openApi },
  { url: new URL('docs/api/scan-messages.schema.json', root), make: scanMessageSchemas },
  { url: new URL('docs/api/hunt-report.schema.json', root), make: huntReportSchema },
];

export function textOf(document: Json): string {
  return `${JSON.stringify(document, null, 1)}\n`;
}
