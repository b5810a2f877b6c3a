import { createServer } from 'node:https';
import fastifyCookie from '@fastify/cookie';
import { allowBodies } from '@genehound/intake';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Log } from '../log.ts';
import type { Certificate } from '../tls/tls.ts';
import { securityHeaders } from './console.ts';

/** Milliseconds. A scanner may send 150 MB over a slow line; headers are small. */
const REQUEST_TIMEOUT = 900_000;
const HEADERS_TIMEOUT = 30_000;

export interface AppOptions {
  /** Null for plain HTTP. */
  readonly certificate: Certificate | null;
  readonly trustedProxies: readonly string[];
}

/** The HTTP server without routes. */
export async function createApp(log: Log, { certificate, trustedProxies }: AppOptions): Promise<FastifyInstance> {
  // A line for every request is for those who ask for it: a thousand endpoints make a million requests.
  const level = log.level === 'debug' || log.level === 'trace' || log.level === 'silent' ? log.level : 'warn';
  const logger: FastifyBaseLogger = log.child({}, { level });
  const http = { headersTimeout: HEADERS_TIMEOUT, connectionsCheckingInterval: 10_000 };
  const options = {
    loggerInstance: logger,
    requestTimeout: REQUEST_TIMEOUT,
    connectionTimeout: 0,
    keepAliveTimeout: 65_000,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  };
  const app: FastifyInstance =
    certificate === null
      ? Fastify({ ...options, http })
      : Fastify({
          ...options,
          serverFactory: (handler) => {
            const { certificate: cert, key } = certificate;
            return createServer({ ...http, cert, key, minVersion: 'TLSv1.2' }, handler);
          },
        });
  allowBodies(app);
  securityHeaders(app);
  await app.register(fastifyCookie);
  return app;
}
