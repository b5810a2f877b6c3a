import { randomUUID } from 'node:crypto';
import { AppError, stringifyJson } from '@genehound/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { drain } from '../body.ts';

/** A message that does not fit its schema: which field, and why. */
export class InvalidMessage extends AppError {
  /** Field (`processes_info[3].pid`) -> what is wrong with it. */
  readonly fields: Readonly<Record<string, string>>;
  constructor(error: z.ZodError) {
    const fields: Record<string, string> = {};
    for (const issue of error.issues.slice(0, 10)) {
      const path = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
      fields[path.replace(/^\./, '').slice(0, 200) || 'body'] = issue.message.slice(0, 200);
    }
    const [field = 'body', message = ''] = Object.entries(fields)[0] ?? [];
    super('bad_request', { details: `${field}: ${message}` });
    this.fields = fields;
  }
}

function bodyOf(error: AppError): unknown {
  if (error instanceof InvalidMessage) return { error: error.message, details: error.message, message: error.fields };
  if (error.status === 400) return { error: error.message, details: error.message, message: { body: error.message } };
  return { error: error.message };
}

/** Fastify's own refusals (unknown route, broken header) carry a status below 500. */
function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null;
  const status = Number(error.statusCode);
  return status >= 400 && status < 500 ? status : null;
}

async function answer(request: FastifyRequest, reply: FastifyReply, status: number, body: unknown): Promise<void> {
  // What is left of a refused body would be read as the next request.
  if (!(await drain(request.raw))) reply.header('connection', 'close');
  await reply.code(status).type('application/json').send(stringifyJson(body));
}

/**
 * The error form of the public contract: `{"error": …}`, and for 400 the field. What is nobody's fault but ours is
 * logged once under an id.
 */
export async function publicErrorHandler(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (error instanceof AppError) {
    if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
    await answer(request, reply, error.status, bodyOf(error));
    return;
  }
  const status = statusOf(error);
  if (status !== null) {
    await answer(request, reply, status, { error: error instanceof Error ? error.message : 'Bad request' });
    return;
  }
  const id = randomUUID();
  request.log.error({ err: error, id, route: request.routeOptions.url }, 'request failed');
  await answer(request, reply, 500, { error: new AppError('internal', { id }).message });
}
