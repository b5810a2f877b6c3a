import { createServer } from 'node:https';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { allowBodies } from '../intake.ts';
import type { Log } from './log.ts';
import type { Certificate } from './tls/tls.ts';

/** Milliseconds. A scanner may send 150 MB over a slow line; headers are small. */
const REQUEST_TIMEOUT = 900_000;
const HEADERS_TIMEOUT = 30_000;

export interface HttpOptions {
  /** Null for plain HTTP. */
  readonly certificate: Certificate | null;
  /** Addresses or networks of reverse proxies whose X-Forwarded-* is believed. */
  readonly trustedProxies: readonly string[];
}

/** The HTTP server of a program that receives scans, without routes. */
export async function createHttp(log: Log, { certificate, trustedProxies }: HttpOptions): Promise<FastifyInstance> {
  // Loaded where it is needed: every command of the command line imports this package's options.
  const { default: Fastify } = await import('fastify');
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
  return app;
}
