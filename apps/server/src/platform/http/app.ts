import fastifyCookie from '@fastify/cookie';
import { createHttp, type HttpOptions, type Log } from '@genehound/intake';
import type { FastifyInstance } from 'fastify';
import { securityHeaders } from './console.ts';

/** The HTTP server without routes. */
export async function createApp(log: Log, options: HttpOptions): Promise<FastifyInstance> {
  const app = await createHttp(log, options);
  securityHeaders(app);
  await app.register(fastifyCookie);
  return app;
}
