import fastifyCookie from '@fastify/cookie';
import { allowBodies } from '@genehound/intake';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Log } from '../log.ts';
import { securityHeaders } from './console.ts';

/** Milliseconds. A scanner may send 150 MB over a slow line; headers are small. */
const REQUEST_TIMEOUT = 900_000;
const HEADERS_TIMEOUT = 30_000;

/** The HTTP server without routes. */
export async function createApp(log: Log): Promise<FastifyInstance> {
  // A line for every request is for those who ask for it: a thousand endpoints make a million requests.
  const level = log.level === 'debug' || log.level === 'trace' || log.level === 'silent' ? log.level : 'warn';
  const logger: FastifyBaseLogger = log.child({}, { level });
  const app = Fastify({
    loggerInstance: logger,
    requestTimeout: REQUEST_TIMEOUT,
    connectionTimeout: 0,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: HEADERS_TIMEOUT, connectionsCheckingInterval: 10_000 },
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  });
  allowBodies(app);
  securityHeaders(app);
  await app.register(fastifyCookie);
  return app;
}
