import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { ArchiveError } from './archive-error.ts';
import { readTar, type TarFile, type TarHeader } from './tar.ts';

/** SHA-512 of a file as lock files write it: `sha512-<base64>`. */
export async function integrityOf(path: string): Promise<string> {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return `sha512-${hash.digest('base64')}`;
}

/** The files of an npm tarball for which `wants` says yes. Throws ArchiveError where it is no whole gzipped tar. */
export async function* readNpmTarball(
  path: string,
  wants: (header: TarHeader, head: Uint8Array) => boolean,
): AsyncGenerator<TarFile, void, undefined> {
  const gunzip = createGunzip();
  const file = createReadStream(path);
  file.on('error', (error) => gunzip.destroy(error));
  file.pipe(gunzip);
  try {
    yield* readTar(gunzip, wants);
  } catch (error) {
    throw new ArchiveError(`${path} could not be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}
