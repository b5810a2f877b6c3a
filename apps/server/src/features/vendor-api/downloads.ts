import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '@genehound/contract';
import { ZipWriter } from '@zip.js/zip.js';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { appendAudit } from '../accounts/read.ts';
import { callerOf, param, readMessage, type VendorContext } from './access.ts';
import { findByHash } from './file-analysis-store.ts';

/** Names of the scanner's builds, by the contract's names of systems. */
const BUILDS = {
  windows: { file: 'Scanner.exe', name: 'Scanner.exe' },
  linux: { file: 'scanner-linux-amd64', name: 'scanner' },
  // Ours alone: the contract has no name for it.
  'linux-arm64': { file: 'scanner-linux-arm64', name: 'scanner' },
} as const;
type Platform = keyof typeof BUILDS;

/** Milliseconds for which an address without a key leads to the scanner. */
const LINK_TIME = 300_000;

const platformQuery = z.looseObject({ platform: z.string().max(40).nullish() });
const downloadQuery = z.looseObject({ password_protected: z.string().min(1).max(1_000).nullish() });

function platformOf(name: string): Platform {
  if (name === 'windows' || name === 'linux' || name === 'linux-arm64') return name;
  throw new AppError('not_supported');
}

async function sendScanner(reply: FastifyReply, directory: string, platform: Platform): Promise<void> {
  const { file, name } = BUILDS[platform];
  const path = join(directory, file);
  const info = await stat(path).catch(() => null);
  if (info === null) {
    throw new AppError('unavailable', {
      details: `the scanner ${file} is not built; run: node scanner/build.mjs --all`,
    });
  }
  await reply
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('content-length', String(info.size))
    .type('application/octet-stream')
    .send(createReadStream(path));
}

/** Addresses that hold for five minutes and this run of the server, for clients that follow them without their key. */
class Links {
  readonly #key = randomBytes(32);
  make(platform: Platform): string {
    const until = Date.now() + LINK_TIME;
    return `/scanner/${platform}/${until}/${this.#sign(platform, until)}`;
  }
  holds(platform: string, until: number, signature: string): boolean {
    const expected = Buffer.from(this.#sign(platform, until));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected) && until > Date.now();
  }
  #sign(platform: string, until: number): string {
    return createHmac('sha256', this.#key).update(`${platform}/${until}`).digest('base64url');
  }
}

function scannerRoutes(app: FastifyInstance, vendor: VendorContext): void {
  const directory = vendor.context.config.scanners;
  const links = new Links();
  app.get('/api/v2-0/endpoint-scanner/download', async (request, reply) => {
    await callerOf(vendor, request, 'scan');
    const { platform } = await readMessage(request, platformQuery);
    await sendScanner(reply, directory, platformOf(platform ?? 'windows'));
  });
  app.get('/api/v2-0/endpoint-scanner/download/:platform', async (request, reply) => {
    await callerOf(vendor, request, 'scan');
    // One of the public scripts accepts nothing but a redirect, and follows it without its token.
    await reply.redirect(links.make(platformOf(param(request, 'platform'))), 302);
  });
  app.get('/scanner/:platform/:until/:signature', async (request, reply) => {
    const platform = param(request, 'platform');
    if (!links.holds(platform, Number(param(request, 'until')), param(request, 'signature'))) {
      throw new AppError('not_found', { what: 'The scanner' });
    }
    await sendScanner(reply, directory, platformOf(platform));
  });
}

/** An AES-encrypted archive of one file, as it is made. */
function zipped(content: Readable, name: string, password: string): Readable {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const zip = new ZipWriter(writable, { password, encryptionStrength: 3, useWebWorkers: false });
  const archive = Readable.fromWeb(readable);
  const fail = (error: unknown): void =>
    void archive.destroy(error instanceof Error ? error : new Error(String(error)));
  zip
    .add(name, Readable.toWeb(content))
    .then(() => zip.close())
    .catch(fail);
  return archive;
}

/** Code leaves the server: it takes a key that may do everything, and is recorded. */
function codeRoutes(app: FastifyInstance, vendor: VendorContext): void {
  const { db, blobs } = vendor.context;
  app.get('/api/v2-0/files/:hash/download', async (request, reply) => {
    const { organisation, actor } = await callerOf(vendor, request, 'full');
    const { password_protected: password = null } = await readMessage(request, downloadQuery);
    const known = await findByHash(db, organisation, param(request, 'hash'));
    const stream = known === null ? null : await blobs.get({ organisation, sha256: known.sha256 });
    if (known === null || stream === null) throw new AppError('not_found', { what: 'File' });
    const details = { reason: 'public API', withPassword: password !== null };
    await appendAudit(db, { organisation, actor, action: 'download-code', subject: known.sha256, details });
    const name = `${known.sha256}.sample`;
    const zip = password === null ? null : zipped(stream, name, password);
    await reply
      .header('content-disposition', `attachment; filename="${zip === null ? name : `${known.sha256}.zip`}"`)
      .type(zip === null ? 'application/octet-stream' : 'application/zip')
      .send(zip ?? stream);
  });
}

/** Downloads of the public contract: the scanner, and code. */
export function downloadRoutes(app: FastifyInstance, vendor: VendorContext): void {
  scannerRoutes(app, vendor);
  codeRoutes(app, vendor);
}
