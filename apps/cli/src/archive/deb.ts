import { spawn } from 'node:child_process';
import { ArchiveError } from './archive-error.ts';
import { readTar, type TarFile, type TarHeader } from './tar.ts';

const LONGEST_MESSAGE = 2_000;

/**
 * The files of a Debian package for which `wants` says yes, in the package's order. dpkg-deb, which knows every
 * compression that the archive has ever used, unpacks the stream; nothing is written to disk.
 * Throws ArchiveError where the file is no whole package.
 */
export async function* readDebianPackage(
  path: string,
  wants: (header: TarHeader, head: Uint8Array) => boolean,
): AsyncGenerator<TarFile, void, undefined> {
  const child = spawn('dpkg-deb', ['--fsys-tarfile', path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let message = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (message.length < LONGEST_MESSAGE) message += text;
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  // Awaited below; without a handler now, a failed start would end the whole program first.
  ended.catch(() => undefined);
  try {
    yield* readTar(child.stdout, wants);
    const code = await ended;
    if (code !== 0) throw new ArchiveError(`exit code ${code}`);
  } catch (error) {
    const why = message.trim() || (error instanceof Error ? error.message : String(error));
    throw new ArchiveError(`dpkg-deb could not read ${path}: ${why}`, { cause: error });
  } finally {
    child.kill('SIGKILL');
    // Its own children hold its standard error: only then is none of them left.
    await ended.catch(() => undefined);
  }
}
