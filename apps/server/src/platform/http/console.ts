import { access } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Everything from this host alone, nothing inline, no frames, no untyped script sinks: apps/console is built for it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Headers of every answer of this server. */
export function securityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    // Not for the neighbours of this host name: the ports beside are none of ours.
    if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000');
    reply.headers({
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
  });
}

const NOT_BUILT = 'The console is not built yet. Build it with: npm run build -w apps/console\n';

async function isBuilt(directory: string): Promise<boolean> {
  try {
    await access(join(directory, 'index.html'));
    return true;
  } catch {
    return false;
  }
}

/** A page of the console, as opposed to a route of an API or a file that is missing. */
function isPage(request: FastifyRequest): boolean {
  const path = request.url.split('?')[0] ?? '';
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  if (/^\/(api|assets)(\/|$)/.test(path) || path.startsWith('/scans/scans/')) return false;
  return (request.headers.accept ?? '').includes('text/html');
}

/**
 * Serves the console's build at `/`; its own pages (`/scans/…`) answer index.html. Without a build, `/` says how to
 * make one. Everything unknown is 404 in the public contract's form.
 */
export async function serveConsole(app: FastifyInstance, directory: string): Promise<void> {
  const built = await isBuilt(directory);
  if (built) {
    await app.register(fastifyStatic, {
      root: directory,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const lasting = path.startsWith(join(directory, 'assets'));
        reply.header('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  } else {
    app.get('/', async (_request, reply) => await reply.type('text/plain; charset=utf-8').send(NOT_BUILT));
  }
  app.setNotFoundHandler(async (request: FastifyRequest, reply: FastifyReply) => {
    if (built && isPage(request)) return await reply.header('cache-control', 'no-cache').sendFile('index.html');
    return await reply.code(404).type('application/json').send('{"error":"Not supported"}');
  });
}
