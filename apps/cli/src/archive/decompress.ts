import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ArchiveError } from './archive-error.ts';
import { findTool, startTool } from './system-tool.ts';

export type Compression = 'gzip' | 'xz' | 'bzip2' | 'zstd' | 'lzma';

const TOOLS = {
  xz: { name: 'xz', package: 'xz-utils', args: ['-dc', '--format=auto', '--memlimit-decompress=1GiB'] },
  lzma: { name: 'xz', package: 'xz-utils', args: ['-dc', '--format=auto', '--memlimit-decompress=1GiB'] },
  bzip2: { name: 'bzip2', package: 'bzip2', args: ['-dc'] },
} as const;

async function* byTool(
  compression: keyof typeof TOOLS,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { name, package: from, args } = TOOLS[compression];
  const path = findTool([name]);
  if (path === undefined) throw new ArchiveError(`This system has no ${name} (Debian: ${from})`);
  const tool = startTool(path, args);
  let broken: unknown;
  pipeline(Readable.from(source), tool.input, (error) => {
    // The tool may close its input when it has seen the end; a source that breaks is told below.
    if (error !== null && error !== undefined && error instanceof ArchiveError) {
      broken = error;
      void tool.stop();
    }
  });
  try {
    yield* tool.output as AsyncIterable<Uint8Array>;
    await tool.ended.catch((error: unknown) => {
      throw broken ?? error;
    });
  } finally {
    await tool.stop();
  }
}

async function* byNode(
  compression: 'gzip' | 'zstd',
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const unpack = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  const input = Readable.from(source);
  pipeline(input, unpack, () => undefined);
  try {
    yield* unpack as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError(`It is no whole ${compression} stream`, { cause: error });
  } finally {
    input.destroy();
    unpack.destroy();
  }
}

/** Unpacks a stream. Throws ArchiveError where it is none, cut, or the system's tool for it is missing. */
export function decompress(
  compression: Compression,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  return compression === 'gzip' || compression === 'zstd' ? byNode(compression, source) : byTool(compression, source);
}
