import { type Json, openApi, schemaOf } from '../src/api/open-api.ts';
import { huntReport } from '../src/hunt-report.ts';
import { SCAN_MESSAGES } from '../src/scan/messages.table.ts';

/** The documents that are made from the contract. Each is committed; a test says when one is stale. */

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
