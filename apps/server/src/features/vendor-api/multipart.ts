import { Readable } from 'node:stream';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { AppError } from '@genehound/contract';
import { asBodyError, bodyStream, INTAKE_LIMITS, type Spool, type Spooled } from '@genehound/intake';
import type { FastifyRequest } from 'fastify';

/** Bytes of one form field, and how many there may be. */
const FIELD_BYTES = 65_536;
const FIELDS = 64;
/** Bytes of a request beyond its file. */
const OVERHEAD = 4_194_304;

export interface FileForm {
  readonly spooled: Spooled;
  readonly fileName: string | null;
  readonly fields: ReadonlyMap<string, string>;
}

interface Draft {
  stream: Readable | null;
  file: Promise<Spooled | Error> | null;
  fileName: string | null;
  readonly fields: Map<string, string>;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function parserOf(request: FastifyRequest, spool: Spool, draft: Draft) {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data;/i.test(type)) {
    throw new AppError('unsupported_media', { expected: 'a form (multipart/form-data) with a part named file' });
  }
  const headers: BusboyHeaders = { ...request.headers, 'content-type': type };
  const limits = { fieldSize: FIELD_BYTES, fields: FIELDS, files: 1, parts: FIELDS + 1, fileSize: Infinity };
  const parser = new Busboy({ headers, limits });
  parser.on('field', (name: string, value: string) => draft.fields.set(name, value));
  parser.on('file', (_name: string, stream: Readable, fileName: string) => {
    draft.fileName = typeof fileName === 'string' && fileName !== '' ? fileName : null;
    draft.stream = stream;
    // Its reader hears of it too; but it may have stopped reading, and an error that nobody hears ends the process.
    stream.on('error', () => undefined);
    // The spool ends what it reads when it refuses; what is left of the part must still be read, or the form never ends.
    const bytes = Readable.from(stream.iterator({ destroyOnReturn: false }), { objectMode: false });
    draft.file = spool.receive(bytes, INTAKE_LIMITS.binary).catch((error: unknown) => {
      stream.resume();
      return asError(error);
    });
  });
  return parser;
}

/**
 * A form with one file, which is streamed to disk. AppError bad_request where it is broken or has no file, too_large,
 * unsupported_media.
 */
export async function readFileForm(request: FastifyRequest, spool: Spool): Promise<FileForm> {
  const draft: Draft = { stream: null, file: null, fileName: null, fields: new Map() };
  const broken = (details: string) => new AppError('bad_request', { details });
  let parser: ReturnType<typeof parserOf>;
  try {
    parser = parserOf(request, spool, draft);
  } catch (error) {
    throw error instanceof AppError ? error : broken(`the form cannot be read (${asError(error).message})`);
  }
  const body = bodyStream(request.raw, INTAKE_LIMITS.binary + OVERHEAD);
  const failure = await new Promise<unknown>((resolve) => {
    parser.on('finish', () => resolve(null));
    const end = (error: unknown): void => {
      resolve(error);
      body.unpipe(parser);
      body.resume();
      draft.stream?.destroy(asError(error));
    };
    parser.on('error', (error: unknown) => end(broken(`the form is broken (${asError(error).message})`)));
    body.on('error', (error: unknown) => end(asBodyError(error)));
    body.pipe(parser);
  });
  const received = await draft.file;
  if (failure !== null) {
    if (received !== null && !(received instanceof Error)) await received.discard();
    throw failure;
  }
  if (received === null) throw broken('the form has no file');
  if (received instanceof Error) throw received;
  return { spooled: received, fileName: draft.fileName, fields: draft.fields };
}
