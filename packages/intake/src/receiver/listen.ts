import { once } from 'node:events';
import { Server as HttpsServer } from 'node:https';
import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Log } from './log.ts';
import { watchCertificate } from './tls/tls.ts';
import type { TlsConfig } from './tls/tls-options.ts';

/** Where a program is to listen. `port` 0: any. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsConfig;
}

/** What the system says of an address that cannot be listened on, as a sentence; anything else as it is. */
function asListenError(error: unknown, place: Place): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error;
  const why = code === 'EADDRINUSE' ? 'is in use' : 'cannot be opened';
  return new Error(`Port ${place.port} of ${place.host} ${why}; choose another by --port or GENEHOUND_PORT.`, {
    cause: error,
  });
}

/** Refuses before anything else is started for nothing. The port is taken at the end, when it can be answered. */
export async function checkPort(place: Place): Promise<void> {
  const probe = createServer();
  try {
    probe.listen({ host: place.host, port: place.port });
    await once(probe, 'listening');
  } catch (error) {
    throw asListenError(error, place);
  } finally {
    probe.close();
  }
}

/** Listens; the host root of its own machine, without a slash at the end. */
export async function listen(app: FastifyInstance, place: Place): Promise<string> {
  try {
    await app.listen({ host: place.host, port: place.port });
  } catch (error) {
    throw asListenError(error, place);
  }
  const scheme = place.tls.mode === 'off' ? 'http' : 'https';
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : place.port;
  const wildcard = place.host === '0.0.0.0' || place.host === '::';
  const host = wildcard ? '127.0.0.1' : place.host;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Shows renewed certificates from now on; returns what ends that. */
export async function keepCertificate(
  app: FastifyInstance,
  tls: TlsConfig,
  data: string,
  log: Log,
): Promise<() => void> {
  return app.server instanceof HttpsServer ? await watchCertificate(tls, data, app.server, log) : () => undefined;
}
