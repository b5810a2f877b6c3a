import type { FastifyInstance } from 'fastify';
import type { Spool } from './blob/spool.ts';
import { accessRoutes } from './routes/access.ts';
import { publicErrorHandler } from './routes/public-errors.ts';
import { scanRoutes } from './routes/scans.ts';
import type { ScanStore } from './scan-store.ts';

export interface IntakeOptions {
  readonly store: ScanStore;
  readonly spool: Spool;
}

/** Public clients send a JSON body with every GET. Call once on the root instance, before any route. */
export function allowBodies(app: FastifyInstance): void {
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.addHttpMethod('DELETE', { hasBody: true, overrideExisting: true });
}

/** Bodies reach the handlers as they come: they are bounded, decompressed and parsed there. */
export function takeBodiesRaw(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

/** A Fastify plugin with all routes by which scans are delivered, as the public contract has them. */
export async function intake(app: FastifyInstance, options: IntakeOptions): Promise<void> {
  takeBodiesRaw(app);
  app.setErrorHandler(publicErrorHandler);
  accessRoutes(app, options.store);
  scanRoutes(app, options.store, options.spool);
}
