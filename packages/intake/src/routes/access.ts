import { AppError } from '@genehound/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readBody } from '../body.ts';
import { parseBoundedJson } from '../bounded-json.ts';
import type { ScanStore, Sender } from '../scan-store.ts';
import { InvalidMessage } from './public-errors.ts';

const SMALL_BODY = 65_536;

const tokenRequest = z.looseObject({ api_key: z.string().max(200) });

/** Some clients send the key in literal braces. */
function stripBraces(key: string): string {
  return key
    .trim()
    .replace(/^\{(.*)\}$/, '$1')
    .trim();
}

/** The small JSON body of a request; without one, `{}`. */
export async function readSmallJson(request: FastifyRequest): Promise<unknown> {
  return parseBoundedJson(await readBody(request.raw, SMALL_BODY));
}

export function bearerOf(request: FastifyRequest): string {
  const token = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new AppError('bad_key');
  return stripBraces(token);
}

export async function senderOf(request: FastifyRequest, store: ScanStore): Promise<Sender> {
  const sender = await store.authenticate(bearerOf(request), request.ip);
  await store.admit?.(request.raw, sender);
  return sender;
}

export async function sendJson(reply: FastifyReply, status: number, text: string): Promise<void> {
  await reply.code(status).type('application/json').send(text);
}

/** Sections 0 and 1 of the public contract: availability and access tokens. */
export function accessRoutes(app: FastifyInstance, store: ScanStore): void {
  const available = async (_request: FastifyRequest, reply: FastifyReply) =>
    await sendJson(reply, 200, '{"is_available":true}');
  app.get('/api/is-available', available);
  app.get('/api/v2-0/is-available', available);
  app.post('/api/v2-0/get-access-token', async (request, reply) => {
    const parsed = tokenRequest.safeParse(await readSmallJson(request));
    if (!parsed.success) throw new InvalidMessage(parsed.error);
    const { token, expiresAt } = await store.exchangeKey(stripBraces(parsed.data.api_key), request.ip);
    // Compact: shell clients cut the token out by a pattern without spaces.
    await sendJson(reply, 200, JSON.stringify({ result: token, expire_at: expiresAt }));
  });
}
