import { openApi } from '@genehound/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

/** The contract as a page to read: no script, no style from elsewhere, and nothing that came from an endpoint. */

const operation = z.looseObject({
  operationId: z.string(),
  'x-permission': z.string(),
  'x-roles': z.array(z.string()).default([]),
  parameters: z.array(
    z.looseObject({
      name: z.string(),
      in: z.string(),
      required: z.boolean(),
      description: z.string().default(''),
      schema: z.unknown(),
    }),
  ),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })) }).optional(),
  responses: z.looseObject({
    200: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })) }),
  }),
});
type Operation = z.output<typeof operation>;

const STYLE = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.875rem; }
pre { overflow: auto; padding: 0.75rem; border: 1px solid #8886; border-radius: 4px; }
nav ul { columns: 16rem; list-style: none; padding: 0; }
section { border-top: 1px solid #8886; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 1rem 0.25rem 0; }
:root { color-scheme: light dark; }
`;

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function schemaText(schema: unknown): string {
  return `<pre><code>${html(JSON.stringify(schema, null, 2))}</code></pre>`;
}

function whoMay({ 'x-permission': permission, 'x-roles': roles }: Operation): string {
  if (permission === 'none') return 'Anybody.';
  const signedIn = `Signed in: ${roles.join(', ')}.`;
  return permission === 'user' ? signedIn : `Keys: ${permission} or above. ${signedIn}`;
}

function parametersOf({ parameters }: Operation): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(
    (one) =>
      `<tr><th scope="row"><code>${html(one.name)}</code></th><td>${html(one.in)}${one.required ? ', required' : ''}</td>
<td>${html(one.description)} <code>${html(JSON.stringify(one.schema))}</code></td></tr>`,
  );
  return `<table><caption>Parameters</caption>${rows.join('')}</table>`;
}

function contentOf(title: string, content: Readonly<Record<string, { readonly schema: unknown }>>): string {
  return Object.entries(content)
    .map(([type, { schema }]) => `<details><summary>${title}: ${html(type)}</summary>${schemaText(schema)}</details>`)
    .join('');
}

function sectionOf(method: string, path: string, one: Operation): string {
  return `<section id="${html(one.operationId)}"><h3><code>${method.toUpperCase()} ${html(path)}</code></h3>
<p>${html(one.operationId)}. ${html(whoMay(one))}</p>${parametersOf(one)}
${one.requestBody === undefined ? '' : contentOf('Request', one.requestBody.content)}
${contentOf('Answer', one.responses[200].content)}</section>`;
}

/** One document with everything in it. */
function page(document: ReturnType<typeof openApi>): string {
  const paths = z.record(z.string(), z.record(z.string(), operation)).parse(document['paths']);
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ path, method, one })),
  );
  const groups = Map.groupBy(all, ({ path }) => path.split('/')[3] ?? '');
  const links = [...groups].map(
    ([name, items]) =>
      `<details><summary>${html(name)}</summary><ul>${items
        .map(
          ({ path, method, one }) =>
            `<li><a href="#${html(one.operationId)}"><code>${method.toUpperCase()} ${html(path)}</code></a></li>`,
        )
        .join('')}</ul></details>`,
  );
  const sections = [...groups].map(
    ([name, items]) =>
      `<h2>${html(name)}</h2>${items.map(({ method, path, one }) => sectionOf(method, path, one)).join('')}`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Genehound: API</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/api/v1/docs.css"></head><body>
<h1>The API of this server</h1>
<p>An API key goes into <code>Authorization: Bearer KEY</code>. Refusals are problems (RFC 9457) with a <code>code</code>.
The same as <a href="/api/v1/openapi.json">OpenAPI 3.1</a>.</p>
<nav aria-label="Routes">${links.join('')}</nav><main>${sections.join('')}
<h2>Refusals</h2>${schemaText(document['x-errors'])}</main></body></html>`;
}

/** The contract as OpenAPI, and as a page. Made at the first request. */
export function serveApiPage(app: FastifyInstance): void {
  let made: { readonly json: string; readonly html: string } | null = null;
  const documents = () => {
    if (made === null) {
      const document = openApi();
      made = { json: JSON.stringify(document), html: page(document) };
    }
    return made;
  };
  app.get(
    '/api/v1/openapi.json',
    async (_request, reply) => await reply.type('application/json').send(documents().json),
  );
  app.get(
    '/api/v1/docs',
    async (_request, reply) => await reply.type('text/html; charset=utf-8').send(documents().html),
  );
  app.get('/api/v1/docs.css', async (_request, reply) => await reply.type('text/css; charset=utf-8').send(STYLE));
}
