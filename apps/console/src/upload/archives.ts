import { BlobReader, ZipReader } from '@zip.js/zip.js';
import type { Picked } from './dropped-files.ts';
import { tarEntries } from './tar.ts';

/** A file that is read when it is needed: of an archive, or as it was chosen. */
export interface Source {
  readonly path: string;
  read(): Promise<Blob>;
}

/** Entries of an archive; as many files as are taken of a directory. */
const MOST_ENTRIES = 200_000;
/** Bytes of one file of an archive, and of a compressed tar archive unpacked, which has to be held whole. */
const MOST_FILE = 2 ** 32;
const MOST_UNPACKED = 2 ** 34;

const KIND = /\.(?:(zip)|(tar)|(?:tar\.gz|tgz))$/i;

/** What an offline scan consists of; the rest of an archive is not looked at. */
const WANTED = /\.(?:json|sample)$/;

/** Lets so many bytes pass, and then fails: what an archive says of its sizes need not be so. */
function atMost(most: number): TransformStream<Uint8Array, Uint8Array> {
  let passed = 0;
  return new TransformStream({
    transform(chunk, controller) {
      passed += chunk.length;
      if (passed > most) controller.error(new RangeError(`Unpacked it has more than ${most} bytes`));
      else controller.enqueue(chunk);
    },
  });
}

async function zipSources(archive: Picked): Promise<readonly Source[]> {
  const sources: Source[] = [];
  const reader = new ZipReader(new BlobReader(archive.file), { useWebWorkers: false });
  let entries = 0;
  for await (const entry of reader.getEntriesGenerator()) {
    entries += 1;
    if (entries > MOST_ENTRIES) throw new RangeError(`It has more than ${MOST_ENTRIES} entries`);
    if (entry.directory || !WANTED.test(entry.filename)) continue;
    if (entry.encrypted) throw new RangeError('It is encrypted');
    sources.push({
      path: `${archive.path}/${entry.filename}`,
      read: async () => {
        const { readable, writable } = atMost(MOST_FILE);
        const [blob] = await Promise.all([new Response(readable).blob(), entry.getData(writable)]);
        return blob;
      },
    });
  }
  return sources;
}

async function tarSources(path: string, bytes: Blob): Promise<readonly Source[]> {
  const read = async (at: number, size: number) => new Uint8Array(await bytes.slice(at, at + size).arrayBuffer());
  return (await tarEntries(read, MOST_ENTRIES))
    .filter((entry) => WANTED.test(entry.path))
    .map((entry) => ({
      path: `${path}/${entry.path}`,
      read: async () => bytes.slice(entry.at, entry.at + entry.size),
    }));
}

function unpacked(file: Blob): Promise<Blob> {
  const stream = file.stream().pipeThrough(new DecompressionStream('gzip')).pipeThrough(atMost(MOST_UNPACKED));
  return new Response(stream).blob();
}

/**
 * The files that were chosen, archives (ZIP, tar, tar.gz) replaced by what is in them. Throws Error with a sentence where
 * one cannot be read.
 */
export async function sourcesOf(files: readonly Picked[]): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const picked of files) {
    const kind = KIND.exec(picked.path);
    if (kind === null) sources.push({ path: picked.path, read: async () => picked.file });
    else {
      try {
        if (kind[1] !== undefined) sources.push(...(await zipSources(picked)));
        else
          sources.push(
            ...(await tarSources(picked.path, kind[2] === undefined ? await unpacked(picked.file) : picked.file)),
          );
      } catch (error) {
        // What the browser unpacks with fails without a word.
        const why =
          error instanceof Error && error.message !== '' ? error.message : 'It is damaged, or no such archive';
        throw new RangeError(`${picked.path}: ${why}`);
      }
    }
  }
  return sources;
}
