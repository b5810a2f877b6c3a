import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { syncPath } from '../durable.ts';
import { PIECE, Unmasker } from './codec.ts';
import { asDiskFull, requireFree } from './spool.ts';
import type { BlobKey, BlobStore } from './store.ts';

/** Moments at which a cut must do no harm; tests end the process there. */
export type BlobPoint = 'blob:before-fsync' | 'blob:after-rename';

export interface FileStoreOptions {
  readonly directory: string;
  readonly minimumFree: number;
  readonly onPoint?: (point: BlobPoint) => void;
}

/** Fails at the end where the content is not what its name says. */
class Verifier extends Transform {
  readonly #hash = createHash('sha256');
  readonly #expected: string;
  constructor(expected: string) {
    super();
    this.#expected = expected;
  }
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    done(null, chunk);
  }
  override _flush(done: TransformCallback): void {
    const found = this.#hash.digest('hex');
    done(
      found === this.#expected ? null : new Error(`The blob ${this.#expected} is rotten: its bytes hash to ${found}`),
    );
  }
}

function checkKey(key: BlobKey): void {
  if (!/^[0-9a-f]{64}$/.test(key.sha256) || !/^[0-9a-f-]{36}$/.test(key.organisation)) {
    throw new Error('A blob key is an organisation id and a SHA-256 in lower case');
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function names(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/**
 * Blobs as files `<organisation>/ab/cd/<sha256>`: the spooled file is flushed, renamed, and the directory flushed,
 * so that a name never stands for bytes that are not there.
 */
export function createFileStore(options: FileStoreOptions): BlobStore {
  const { directory, minimumFree, onPoint } = options;
  const made = new Map<string, Promise<void>>();
  // Each level is flushed into its parent, whoever made it: a killed run or another upload may have made it and not have
  // come to flush it. Once for each in the life of the store.
  const makeDirectory = async (path: string): Promise<void> => {
    if (path.length > directory.length) await ensureDirectory(dirname(path));
    await mkdir(path, { recursive: true, mode: 0o700 });
    await syncPath(dirname(path));
  };
  const ensureDirectory = async (path: string): Promise<void> => {
    const making = made.get(path) ?? makeDirectory(path);
    made.set(path, making);
    try {
      await making;
    } catch (error) {
      if (made.get(path) === making) made.delete(path);
      throw error;
    }
  };
  const pathOf = (key: BlobKey): string => {
    checkKey(key);
    return join(directory, key.organisation, key.sha256.slice(0, 2), key.sha256.slice(2, 4), key.sha256);
  };
  const has = async (key: BlobKey): Promise<boolean> => {
    try {
      return (await stat(pathOf(key))).isFile();
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  };
  return {
    has,
    put: async (key, spooled) => {
      if (key.sha256 !== spooled.sha256) throw new Error('The spooled bytes are not those of the key');
      const path = pathOf(key);
      try {
        if (await has(key)) {
          // It has its name, which is not to say that the name is on the disk: whoever gave it may still be at it.
          await ensureDirectory(dirname(path));
          await syncPath(dirname(path));
          await spooled.discard();
          return;
        }
        await ensureDirectory(dirname(path));
        await requireFree(directory, minimumFree);
        onPoint?.('blob:before-fsync');
        await syncPath(spooled.path);
        await rename(spooled.path, path);
        onPoint?.('blob:after-rename');
        await syncPath(dirname(path));
      } catch (error) {
        await spooled.discard();
        throw asDiskFull(error);
      }
    },
    get: async (key): Promise<Readable | null> => {
      if (!(await has(key))) return null;
      const verifier = new Verifier(key.sha256);
      // Errors of any stage destroy the last, whose reader hears of them.
      const stored = createReadStream(pathOf(key), { highWaterMark: PIECE });
      const plain = createZstdDecompress({ chunkSize: PIECE });
      pipeline(stored, new Unmasker(), plain, verifier, () => undefined);
      return verifier;
    },
    remove: async (key) => {
      if (!(await has(key))) return false;
      await rm(pathOf(key), { force: true });
      return true;
    },
    list: async function* (organisation) {
      for (const first of await names(join(directory, organisation))) {
        for (const second of await names(join(directory, organisation, first))) {
          for (const name of await names(join(directory, organisation, first, second))) {
            if (/^[0-9a-f]{64}$/.test(name)) yield name;
          }
        }
      }
    },
  };
}
